using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.WalletKeys;

namespace EhrLedger.Consent.Recovery;

/// <summary>A set-up in full, as members keep it: docs/formats.md, recovery-plan. The ledger has its digest. It holds no secret that it does not wrap.</summary>
/// <param name="Recovery">Whose.</param>
/// <param name="Number">From 1.</param>
/// <param name="GuardianThreshold">How many guardians' shares give their secret back.</param>
/// <param name="GuardianShares">SHA-256 of each guardian's share, in the order of their keys.</param>
/// <param name="CustodianThreshold">How many custodians' shares give theirs.</param>
/// <param name="CustodianShares">SHA-256 of each custodian's share, in the order of the custodian set.</param>
/// <param name="WrappedSeed">Under both secrets.</param>
public sealed record RecoveryPlan(
    RecoveryId Recovery,
    uint Number,
    int GuardianThreshold,
    IReadOnlyList<Digest> GuardianShares,
    int CustodianThreshold,
    IReadOnlyList<Digest> CustodianShares,
    ReadOnlyMemory<byte> WrappedSeed)
{
    /// <summary>Most bytes of an encoded plan.</summary>
    public const int LargestSize = 16 << 10;

    private const int Version = 1;

    /// <summary>SHA-256 of the canonical bytes, as GuardiansSet has it.</summary>
    public Digest Digest => Digest.Of(Encode());

    /// <summary>Makes a plan, the same each time from the same seed.</summary>
    /// <param name="seed">Of the wallet. Stays the caller's.</param>
    /// <param name="number">From 1.</param>
    /// <param name="threshold">How many guardians have to approve.</param>
    /// <param name="guardians">How many there are.</param>
    /// <param name="custodians">Who gets the other shares.</param>
    public static RecoveryShares Make(WalletSeed seed, uint number, int threshold, int guardians, CustodianSet custodians)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(custodians);
        using var key = seed.DeriveRecoveryKey();
        var recovery = new RecoveryId(key.Public);
        using var secrets = new RecoverySecrets(seed.DeriveGuardiansSecret(number), seed.DeriveCustodiansSecret(number));
        using var guardianSplit = seed.DeriveGuardiansSplit(number);
        using var custodianSplit = seed.DeriveCustodiansSplit(number);
        var toGuardians = Split(secrets.Guardians, threshold, guardians, guardianSplit);
        var toCustodians = Split(secrets.Custodians, custodians.Threshold, custodians.Custodians.Count, custodianSplit);
        var plan = new RecoveryPlan(
            recovery, number, threshold, [.. toGuardians.Select(RecoveryShare.DigestOf)], custodians.Threshold, [.. toCustodians.Select(RecoveryShare.DigestOf)], secrets.Wrap(seed, recovery, number));
        return new RecoveryShares(plan, toGuardians, toCustodians);
    }

    /// <summary>Whether a share is the one that a guardian was given, at its own number.</summary>
    public bool HoldsOfGuardian(Share share) => Holds(GuardianShares, share);

    /// <summary>Whether a share is the one that a custodian was given, at its own number.</summary>
    public bool HoldsOfCustodian(Share share) => Holds(CustodianShares, share);

    /// <summary>Puts both secrets together and unwraps the seed.</summary>
    /// <param name="guardians">Shares that <see cref="HoldsOfGuardian"/> knows, of different guardians. Stay the caller's.</param>
    /// <param name="custodians">Shares that <see cref="HoldsOfCustodian"/> knows, of different custodians. Stay the caller's.</param>
    /// <returns>Null for too few of either, and for a seed whose recovery this is not.</returns>
    public WalletSeed? Open(IReadOnlyList<Share> guardians, IReadOnlyList<Share> custodians)
    {
        ArgumentNullException.ThrowIfNull(guardians);
        ArgumentNullException.ThrowIfNull(custodians);
        if (guardians.Count < GuardianThreshold || custodians.Count < CustodianThreshold || Join(guardians) is not { } first)
        {
            return null;
        }

        if (Join(custodians) is not { } second)
        {
            first.Dispose();
            return null;
        }

        using var secrets = new RecoverySecrets(first, second);
        if (secrets.Unwrap(WrappedSeed.Span, Recovery, Number) is not { } seed)
        {
            return null;
        }

        // A plan is as good as the key that set it; that the seed is the one which has this key, shows here.
        using var key = seed.DeriveRecoveryKey();
        if (key.Public == Recovery.Key)
        {
            return seed;
        }

        seed.Dispose();
        return null;
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(256 + ((GuardianShares.Count + CustodianShares.Count) * 34))
        .WriteArray(8)
        .WriteUInt(Version)
        .WriteKey(Recovery.Key)
        .WriteUInt(Number)
        .WriteUInt((ulong)GuardianThreshold)
        .WriteAll(GuardianShares, (writer, digest) => writer.WriteDigest(digest))
        .WriteUInt((ulong)CustodianThreshold)
        .WriteAll(CustodianShares, (writer, digest) => writer.WriteDigest(digest))
        .WriteBytes(WrappedSeed.Span)
        .ToArray();

    /// <summary>Null unless the bytes are a plan in its only encoding.</summary>
    public static RecoveryPlan? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(8);
        reader.Require(reader.ReadUInt() == Version);
        var plan = new RecoveryPlan(
            new RecoveryId(reader.ReadKey()),
            reader.ReadUInt32(),
            (int)reader.ReadUInt(Shamir.MostShares),
            reader.ReadArray(1, GuardianRule.MostGuardians, item => item.ReadDigest()),
            (int)reader.ReadUInt(Shamir.MostShares),
            reader.ReadArray(1, Shamir.MostShares, item => item.ReadDigest()),
            reader.ReadBytes(RecoverySecrets.WrappedLength));
        reader.ReadEndArray();
        reader.Require(plan.Number > 0
            && plan.GuardianThreshold > 0 && plan.GuardianThreshold <= plan.GuardianShares.Count
            && plan.CustodianThreshold > 0 && plan.CustodianThreshold <= plan.CustodianShares.Count);
        return plan;
    });

    private static bool Holds(IReadOnlyList<Digest> digests, Share share)
    {
        ArgumentNullException.ThrowIfNull(share);
        return share.Number <= digests.Count && digests[share.Number - 1] == RecoveryShare.DigestOf(share);
    }

    private static Share[] Split(SymmetricKey secret, int threshold, int count, SymmetricKey split)
    {
        Span<byte> bytes = stackalloc byte[SymmetricKey.KeyLength];
        secret.ExportTo(bytes);
        var shares = Shamir.SplitDerived(bytes, threshold, count, split);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return shares;
    }

    private static SymmetricKey? Join(IReadOnlyList<Share> shares)
    {
        if (Shamir.Join(shares) is not { } bytes)
        {
            return null;
        }

        var key = bytes.Length == SymmetricKey.KeyLength ? SymmetricKey.FromBytes(bytes) : null;
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}

/// <summary>A plan with all its shares, in the wallet that makes it. Zeroed on Dispose.</summary>
/// <param name="plan">Of them.</param>
/// <param name="guardians">In the order of the guardians' keys.</param>
/// <param name="custodians">In the order of the custodian set.</param>
public sealed class RecoveryShares(RecoveryPlan plan, IReadOnlyList<Share> guardians, IReadOnlyList<Share> custodians) : IDisposable
{
    /// <summary>Of them.</summary>
    public RecoveryPlan Plan => plan;

    /// <summary>In the order of the guardians' keys.</summary>
    public IReadOnlyList<Share> Guardians => guardians;

    /// <summary>In the order of the custodian set.</summary>
    public IReadOnlyList<Share> Custodians => custodians;

    /// <summary>Overwrites the shares with zeros.</summary>
    public void Dispose()
    {
        foreach (var share in guardians.Concat(custodians))
        {
            share.Dispose();
        }
    }
}
