using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Ledger.Entries;

/// <summary>An entry with the place that the sequencer gave it: docs/formats.md, leaf.</summary>
/// <param name="Index">Position in the log, from 0.</param>
/// <param name="Time">Unix milliseconds; never smaller than that of the leaf before.</param>
/// <param name="Number">Position in the entry's topic, from 0.</param>
/// <param name="Entry">The signed bytes; not checked.</param>
public sealed record Leaf(ulong Index, ulong Time, ulong Number, ReadOnlyMemory<byte> Entry)
{
    /// <summary>The bytes that are hashed into the tree.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(Entry.Length + 32).WriteArray(4).WriteUInt(Index).WriteUInt(Time).WriteUInt(Number).WriteBytes(Entry.Span).ToArray();

    /// <summary>Null unless the bytes are a leaf in its only encoding. What the entry is worth is not looked at.</summary>
    public static Leaf? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var leaf = new Leaf(reader.ReadUInt(), reader.ReadUInt(long.MaxValue), reader.ReadUInt(), reader.ReadBytes(0, Entries.Entry.LargestSize));
        reader.ReadEndArray();
        return leaf;
    });
}
