using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Erasing;

/// <summary>What the wallet gives to those who have to destroy something: docs/formats.md, erasure-order. Not signed: the Erased entry is, and nobody else knows what it commits to. Not verified by being here.</summary>
/// <param name="Erasure">Opens the entry's commitment.</param>
/// <param name="Sealings">One for each header of the erasure, in the same order.</param>
public sealed record ErasureOrder(Erasure Erasure, IReadOnlyList<NamedSealing> Sealings)
{
    /// <summary>Most bytes of an order.</summary>
    public const int LargestSize = Erasure.MostSealings * (RecordHeader.LargestSize + WriteRow.LargestSize + 4_096);

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(256 + (Sealings.Count * 2_048))
        .WriteArray(2)
        .WriteBytes(Erasure.Encode())
        .WriteAll(Sealings, NamedSealing.Write)
        .ToArray();

    /// <summary>Null unless the bytes are an order in its only encoding, each sealing the one that the erasure names.</summary>
    public static ErasureOrder? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var order = new ErasureOrder(
            reader.Require(Erasure.TryParse(reader.ReadBytes(0, 1 << 16))), reader.ReadArray(1, Erasure.MostSealings, NamedSealing.Read));
        reader.ReadEndArray();
        reader.Require(order.Sealings.Select(sealing => sealing.Header.Digest).SequenceEqual(order.Erasure.Headers));
        return order;
    });
}

/// <summary>One sealing of a version, and what shows whose it is.</summary>
/// <param name="Header">Names record, version, subject and author.</param>
/// <param name="Row">Binds header and ciphertext.</param>
/// <param name="Anchor">Where the author has put the row into the log.</param>
public sealed record NamedSealing(RecordHeader Header, WriteRow Row, Anchor Anchor)
{
    internal static void Write(DeterministicCborWriter writer, NamedSealing sealing)
    {
        writer.WriteArray(3).WriteBytes(sealing.Header.Bytes.Span).WriteBytes(sealing.Row.Encode());
        Anchor.Write(writer, sealing.Anchor);
    }

    internal static NamedSealing Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var sealing = new NamedSealing(
            reader.Require(RecordHeader.TryParse(reader.ReadBytes(0, RecordHeader.LargestSize).ToArray())),
            reader.Require(WriteRow.TryParse(reader.ReadBytes(0, WriteRow.LargestSize))),
            Anchor.Read(reader));
        reader.ReadEndArray();
        return sealing;
    }
}
