using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Storage.Records;

/// <summary>What is left of a sealing that was replaced by a newer one of the same version: enough to prove its row, and no half of its key.</summary>
/// <param name="Header">Canonical bytes.</param>
/// <param name="Row">Canonical bytes of the write row.</param>
/// <param name="Path">As in <see cref="Anchoring"/>.</param>
internal sealed record SupersededSealing(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Row, ReadOnlyMemory<byte> Path)
{
    public byte[] Encode() => new DeterministicCborWriter(1024).WriteArray(3).WriteBytes(Header.Span).WriteBytes(Row.Span).WriteBytes(Path.Span).ToArray();

    public static SupersededSealing? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var superseded = new SupersededSealing(reader.ReadBytes(0, 16_384), reader.ReadBytes(0, 512), reader.ReadBytes(0, 4_096));
        reader.ReadEndArray();
        return superseded;
    });
}
