using System.Security.Cryptography;
using System.Text;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Relaying;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage.Vault;
using EhrLedger.Node.Wallets;

namespace EhrLedger.Node.Recovery;

/// <summary>
/// This organisation as a guardian of its patients' wallets. It keeps for which patient it has agreed to guard which recovery; its keys are derived for the two together, so that nothing on the ledger links two patients, and a patient who names
/// somebody else's recovery gets a key that is no guardian there.
/// </summary>
internal sealed class OwnGuardianships(
    OrganisationId self,
    SymmetricKey root,
    LogReplica replica,
    SubjectDesk subjects,
    PatientDirectory patients,
    VaultStore vault,
    WalletDirectories directories,
    RelayedPeers peers,
    NodeSettings settings,
    TimeProvider time)
{
    // A patient who begins with a new wallet has a new recovery. The oldest leaves.
    private const int MostOfOne = 8;
    private static readonly PeerLimits PlanLimits = new(SealedDirectory.LargestSize + 1_024, TimeSpan.FromSeconds(5), Retries: 0);

    private readonly Lock _agreeing = new();

    /// <summary>Whether it takes new ones.</summary>
    public bool AreOffered => settings.Guardian;

    /// <summary>Agrees to guard, and keeps that; asked again, it answers the same.</summary>
    /// <returns>Null for a request that is no patient's, not for here, or not fresh.</returns>
    /// <exception cref="StoreFailedException">The vault can't be written.</exception>
    public GuardianAcceptance? Agree(GuardianRequest request)
    {
        var (recovery, now) = (request.Invitation.Recovery, time.GetUtcNow());
        if (request.Invitation.Genesis != replica.Genesis.Digest
            || (now - DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(request.Time, 253_402_300_799_999))).Duration() > SubjectRequest.Validity
            || !request.Verifies(subjects.KeyOf(request.Subject), replica.Genesis.Digest, self)
            || subjects.FindLink(request.Subject) is not { Provisional: false } link
            || patients.FindByRow(link.PatientId) is not { } patient)
        {
            return null;
        }

        lock (_agreeing)
        {
            Keep(patient.Id, [.. Read(patient.Id).Where(known => known.Recovery != recovery).TakeLast(MostOfOne - 1), new Agreed(recovery, (ulong)now.ToUnixTimeMilliseconds())]);
        }

        using var keys = KeysOf(patient.Id, recovery);
        return keys.Agree(replica.Genesis.Digest, recovery);
    }

    /// <summary>How it stands with a patient, by the ledger as this node has it.</summary>
    /// <param name="patient">FHIR id.</param>
    public Guarding Of(string patient)
    {
        var agreed = Read(patient);
        return agreed.Length == 0 ? Guarding.Never : InForce(patient, agreed) is null ? Guarding.NotNow : Guarding.Now;
    }

    /// <summary>Reads what a new phone shows.</summary>
    /// <param name="text">Untrusted.</param>
    /// <returns>Null for anything else, and for another consortium's.</returns>
    public RecoveryAsk? ReadAsk(string? text) => RecoveryAsk.TryParse(text) is { } ask && ask.Genesis == replica.Genesis.Digest ? ask : null;

    /// <summary>Approves. Nobody is told before the caller has logged it.</summary>
    /// <param name="patient">FHIR id of the patient whom staff have recognised.</param>
    /// <param name="ask">Of <see cref="ReadAsk"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OwnApproval> ApproveAsync(string patient, RecoveryAsk ask, CancellationToken cancellationToken)
    {
        if (InForce(patient, Read(patient)) is not var (recovery, state))
        {
            return new OwnApproval.NoGuardian();
        }

        if (await FindPlanAsync(recovery, state.Rule!.Plan, cancellationToken) is not { } published)
        {
            return new OwnApproval.ShareNotFound();
        }

        using var keys = KeysOf(patient, recovery);
        return keys.Approve(ask, recovery, state, published, time.GetUtcNow()) is { } approval ? new OwnApproval.Approved(approval.ToText()) : new OwnApproval.NoGuardian();
    }

    /// <summary>An organisation's keys for one recovery of one patient: docs/formats.md, key tree.</summary>
    /// <param name="root">From the key store.</param>
    /// <param name="patient">FHIR id.</param>
    /// <param name="recovery">Whose.</param>
    public static GuardianKeys DeriveKeys(SymmetricKey root, string patient, RecoveryId recovery)
    {
        using var branch = root.Derive("guardian");
        byte[] which = [.. recovery.Key.ToArray(), .. Encoding.UTF8.GetBytes(patient)];
        Span<byte> seed = stackalloc byte[SymmetricKey.KeyLength];
        Derive("guardian/identity", seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        Derive("guardian/sealing", seed);
        var sealingKey = XWingPrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return new GuardianKeys(key, sealingKey);

        void Derive(string label, Span<byte> into)
        {
            using var derived = branch.Derive(label, which);
            derived.ExportTo(into);
        }
    }

    /// <summary>The newest that names this organisation's key in the set-up in force.</summary>
    private (RecoveryId Recovery, RecoveryState State)? InForce(string patient, Agreed[] agreed)
    {
        foreach (var (recovery, _) in Enumerable.Reverse(agreed))
        {
            using var keys = KeysOf(patient, recovery);
            if (replica.FindTopic(recovery.Topic)?.State is RecoveryState state && keys.PlaceIn(state.Rule) is not null)
            {
                return (recovery, state);
            }
        }

        return null;
    }

    /// <summary>From this node itself, or else from whichever member has it.</summary>
    private async Task<PublishedPlan?> FindPlanAsync(RecoveryId recovery, Digest plan, CancellationToken cancellationToken)
    {
        if (directories.Find(recovery.Key) is { } own && Open(own) is { } here)
        {
            return here;
        }

        var path = $"/wallet/directories/{Convert.ToHexStringLower(recovery.Key.ToArray())}";
        foreach (var member in replica.Members.Active.Where(member => member.Organisation != self))
        {
            if ((await peers.SendAsync(member, HttpMethod.Get, path, default, PlanLimits, cancellationToken)).Found is { } found && Open(found) is { } there)
            {
                return there;
            }
        }

        return null;

        PublishedPlan? Open(ReadOnlyMemory<byte> signed) =>
            SealedDirectory.Open(signed, recovery.Key, replica.Genesis.Digest) is { } directory && PublishedPlan.TryParse(directory.Sealed) is { } published && published.Plan.Digest == plan ? published : null;
    }

    private GuardianKeys KeysOf(string patient, RecoveryId recovery) => DeriveKeys(root, patient, recovery);

    // The oldest first.
    private Agreed[] Read(string patient) => vault.FindSecret(SecretKind.Guardianship, patient) is { } bytes && CborReading.TryRead(bytes, ReadAll) is { } agreed ? agreed : [];

    private void Keep(string patient, Agreed[] agreed)
    {
        var writer = new DeterministicCborWriter(512).WriteArray(agreed.Length);
        foreach (var (recovery, at) in agreed)
        {
            writer.WriteArray(2).WriteBytes(recovery.Key.ToArray()).WriteUInt(at);
        }

        vault.KeepSecret(SecretKind.Guardianship, patient, writer.ToArray());
    }

    private static Agreed[] ReadAll(StrictCborReader reader) => reader.ReadArray(0, MostOfOne, item =>
    {
        item.ReadStartArray(2);
        item.Require(Ed25519PublicKey.TryFromBytes(item.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
        var one = new Agreed(new RecoveryId(key), item.ReadUInt(long.MaxValue));
        item.ReadEndArray();
        return one;
    });

    /// <summary>One recovery.</summary>
    /// <param name="Recovery">Whose.</param>
    /// <param name="At">Unix milliseconds.</param>
    private sealed record Agreed(RecoveryId Recovery, ulong At);
}

/// <summary>Whether this organisation guards a patient's wallet.</summary>
internal enum Guarding
{
    /// <summary>It was never asked.</summary>
    Never = 1,

    /// <summary>It has agreed, and the set-up in force names it not, or not any more.</summary>
    NotNow = 2,

    /// <summary>It does.</summary>
    Now = 3,
}

/// <summary>What came of approving for this organisation.</summary>
internal abstract record OwnApproval
{
    private OwnApproval()
    {
    }

    /// <summary>The text for the new phone. Whoever else reads it learns nothing.</summary>
    public sealed record Approved(string Text) : OwnApproval;

    /// <summary>It is no guardian of this patient, or not any more.</summary>
    public sealed record NoGuardian : OwnApproval;

    /// <summary>No member has its share just now: to be tried again.</summary>
    public sealed record ShareNotFound : OwnApproval;
}
