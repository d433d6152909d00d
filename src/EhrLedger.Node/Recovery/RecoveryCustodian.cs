using EhrLedger.Consent;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Recovery;

/// <summary>This node as a keeper of shares of wallets' recoveries: one deposit for each recovery whose set-up is in force, in the vault, until the set-up goes or is vetoed.</summary>
internal sealed class RecoveryCustodian(
    OrganisationId self, XWingPrivateKey sealingKey, CustodianSet custodians, LogReplica replica, Finality finality, VaultStore vault, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly RecoveryCheck _check = new(self, replica.Genesis.Digest);
    private readonly Lock _keeping = new();

    /// <summary>Keeps a deposit in place of the one before.</summary>
    /// <param name="signedBytes">Untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False unless the recovery's key has signed it for this custodian, its set-up is in force, and the share in it is the plan's.</returns>
    public async Task<bool> KeepAsync(ReadOnlyMemory<byte> signedBytes, CancellationToken cancellationToken)
    {
        // The wallet deposits as soon as the entry is final for it; this node's copy may be a moment behind.
        if (RecoveryDeposit.Open(signedBytes, replica.Genesis.Digest) is not { } deposit
            || deposit.Custodian != self
            || !await replica.WaitUntilAsync(() => IsInForce(deposit.Plan), Patience, time, cancellationToken))
        {
            return false;
        }

        using (var share = Open(deposit))
        {
            if (share is null)
            {
                return false;
            }
        }

        lock (_keeping)
        {
            // Not one that was vetoed or replaced while this went on.
            if (!IsInForce(deposit.Plan))
            {
                return false;
            }

            vault.KeepSecret(SecretKind.RecoveryDeposit, NameOf(deposit.Plan.Recovery), signedBytes.Span);
        }

        return true;
    }

    /// <summary>The HPKE message with this custodian's share. Denied whatever the reason.</summary>
    public KeeperAnswer<ReadOnlyMemory<byte>> Release(RecoveryReleaseRequest request)
    {
        var view = new ReplicaView(replica, finality);
        var decision = _check.Decide(request, view, time.GetUtcNow());
        if (decision is not RecoveryDecision.Released(var plan, var entry))
        {
            return ((RecoveryDecision.Denied)decision).Denial == AccessDenial.ReplicaStale ? new KeeperAnswer<ReadOnlyMemory<byte>>.Silent() : new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
        }

        if (RecoveryId.TryFrom(view.FindEffective(request.EntryIndex)!.Entry.Topic) is not { } recovery
            || Find(recovery) is not { } deposit
            || deposit.Plan.Digest != plan
            || XWingPublicKey.TryFromBytes(request.AnswerKey.Span) is not { } answerKey)
        {
            return new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
        }

        using var share = Open(deposit);
        return share is null
            ? new KeeperAnswer<ReadOnlyMemory<byte>>.Denied()
            : new KeeperAnswer<ReadOnlyMemory<byte>>.Given(RecoveryShare.Seal(share, answerKey, SealedFor.RecoveryRelease, entry));
    }

    /// <summary>Destroys the share of a set-up that its own key has vetoed, logged or not: the veto ends it, so that nobody will ask for it again.</summary>
    public void ForgetVetoed(RecoveryId recovery, uint number)
    {
        lock (_keeping)
        {
            if (Find(recovery) is { } deposit && deposit.Plan.Number == number)
            {
                vault.RemoveSecret(SecretKind.RecoveryDeposit, NameOf(recovery));
            }
        }
    }

    /// <summary>Destroys what was deposited under set-ups that are not in force any more.</summary>
    public void ForgetEnded()
    {
        foreach (var bytes in vault.ReadSecrets(SecretKind.RecoveryDeposit))
        {
            lock (_keeping)
            {
                // A copy of the log that is behind knows of no set-up yet.
                if (Read(bytes) is { Plan: var plan } && StateOf(plan.Recovery) is { } state && state.LastNumber >= plan.Number && !IsInForce(plan) && Find(plan.Recovery)?.Plan.Digest == plan.Digest)
                {
                    vault.RemoveSecret(SecretKind.RecoveryDeposit, NameOf(plan.Recovery));
                }
            }
        }
    }

    private static string NameOf(RecoveryId recovery) => recovery.Topic.Name.ToString();

    // It was verified when it came, and lies in this node's own vault.
    private static RecoveryDeposit? Read(byte[] signedBytes) =>
        CoseSign1.TryParse(signedBytes) is { Purpose: SignedAs.RecoveryDeposit } message ? RecoveryDeposit.TryParse(message.Payload) : null;

    private RecoveryDeposit? Find(RecoveryId recovery) => vault.FindSecret(SecretKind.RecoveryDeposit, NameOf(recovery)) is { } bytes ? Read(bytes) : null;

    private RecoveryState? StateOf(RecoveryId recovery) => replica.FindTopic(recovery.Topic)?.State as RecoveryState;

    private bool IsInForce(RecoveryPlan plan) => StateOf(plan.Recovery)?.Rule?.Plan == plan.Digest;

    private Share? Open(RecoveryDeposit deposit)
    {
        var share = RecoveryShare.Open(deposit.SealedShare.Span, sealingKey, SealedFor.RecoveryShare, deposit.Plan.Digest);
        if (share is not null && share.Number == custodians.PlaceOf(self) + 1 && deposit.Plan.HoldsOfCustodian(share))
        {
            return share;
        }

        share?.Dispose();
        return null;
    }
}
