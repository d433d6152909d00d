using EhrLedger.Consent.Assembly;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Node.Reading;

/// <summary>A grant that this organisation holds: its two keys, and the access key that the patient sent.</summary>
internal sealed class HeldGrant(ReaderKeys keys, AccessKey access)
{
    public ReaderKeys Keys => keys;

    public AccessKey Access => access;

    public FirstHalves FirstHalves { get; } = new(access);

    /// <summary>The local patient as whose the records appear, such as <c>Patient/123</c>.</summary>
    public string PatientLink => access.PatientLink;

    /// <summary>Whether the organisation has opened it in an emergency; the patient has not granted it.</summary>
    public bool IsEmergency => access.Terms.Digest == EmergencyRules.TermsOf(access.Subject, access.Grant, access.Terms.LastEpoch).Digest;

    /// <summary>The same without what opens records.</summary>
    public HeldGrant WithoutEpochs() => new(keys, new AccessKey
    {
        Grant = access.Grant,
        Subject = access.Subject,
        Author = access.Author,
        Category = access.Category,
        Terms = access.Terms,
        LogKey = access.LogKey,
        Epochs = [],
        Records = [],
        PatientLink = access.PatientLink,
    });

    /// <summary>Canonical bytes for the vault; the caller zeroes them.</summary>
    public byte[] Encode()
    {
        var seeds = HeldKeys.Export(keys);
        var bytes = new DeterministicCborWriter(2048).WriteArray(2).WriteBytes(seeds).WriteBytes(access.Encode()).ToArray();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(seeds);
        return bytes;
    }

    public static HeldGrant? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var keys = HeldKeys.Import(reader.ReadBytes(HeldKeys.Length).Span);
        var access = reader.Require(AccessKey.TryParse(reader.ReadBytes(0, 64 << 20)));
        reader.ReadEndArray();
        return new HeldGrant(keys, access);
    });
}

/// <summary>The seeds of a reader key and an answer key.</summary>
internal static class HeldKeys
{
    public const int Length = Ed25519PrivateKey.SeedLength + XWingPrivateKey.SeedLength;

    public static byte[] Export(ReaderKeys keys)
    {
        var seeds = new byte[Length];
        keys.Reader.ExportSeed(seeds);
        keys.Answer.ExportSeed(seeds.AsSpan(Ed25519PrivateKey.SeedLength));
        return seeds;
    }

    public static ReaderKeys Import(ReadOnlySpan<byte> seeds) =>
        new(Ed25519PrivateKey.FromSeed(seeds[..Ed25519PrivateKey.SeedLength]), XWingPrivateKey.FromSeed(seeds[Ed25519PrivateKey.SeedLength..]));
}
