using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Storage.Records;

/// <summary>A row about a read with its path, as it was kept before rows lay with their batch; the anchor's index is the outbox number.</summary>
internal static class StoredReadRow
{
    public static (byte[] Row, Anchor Anchor)? TryParse(ReadOnlyMemory<byte> bytes) =>
        CborReading.TryRead<(byte[], Anchor)>(bytes, reader =>
        {
            reader.ReadStartArray(2);
            var stored = (reader.ReadBytes(0, 1 << 20).ToArray(), reader.Require(Anchor.TryParse(reader.ReadBytes(0, 4_096))));
            reader.ReadEndArray();
            return stored;
        }, out var result) ? result : null;
}
