using EhrLedger.Consent.Recovery;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.Guardians;

/// <summary>The wallets of others that this wallet's owner guards: a part of <see cref="Wallet"/>.</summary>
public sealed class PatientGuardianships
{
    private readonly WalletSession _session;
    private readonly RecoveryLedger _ledger;
    private readonly DirectoryKeeper _directories;
    private readonly OneAtATime _one;

    internal PatientGuardianships(WalletSession session, RecoveryLedger ledger, DirectoryKeeper directories, OneAtATime one) =>
        (_session, _ledger, _directories, _one) = (session, ledger, directories, one);

    /// <summary>Whom this wallet's owner guards, in the order of agreeing.</summary>
    public IReadOnlyList<Guardianship> All => _session.State.Guardianships;

    /// <summary>Agrees to be a guardian.</summary>
    /// <param name="invitation">Of <see cref="PatientGuardians.Invite"/>; untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text to answer with. Null for anything that is no invitation of this consortium, and for one to guard oneself.</returns>
    public Task<string?> AcceptAsync(string invitation, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            using var own = _session.Seed.DeriveRecoveryKey();
            if (GuardianInvitation.TryParse(invitation) is not { } read || read.Genesis != _session.Genesis || read.Recovery.Key == own.Public)
            {
                return null;
            }

            var others = _session.State.Guardianships.RemoveAll(known => known.Recovery == read.Recovery);
            await _session.SaveAsync(_session.State with { Guardianships = others.Add(new Guardianship(read.Recovery, read.Name)) }, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            using var keys = KeysOf(read.Recovery);
            return (string?)keys.Agree(_session.Genesis, read.Recovery).ToText();
        },
        cancellationToken);

    /// <summary>Reads what a new phone shows. A screen shows the name in it, and the code, which both compare by voice; then the guardian says who it is.</summary>
    /// <param name="text">Untrusted.</param>
    /// <returns>Null for anything else, and for another consortium's.</returns>
    public RecoveryAsk? ReadAsk(string text) => RecoveryAsk.TryParse(text) is { } ask && ask.Genesis == _session.Genesis ? ask : null;

    /// <summary>Approves, and gives the new phone this guardian's share.</summary>
    /// <param name="recovery">Whom the guardian has recognised; of <see cref="All"/>.</param>
    /// <param name="ask">Of <see cref="ReadAsk"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<ApproveOutcome> ApproveAsync(RecoveryId recovery, RecoveryAsk ask, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(ask);
            var view = await _ledger.SyncAsync(recovery, token).ConfigureAwait(false);
            if (view.IsOffline)
            {
                return new ApproveOutcome.Unavailable();
            }

            using var keys = KeysOf(recovery);
            if (ask.Genesis != _session.Genesis || view.State is not { Rule: { } rule } state || keys.PlaceIn(rule) is null)
            {
                return new ApproveOutcome.NoGuardian();
            }

            if (await _ledger.FindPlanAsync(recovery, rule.Plan, token).ConfigureAwait(false) is not { } published)
            {
                return new ApproveOutcome.Unavailable();
            }

            return keys.Approve(ask, recovery, state, published, _session.Now) is { } approval ? new ApproveOutcome.Approved(approval.ToText()) : (ApproveOutcome)new ApproveOutcome.NoGuardian();
        },
        cancellationToken);

    private GuardianKeys KeysOf(RecoveryId recovery) => new(_session.Seed.DeriveGuardianKey(recovery.Key), _session.Seed.DeriveGuardianSealingKey(recovery.Key));
}

/// <summary>What came of approving.</summary>
public abstract record ApproveOutcome
{
    private ApproveOutcome()
    {
    }

    /// <summary>The text for the new phone. Whoever else reads it learns nothing.</summary>
    public sealed record Approved(string Text) : ApproveOutcome;

    /// <summary>This wallet's owner is no guardian there, or not any more.</summary>
    public sealed record NoGuardian : ApproveOutcome;

    /// <summary>No member answers, or none has the share: to be tried again.</summary>
    public sealed record Unavailable : ApproveOutcome;
}
