using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Subjects;

/// <summary>Body of SubjectOpened.</summary>
/// <param name="Organisation">The author of the subject's records.</param>
/// <param name="Epoch">The epoch that the subject is in. Earlier ones, if there were any, end here.</param>
/// <param name="SealingKeyDigest">SHA-256 of the epoch's X-Wing public key.</param>
public sealed record SubjectOpened(OrganisationId Organisation, uint Epoch, Digest SealingKeyDigest)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(96).WriteArray(3).WriteOrganisation(Organisation).WriteUInt(Epoch).WriteDigest(SealingKeyDigest).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static SubjectOpened? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var body = new SubjectOpened(reader.ReadOrganisation(), reader.ReadUInt32(), reader.ReadDigest());
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of EpochStarted.</summary>
/// <param name="Epoch">One more than the epoch that ends.</param>
/// <param name="SealingKeyDigest">SHA-256 of the new epoch's X-Wing public key.</param>
public sealed record EpochStarted(uint Epoch, Digest SealingKeyDigest)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64).WriteArray(2).WriteUInt(Epoch).WriteDigest(SealingKeyDigest).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static EpochStarted? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new EpochStarted(reader.ReadUInt32(), reader.ReadDigest());
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of SubjectKeyReplaced.</summary>
/// <param name="NewKey">Signs for the subject from now on.</param>
/// <param name="NewKeySignature">64 bytes of the new key over <see cref="MessageOf"/>.</param>
public sealed record SubjectKeyReplaced(Ed25519PublicKey NewKey, ReadOnlyMemory<byte> NewKeySignature)
{
    /// <summary>What the new key signs, to show that its owner agrees: this consortium, this subject, the key that goes and the one that comes.</summary>
    public static byte[] MessageOf(Digest genesis, Topic topic, Ed25519PublicKey current, Ed25519PublicKey replacement) =>
        [.. "ehrledger/v1/subject-key\n"u8, .. genesis.ToArray(), .. topic.ToArray(), .. current.ToArray(), .. replacement.ToArray()];

    /// <summary>Makes the body.</summary>
    public static SubjectKeyReplaced Sign(Digest genesis, SubjectId subject, Ed25519PublicKey current, Ed25519PrivateKey replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        return new(replacement.Public, replacement.Sign(MessageOf(genesis, subject.Topic, current, replacement.Public)));
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(128).WriteArray(2).WriteKey(NewKey).WriteBytes(NewKeySignature.Span).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static SubjectKeyReplaced? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new SubjectKeyReplaced(reader.ReadKey(), reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return body;
    });
}
