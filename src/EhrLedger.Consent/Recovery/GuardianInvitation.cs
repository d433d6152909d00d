using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Recovery;

/// <summary>What a patient hands somebody who is to be a guardian: docs/formats.md, guardian-invitation.</summary>
/// <param name="Genesis">Of the consortium.</param>
/// <param name="Recovery">Whose.</param>
/// <param name="Name">What the patient calls himself or herself; at most 100 bytes.</param>
public sealed record GuardianInvitation(Digest Genesis, RecoveryId Recovery, string Name)
{
    private const string Prefix = "ehrledger:guardian-invitation:1:";

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static GuardianInvitation? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(256).WriteArray(3).WriteDigest(Genesis).WriteKey(Recovery.Key).WriteText(Name).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static GuardianInvitation? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var invitation = new GuardianInvitation(reader.ReadDigest(), new RecoveryId(reader.ReadKey()), reader.ReadText(RecoveryAsk.LongestName));
        reader.ReadEndArray();
        return invitation;
    });
}

/// <summary>The answer of somebody who agrees to be a guardian: docs/formats.md, guardian-acceptance.</summary>
/// <param name="Recovery">Whose.</param>
/// <param name="Key">The guardian's, for this recovery alone.</param>
/// <param name="SealingKey">What the share is sealed to, for this recovery alone.</param>
/// <param name="Signature">64 bytes over <see cref="MessageOf"/>.</param>
public sealed record GuardianAcceptance(RecoveryId Recovery, Ed25519PublicKey Key, XWingPublicKey SealingKey, ReadOnlyMemory<byte> Signature)
{
    private const string Prefix = "ehrledger:guardian-acceptance:1:";

    /// <summary>What the guardian signs.</summary>
    public static byte[] MessageOf(Digest genesis, RecoveryId recovery, XWingPublicKey sealingKey)
    {
        ArgumentNullException.ThrowIfNull(sealingKey);
        return [.. "ehrledger/v1/guardian\n"u8, .. genesis.ToArray(), .. recovery.Topic.ToArray(), .. sealingKey.Digest.ToArray()];
    }

    /// <summary>Agrees.</summary>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <param name="recovery">Whose.</param>
    /// <param name="key">Stays the caller's.</param>
    /// <param name="sealingKey">Stays the caller's.</param>
    public static GuardianAcceptance Sign(Digest genesis, RecoveryId recovery, Ed25519PrivateKey key, XWingPrivateKey sealingKey)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(sealingKey);
        return new GuardianAcceptance(recovery, key.Public, sealingKey.Public, key.Sign(MessageOf(genesis, recovery, sealingKey.Public)));
    }

    /// <summary>Whether the guardian's key has signed it for this consortium.</summary>
    public bool Verifies(Digest genesis) => Key.Verifies(MessageOf(genesis, Recovery, SealingKey), Signature.Span);

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static GuardianAcceptance? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_536).WriteArray(4).WriteKey(Recovery.Key).WriteKey(Key).WriteBytes(SealingKey.ToArray()).WriteBytes(Signature.Span).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static GuardianAcceptance? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var acceptance = new GuardianAcceptance(
            new RecoveryId(reader.ReadKey()),
            reader.ReadKey(),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return acceptance;
    });
}
