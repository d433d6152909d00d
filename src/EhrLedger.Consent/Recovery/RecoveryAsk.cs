using System.Buffers.Binary;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Recovery;

/// <summary>What a new phone shows to guardians: docs/formats.md, recovery-ask. It names no wallet; which one is meant, the guardian knows.</summary>
/// <param name="Genesis">Of the consortium.</param>
/// <param name="Key">Names the request, and signs it.</param>
/// <param name="AnswerKey">What answers are sealed to.</param>
/// <param name="Name">Who asks, in that person's own words; at most 100 bytes. Shown, and not believed.</param>
public sealed record RecoveryAsk(Digest Genesis, Ed25519PublicKey Key, XWingPublicKey AnswerKey, string Name)
{
    /// <summary>Most bytes of a name.</summary>
    public const int LongestName = 100;

    private const string Prefix = "ehrledger:recovery-ask:1:";

    /// <summary>Eight digits that both phones show: guardian and patient compare them by voice. They come out of both keys.</summary>
    public string Code
    {
        get
        {
            var number = BinaryPrimitives.ReadUInt64BigEndian(Digest.Of([.. "ehrledger/v1/recovery-code\n"u8, .. Key.ToArray(), .. AnswerKey.ToArray()]).ToArray()) % 100_000_000;
            var digits = number.ToString("D8", System.Globalization.CultureInfo.InvariantCulture);
            return $"{digits[..4]} {digits[4..]}";
        }
    }

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static RecoveryAsk? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_536).WriteArray(4).WriteDigest(Genesis).WriteKey(Key).WriteBytes(AnswerKey.ToArray()).WriteText(Name).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static RecoveryAsk? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var ask = new RecoveryAsk(
            reader.ReadDigest(), reader.ReadKey(), reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)), reader.ReadText(LongestName));
        reader.ReadEndArray();
        return ask;
    });
}

/// <summary>A guardian's answer to a <see cref="RecoveryAsk"/>: docs/formats.md, recovery-approval. It shows nobody but the new phone a share.</summary>
/// <param name="Recovery">Whose: so the new phone learns what it is looking for.</param>
/// <param name="Number">Of the set-up.</param>
/// <param name="Approval">For the ledger.</param>
/// <param name="SealedShare">The guardian's share, sealed to the answer key, bound to what was approved.</param>
public sealed record RecoveryApproval(RecoveryId Recovery, uint Number, GuardianApproval Approval, ReadOnlyMemory<byte> SealedShare)
{
    private const string Prefix = "ehrledger:recovery-approval:1:";

    /// <summary>The text of a link or a QR code.</summary>
    public string ToText() => TextForm.Write(Prefix, Encode());

    /// <summary>Null for anything else.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    public static RecoveryApproval? TryParse(string? text) => TextForm.TryRead(Prefix, text) is { } bytes ? TryDecode(bytes) : null;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_536)
        .WriteArray(6)
        .WriteKey(Recovery.Key)
        .WriteUInt(Number)
        .WriteUInt((ulong)Approval.Guardian)
        .WriteUInt(Approval.Until)
        .WriteBytes(Approval.Signature.Span)
        .WriteBytes(SealedShare.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static RecoveryApproval? TryDecode(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        var approval = new RecoveryApproval(
            new RecoveryId(reader.ReadKey()),
            reader.ReadUInt32(),
            new GuardianApproval((int)reader.ReadUInt(GuardianRule.MostGuardians - 1), reader.ReadUInt(long.MaxValue), reader.ReadBytes(Ed25519PublicKey.SignatureLength)),
            reader.ReadBytes(RecoveryShare.SealedLength));
        reader.ReadEndArray();
        return approval;
    });
}
