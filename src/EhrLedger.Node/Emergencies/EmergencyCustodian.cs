using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Emergencies;

/// <summary>This node as a keeper of shares of emergency keys: one deposit for each subject whose policy is in force, in the vault, until the policy goes.</summary>
internal sealed class EmergencyCustodian(
    OrganisationId self, XWingPrivateKey sealingKey, CustodianSet custodians, LogReplica replica, Finality finality, HeldRevocations revocations, VaultStore vault, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly EmergencyCheck _check = new(self, replica.Genesis.Digest);
    private readonly Lock _keeping = new();

    /// <summary>Keeps a deposit. One of fewer epochs than is kept already changes nothing.</summary>
    /// <param name="signedBytes">Untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False unless the subject has signed it for this custodian, its policy is in force, the share in it is the policy's, and it is no larger than the subject's epochs ask for.</returns>
    public async Task<bool> KeepAsync(ReadOnlyMemory<byte> signedBytes, CancellationToken cancellationToken)
    {
        // The wallet deposits as soon as the entry is final for it; this node's copy may be a moment behind.
        if (EmergencyDeposit.Open(signedBytes, KeyOf, replica.Genesis.Digest) is not { } deposit
            || deposit.Custodian != self
            || deposit.SealedKeys.Length > EmergencyKeys.LargestThrough(deposit.Through)
            || !await replica.WaitUntilAsync(() => RuleOf(deposit.Policy.Subject)?.Digest == deposit.Policy.Digest, Patience, time, cancellationToken)
            || StateOf(deposit.Policy.Subject)?.CurrentEpoch < deposit.Through)
        {
            return false;
        }

        using (var share = EmergencyShare.Open(deposit.SealedShare.Span, deposit.Policy, custodians.PlaceOf(self), sealingKey))
        {
            if (share is null)
            {
                return false;
            }
        }

        lock (_keeping)
        {
            if (Find(deposit.Policy.Digest) is not { } kept || kept.Deposit.Through <= deposit.Through)
            {
                vault.KeepSecret(SecretKind.EmergencyDeposit, deposit.Policy.Digest.ToString(), signedBytes.Span);
            }
        }

        return true;
    }

    /// <summary>What is kept for a subject's policy that is in force.</summary>
    public EmergencyKept KeptFor(SubjectId subject) =>
        RuleOf(subject) is { } rule && Find(rule.Digest) is { } kept ? new EmergencyKept(rule.Digest, kept.Deposit.Through) : new EmergencyKept(null, 0);

    /// <summary>A policy in full, by its digest. Null where it is not kept here.</summary>
    public byte[]? FindPolicy(Digest digest) => Find(digest)?.Deposit.Policy.Encode();

    /// <summary>The HPKE message with this custodian's share. Denied whatever the reason.</summary>
    public KeeperAnswer<ReadOnlyMemory<byte>> Release(EmergencyReleaseRequest request)
    {
        var decision = _check.Decide(request, new ReplicaView(replica, finality), replica.Members, revocations, time.GetUtcNow());
        if (decision is not EmergencyDecision.Released(var subject, var entry))
        {
            return ((EmergencyDecision.Denied)decision).Denial == AccessDenial.ReplicaStale ? new KeeperAnswer<ReadOnlyMemory<byte>>.Silent() : new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
        }

        if (RuleOf(subject) is not { } rule || Find(rule.Digest) is not { } kept)
        {
            return new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
        }

        using var share = EmergencyShare.Open(kept.Deposit.SealedShare.Span, kept.Deposit.Policy, custodians.PlaceOf(self), sealingKey);
        return share is not null && EmergencyRelease.Seal(kept.SignedBytes, share, request.AnswerKey.Span, entry) is { } message
            ? new KeeperAnswer<ReadOnlyMemory<byte>>.Given(message)
            : new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
    }

    /// <summary>Destroys what was deposited under policies that are not in force any more.</summary>
    public void ForgetEnded()
    {
        foreach (var bytes in vault.ReadSecrets(SecretKind.EmergencyDeposit))
        {
            // A copy of the log that is behind knows of no policy yet.
            if (Read(bytes) is { Policy: var policy }
                && StateOf(policy.Subject)?.Emergencies is { } known
                && known.LastNumber >= policy.Number
                && known.Rule?.Digest != policy.Digest)
            {
                lock (_keeping)
                {
                    vault.RemoveSecret(SecretKind.EmergencyDeposit, policy.Digest.ToString());
                }
            }
        }
    }

    private (EmergencyDeposit Deposit, byte[] SignedBytes)? Find(Digest policy) =>
        vault.FindSecret(SecretKind.EmergencyDeposit, policy.ToString()) is { } bytes && Read(bytes) is { } deposit ? (deposit, bytes) : null;

    // It was verified when it came; a key that the subject has replaced since takes nothing back.
    private static EmergencyDeposit? Read(byte[] signedBytes) =>
        Crypto.Cose.CoseSign1.TryParse(signedBytes) is { Purpose: SignedAs.EmergencyDeposit } message ? EmergencyDeposit.TryParse(message.Payload) : null;

    private EmergencyRule? RuleOf(SubjectId subject) => StateOf(subject)?.Emergencies.Rule;

    private SubjectState? StateOf(SubjectId subject) => replica.FindTopic(subject.Topic)?.State as SubjectState;

    private Ed25519PublicKey KeyOf(SubjectId subject) => StateOf(subject)?.Key ?? subject.Key;
}
