using System.Collections.Immutable;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Ledger.Membership;

/// <summary>The consortium at one index of the log. Immutable.</summary>
public sealed class Members
{
    private readonly ImmutableDictionary<OrganisationId, Member> _active;

    private Members(ImmutableDictionary<OrganisationId, Member> active) => _active = active;

    /// <summary>The members that the genesis names.</summary>
    public static Members Of(Genesis genesis) => new(genesis.Members.ToImmutableDictionary(member => member.Organisation));

    /// <summary>All active members, in no order that means anything.</summary>
    public IEnumerable<Member> Active => _active.Values;

    /// <summary>Number of active members.</summary>
    public int Count => _active.Count;

    /// <summary>Approvals that admit or remove a member: more than two thirds of the active members.</summary>
    public int ApprovalsNeeded => (_active.Count * 2 / 3) + 1;

    /// <summary>Null for a stranger, and for a member that was removed.</summary>
    public Member? Find(OrganisationId organisation) => _active.GetValueOrDefault(organisation);

    /// <summary>The key that the member signs with now. Null for whoever is not a member.</summary>
    public Ed25519PublicKey? SigningKeyOf(OrganisationId organisation) => Find(organisation)?.SigningKey;

    /// <summary>The consortium after an organisation's topic has changed.</summary>
    internal Members With(OrganisationState state) =>
        state.Member is { } member
            ? ReferenceEquals(member, Find(member.Organisation)) ? this : new Members(_active.SetItem(member.Organisation, member))
            : new Members(_active.Remove(state.Organisation));
}
