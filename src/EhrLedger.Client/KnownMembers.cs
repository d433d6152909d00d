using System.Collections.Immutable;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client;

/// <summary>
/// The members as far as this client knows: those of the genesis, and what <see cref="Topics.MembershipFollower"/> has replayed since. Keys that a member has had before are kept, because
/// what it signed then is still shown. Thread-safe.
/// </summary>
public sealed class KnownMembers
{
    private readonly Genesis _genesis;
    private readonly Lock _lock = new();
    private ImmutableDictionary<OrganisationId, Member> _active;
    private ImmutableDictionary<OrganisationId, ImmutableHashSet<Ed25519PublicKey>> _keys;

    /// <summary>Starts from the genesis.</summary>
    public KnownMembers(Genesis genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        _genesis = genesis;
        _active = genesis.Members.ToImmutableDictionary(member => member.Organisation);
        _keys = genesis.Members.ToImmutableDictionary(member => member.Organisation, member => ImmutableHashSet.Create(member.SigningKey));
    }

    /// <summary>All active members that are known, those of the genesis first and in its order.</summary>
    public IReadOnlyList<Member> Active
    {
        get
        {
            lock (_lock)
            {
                var founders = _genesis.Members.Select(member => member.Organisation).ToList();
                return [.. _active.Values.OrderBy(member => founders.IndexOf(member.Organisation) is var place and >= 0 ? place : int.MaxValue).ThenBy(member => member.Organisation.Key)];
            }
        }
    }

    /// <summary>Null for whoever is not known to be a member now.</summary>
    public Member? Find(OrganisationId organisation)
    {
        lock (_lock)
        {
            return _active.GetValueOrDefault(organisation);
        }
    }

    /// <summary>Every key that the organisation is known to have signed with; perhaps none.</summary>
    public IReadOnlyCollection<Ed25519PublicKey> KeysOf(OrganisationId organisation)
    {
        lock (_lock)
        {
            return _keys.GetValueOrDefault(organisation) ?? [];
        }
    }

    /// <summary>The same as contracts want it.</summary>
    /// <remarks>A <see cref="Members"/> is only ever made of a genesis: this one exists for the purpose, and nobody sees it.</remarks>
    internal Members ToMembers()
    {
        var active = Active;
        return active.Count == 0
            ? Members.Of(_genesis)
            : Members.Of(Genesis.Create(
                _genesis.Name,
                _genesis.Origin,
                DateTimeOffset.UnixEpoch,
                active[0].Organisation,
                _genesis.LogKey,
                active,
                _genesis.Policy,
                1));
    }

    internal void Take(OrganisationState state)
    {
        lock (_lock)
        {
            _active = state.Member is { } member ? _active.SetItem(state.Organisation, member) : _active.Remove(state.Organisation);
            if (state.Member is { } known)
            {
                _keys = _keys.SetItem(state.Organisation, (_keys.GetValueOrDefault(state.Organisation) ?? []).Add(known.SigningKey));
            }
        }
    }
}
