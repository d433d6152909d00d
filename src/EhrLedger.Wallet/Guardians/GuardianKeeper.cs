using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Consent;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Wallet.Guardians;

/// <summary>
/// Keeps the set-up as the patient wants it: on the ledger, published, and deposited. All but the seals is derived: what is to be done is read off the ledger, so that it can be interrupted anywhere.
/// </summary>
internal sealed class GuardianKeeper
{
    private readonly WalletSession _session;
    private readonly RecoveryLedger _ledger;
    private readonly CustodianSet _custodians;
    private readonly HashSet<(Digest Plan, OrganisationId Custodian)> _deposited = [];
    private readonly HashSet<Digest> _published = [];

    public GuardianKeeper(WalletSession session, RecoveryLedger ledger)
    {
        (_session, _ledger, _custodians) = (session, ledger, CustodianSet.Of(session.Consortium.Genesis));
        using var key = session.Seed.DeriveRecoveryKey();
        Recovery = new RecoveryId(key.Public);
    }

    public RecoveryId Recovery { get; }

    /// <summary>Does what is left to do.</summary>
    /// <returns>True if nothing is.</returns>
    public async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        if (_session.State.Guardians is not { } wish)
        {
            return true;
        }

        // No share is left with anybody again before what was vetoed has ended.
        if (wish.Vetoed is not null && !await VetoAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        var (view, fits) = await _ledger.EnsureAsync(Recovery, state => Fits(state.State, wish), state => Entry(state.State, wish), cancellationToken).ConfigureAwait(false);
        if (!fits || view.State?.Rule is null)
        {
            return fits;
        }

        using var shares = Make(view.State.LastNumber, wish);
        var published = await PublishAsync(shares, wish, cancellationToken).ConfigureAwait(false);
        return await DepositAsync(shares, cancellationToken).ConfigureAwait(false) & published;
    }

    /// <summary>Says no to what the patient has said no to, to every member: whoever hears it destroys its share at once.</summary>
    /// <returns>True once the ledger shows no such request any more.</returns>
    public async Task<bool> VetoAsync(CancellationToken cancellationToken)
    {
        if (_session.State.Guardians is not { Vetoed: { } request })
        {
            return true;
        }

        Entry? veto = null;
        var (_, ended) = await _ledger.EnsureAsync(
            Recovery,
            view => view.State?.Find(request) is not { } open || open.Until <= (ulong)_session.Now.ToUnixTimeMilliseconds(),
            view => veto ??= Sign(entries => entries.Veto(new RecoveryVetoed(view.State!.LastNumber, request), _session.ValidUntil)),
            cancellationToken).ConfigureAwait(false);
        if (veto is not null)
        {
            foreach (var node in _session.Nodes.All)
            {
                _session.Log.Note(node, await node.Ledger.SubmitAsync(veto, CommitLevel.Durable, cancellationToken).ConfigureAwait(false));
            }
        }

        if (ended)
        {
            await _session.SaveAsync(_session.State with { Guardians = _session.State.Guardians with { Vetoed = null } }, cancellationToken).ConfigureAwait(false);
        }

        return ended;
    }

    private bool Fits(RecoveryState? state, GuardiansWish wish)
    {
        if (state?.Rule is not { } rule || !wish.IsOn)
        {
            return state?.Rule is null && !wish.IsOn;
        }

        // What has been put together once is not left lying about: whoever has the seed when a waiting time is over makes the next set-up.
        return state.Open.All(open => open.From > (ulong)_session.Now.ToUnixTimeMilliseconds()) && IsSame(rule, RuleOf(state.LastNumber, wish));
    }

    private static bool IsSame(GuardianRule one, GuardianRule other) =>
        (one.Plan, one.CustodianSet, one.Threshold, one.Hours) == (other.Plan, other.CustodianSet, other.Threshold, other.Hours) && one.Guardians.SequenceEqual(other.Guardians);

    private Entry? Entry(RecoveryState? state, GuardiansWish wish)
    {
        var number = (state?.LastNumber ?? 0) + 1;
        return Sign(entries => entries.Set(new GuardiansSet(number, wish.IsOn ? RuleOf(number, wish) : null), _session.ValidUntil));
    }

    private GuardianRule RuleOf(uint number, GuardiansWish wish)
    {
        using var shares = Make(number, wish);
        return new GuardianRule(shares.Plan.Digest, _custodians.Number, [.. wish.Guardians.Select(guardian => guardian.Key)], wish.Threshold, wish.Hours);
    }

    private RecoveryShares Make(uint number, GuardiansWish wish) => RecoveryPlan.Make(_session.Seed, number, wish.Threshold, wish.Guardians.Count, _custodians);

    private Entry Sign(Func<RecoveryEntries, Entry> sign)
    {
        using var key = _session.Seed.DeriveRecoveryKey();
        return sign(new RecoveryEntries(Recovery, key, _session.Genesis));
    }

    private async Task<bool> PublishAsync(RecoveryShares shares, GuardiansWish wish, CancellationToken cancellationToken)
    {
        var digest = shares.Plan.Digest;
        if (_published.Contains(digest))
        {
            return true;
        }

        using var key = _session.Seed.DeriveRecoveryKey();
        var sealedShares = shares.Guardians.Zip(wish.Guardians, (share, guardian) => (ReadOnlyMemory<byte>)RecoveryShare.Seal(share, guardian.SealingKey, SealedFor.GuardianShare, digest));
        var published = await _ledger.PublishAsync(new PublishedPlan(shares.Plan, [.. sealedShares]), key, cancellationToken).ConfigureAwait(false);
        _ = published && _published.Add(digest);
        return published;
    }

    private async Task<bool> DepositAsync(RecoveryShares shares, CancellationToken cancellationToken)
    {
        var digest = shares.Plan.Digest;
        var all = true;
        foreach (var custodian in _custodians.Custodians.Where(custodian => !_deposited.Contains((digest, custodian))))
        {
            var has = _session.Nodes.Find(custodian) is { } node && await DepositAsync(shares, node, cancellationToken).ConfigureAwait(false);
            all &= has;
            _ = has && _deposited.Add((digest, custodian));
        }

        return all;
    }

    private async Task<bool> DepositAsync(RecoveryShares shares, NodeClient node, CancellationToken cancellationToken)
    {
        if (_session.Members.Find(node.Organisation) is not { } member || XWingPublicKey.TryFromBytes(member.SealingKey.Span) is not { } recipient)
        {
            return false;
        }

        using var key = _session.Seed.DeriveRecoveryKey();
        var share = RecoveryShare.Seal(shares.Custodians[_custodians.PlaceOf(node.Organisation)], recipient, SealedFor.RecoveryShare, shares.Plan.Digest);
        var deposit = new RecoveryDeposit(node.Organisation, shares.Plan, share).Sign(key, _session.Genesis);
        return await node.Wallet.DepositRecoveryAsync(deposit, Recovery.Topic, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given;
    }
}
