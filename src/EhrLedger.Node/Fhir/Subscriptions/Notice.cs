using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>A version that a subscription is to be told of.</summary>
/// <param name="Row">Of the table; in the order of writing.</param>
/// <param name="ResourceRow">Row of the resource.</param>
/// <param name="Version">Its number.</param>
internal sealed record Notice(long Row, long ResourceRow, uint Version)
{
    public byte[] Encode() => new DeterministicCborWriter(32).WriteArray(2).WriteUInt((ulong)ResourceRow).WriteUInt(Version).ToArray();

    /// <summary>Null for what is none.</summary>
    public static Notice? TryParse(ReadOnlyMemory<byte> bytes, long row) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var notice = new Notice(row, (long)reader.ReadUInt(long.MaxValue), reader.ReadUInt32());
        reader.ReadEndArray();
        return notice;
    });
}
