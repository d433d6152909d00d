using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Delegations;

/// <summary>What a patient hands somebody who is to act as delegate: docs/formats.md, delegate-invitation. It names no subject and holds no secret.</summary>
/// <param name="Genesis">Of the consortium.</param>
/// <param name="Mandate">What is agreed on.</param>
/// <param name="Salt">What the patient's wallet derives the mandate's key with: it keeps nothing until somebody has accepted.</param>
/// <param name="Subjects">For so many subjects a key is needed; 1 to 64.</param>
/// <param name="Name">What the patient calls himself or herself; at most 100 bytes.</param>
public sealed record DelegateInvitation(Digest Genesis, MandateId Mandate, Salt Salt, int Subjects, string Name)
{
    /// <summary>Most subjects of one mandate.</summary>
    public const int MostSubjects = 64;

    /// <summary>Most bytes of a name.</summary>
    public const int LongestName = 100;

    private const string Prefix = "ehrledger:delegate-invitation:1:";

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static DelegateInvitation? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(256).WriteArray(5).WriteDigest(Genesis).WriteKey(Mandate.Key).WriteSalt(Salt).WriteUInt((ulong)Subjects).WriteText(Name).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static DelegateInvitation? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var invitation = new DelegateInvitation(reader.ReadDigest(), new MandateId(reader.ReadKey()), reader.ReadSalt(), (int)reader.ReadUInt(MostSubjects), reader.ReadText(LongestName));
        reader.ReadEndArray();
        reader.Require(invitation.Subjects > 0);
        return invitation;
    });
}

/// <summary>The answer of somebody who agrees to act: docs/formats.md, delegate-acceptance.</summary>
/// <param name="Mandate">What is agreed on.</param>
/// <param name="Salt">Of the invitation.</param>
/// <param name="Keys">One for each subject, and each for no second one: 1 to 64, none twice.</param>
/// <param name="SealingKey">What the patient's wallet seals the delegate's keys to.</param>
/// <param name="Signature">64 bytes of the first key over <see cref="MessageOf"/>.</param>
public sealed record DelegateAcceptance(MandateId Mandate, Salt Salt, IReadOnlyList<Ed25519PublicKey> Keys, XWingPublicKey SealingKey, ReadOnlyMemory<byte> Signature)
{
    private const string Prefix = "ehrledger:delegate-acceptance:1:";

    /// <summary>What the delegate signs.</summary>
    public static byte[] MessageOf(Digest genesis, MandateId mandate, IReadOnlyList<Ed25519PublicKey> keys, XWingPublicKey sealingKey)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(sealingKey);
        return [.. "ehrledger/v1/delegate\n"u8, .. genesis.ToArray(), .. mandate.Key.ToArray(), .. sealingKey.Digest.ToArray(), .. keys.SelectMany(key => key.ToArray())];
    }

    /// <summary>Agrees.</summary>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    /// <param name="mandate">What is agreed on.</param>
    /// <param name="salt">Of the invitation.</param>
    /// <param name="keys">Stay the caller's.</param>
    /// <param name="sealingKey">Stays the caller's.</param>
    public static DelegateAcceptance Sign(Digest genesis, MandateId mandate, Salt salt, IReadOnlyList<Ed25519PrivateKey> keys, XWingPrivateKey sealingKey)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(sealingKey);
        List<Ed25519PublicKey> named = [.. keys.Select(key => key.Public)];
        return new DelegateAcceptance(mandate, salt, named, sealingKey.Public, keys[0].Sign(MessageOf(genesis, mandate, named, sealingKey.Public)));
    }

    /// <summary>Whether the delegate has signed it for this consortium.</summary>
    public bool Verifies(Digest genesis) => Keys[0].Verifies(MessageOf(genesis, Mandate, Keys, SealingKey), Signature.Span);

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static DelegateAcceptance? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_536 + (Keys.Count * 34))
        .WriteArray(5)
        .WriteKey(Mandate.Key)
        .WriteSalt(Salt)
        .WriteAll(Keys, (items, key) => items.WriteKey(key))
        .WriteBytes(SealingKey.ToArray())
        .WriteBytes(Signature.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static DelegateAcceptance? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var acceptance = new DelegateAcceptance(
            new MandateId(reader.ReadKey()),
            reader.ReadSalt(),
            reader.ReadArray(1, DelegateInvitation.MostSubjects, item => item.ReadKey()),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        reader.Require(acceptance.Keys.Distinct().Count() == acceptance.Keys.Count);
        return acceptance;
    });
}
