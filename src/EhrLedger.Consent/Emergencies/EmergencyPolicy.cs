using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;

namespace EhrLedger.Consent.Emergencies;

/// <summary>
/// A subject's emergency policy in full, as custodians keep it: docs/formats.md, emergency-policy. The ledger has its digest, and what contracts need of it. It holds no secret.
/// </summary>
/// <param name="Subject">Whose.</param>
/// <param name="Number">From 1, counted up with every policy that the subject sets.</param>
/// <param name="Key">The emergency key, whose seed the custodians hold in shares.</param>
/// <param name="Threshold">How many shares give the seed back.</param>
/// <param name="ShareDigests">SHA-256 of each custodian's share, number and bytes, in the order of the custodian set.</param>
public sealed record EmergencyPolicy(SubjectId Subject, uint Number, XWingPublicKey Key, int Threshold, IReadOnlyList<Digest> ShareDigests)
{
    /// <summary>Most bytes of an encoded policy.</summary>
    public const int LargestSize = 16 << 10;

    private const int Version = 1;

    /// <summary>SHA-256 of the canonical bytes, as the EmergencyPolicySet entry has it.</summary>
    public Digest Digest => Digest.Of(Encode());

    /// <summary>Makes a policy, the same each time from the same keys.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="number">From 1.</param>
    /// <param name="key">The emergency key. Stays the caller's.</param>
    /// <param name="split">What the shares are made with. Stays the caller's.</param>
    /// <param name="custodians">Who gets them.</param>
    /// <returns>The policy, and a share for each custodian in the set's order; the caller disposes of them.</returns>
    public static (EmergencyPolicy Policy, IReadOnlyList<Share> Shares) Make(SubjectId subject, uint number, XWingPrivateKey key, SymmetricKey split, CustodianSet custodians)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(custodians);
        Span<byte> seed = stackalloc byte[XWingPrivateKey.SeedLength];
        key.ExportSeed(seed);
        var shares = Shamir.SplitDerived(seed, custodians.Threshold, custodians.Custodians.Count, split);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        return (new EmergencyPolicy(subject, number, key.Public, custodians.Threshold, [.. shares.Select(DigestOf)]), shares);
    }

    /// <summary>Whether a share is the one that this policy was made with, at its own number.</summary>
    public bool Holds(Share share)
    {
        ArgumentNullException.ThrowIfNull(share);
        return share.Number <= ShareDigests.Count && ShareDigests[share.Number - 1] == DigestOf(share);
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1536 + (ShareDigests.Count * 34))
        .WriteArray(6)
        .WriteUInt(Version)
        .WriteSubject(Subject)
        .WriteUInt(Number)
        .WriteBytes(Key.ToArray())
        .WriteUInt((ulong)Threshold)
        .WriteAll(ShareDigests, (writer, digest) => writer.WriteDigest(digest))
        .ToArray();

    /// <summary>Null unless the bytes are a policy in its only encoding, with a key that passes the check of FIPS 203 §7.2.</summary>
    public static EmergencyPolicy? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        reader.Require(reader.ReadUInt() == Version);
        var policy = new EmergencyPolicy(
            reader.ReadSubject(),
            reader.ReadUInt32(),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            (int)reader.ReadUInt(Shamir.MostShares),
            reader.ReadArray(1, Shamir.MostShares, item => item.ReadDigest()));
        reader.ReadEndArray();
        reader.Require(policy.Number > 0 && policy.Threshold > 0 && policy.Threshold <= policy.ShareDigests.Count);
        return policy;
    });

    private static Digest DigestOf(Share share)
    {
        var bytes = EmergencyShare.Encode(share);
        var digest = Digest.Of(bytes);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return digest;
    }
}
