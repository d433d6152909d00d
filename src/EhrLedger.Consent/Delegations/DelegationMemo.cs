using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Consent.Delegations;

/// <summary>What a wallet needs to show a delegation and to give its keys again, so that the phrase alone restores it: docs/formats.md, delegation-memo. It stands in the Delegated entry, sealed for the wallet.</summary>
/// <param name="Salt">From which the mandate's key comes.</param>
/// <param name="Number">Which of the delegate's keys it is, from 0.</param>
/// <param name="SealingKey">What the delegate's keys are sealed to.</param>
/// <param name="Name">What the patient calls the delegate; at most 100 bytes.</param>
public sealed record DelegationMemo(Salt Salt, uint Number, XWingPublicKey SealingKey, string Name)
{
    private const int Kind = 3;

    /// <summary>Canonical bytes, filled up with zeros so that the size does not tell how long the name is.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_536)
        .WriteArray(6)
        .WriteUInt(Kind)
        .WriteSalt(Salt)
        .WriteUInt(Number)
        .WriteBytes(SealingKey.ToArray())
        .WriteText(Name)
        .WriteBytes(new byte[FillOf(Name)])
        .ToArray();

    /// <summary>Null unless the bytes are a memo in its only encoding.</summary>
    public static DelegationMemo? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        reader.Require(reader.ReadUInt() == Kind);
        var memo = new DelegationMemo(
            reader.ReadSalt(),
            reader.ReadUInt32(),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            reader.ReadText(DelegateInvitation.LongestName));
        var fill = reader.ReadBytes(FillOf(memo.Name));
        reader.ReadEndArray();
        reader.Require(!fill.Span.ContainsAnyExcept((byte)0));
        return memo;
    });

    private static int FillOf(string name) => DelegateInvitation.LongestName - System.Text.Encoding.UTF8.GetByteCount(name);
}
