using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Node.Keys;

/// <summary>What an organisation hands to the others before there is a consortium: <c>[ member, log-key: text ]</c>, all of it public.</summary>
/// <param name="Member">As it will stand in the genesis.</param>
/// <param name="LogKey">C2SP verifier key of the checkpoints that it would sign as the sequencer; its name is the log's origin.</param>
internal sealed record MemberDescriptor(Member Member, string LogKey)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(2048).WriteArray(2).WriteItem(Member.Encode()).WriteText(LogKey).ToArray();

    /// <summary>Null unless the bytes are a descriptor in its only encoding.</summary>
    public static MemberDescriptor? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var member = reader.Require(Member.TryParse(reader.ReadItem()));
        var logKey = reader.ReadText(400);
        reader.ReadEndArray();
        return new MemberDescriptor(member, logKey);
    });
}
