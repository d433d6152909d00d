using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Ledger.Outbox;

/// <summary>
/// The body of RecordsAnchored and AuthorReads: the root of a batch of salted rows, chained to the author's batch before it, so that an author can neither drop one
/// nor slip one in: docs/formats.md, batch.
/// </summary>
/// <param name="Number">The author's own count over both types, from 0, without gaps.</param>
/// <param name="Previous">SHA-256 of the encoded body before; zeros for number 0.</param>
/// <param name="Root">RFC 6962 root of the rows.</param>
/// <param name="Salt">16 random bytes, so that equal batches differ.</param>
public sealed record BatchBody(ulong Number, Digest Previous, Digest Root, ReadOnlyMemory<byte> Salt)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(128).WriteArray(4).WriteUInt(Number).WriteDigest(Previous).WriteDigest(Root).WriteBytes(Salt.Span).ToArray();

    /// <summary>Null unless the bytes are a batch body in its only encoding.</summary>
    public static BatchBody? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var body = new BatchBody(reader.ReadUInt(), reader.ReadDigest(), reader.ReadDigest(), reader.ReadBytes(16));
        reader.ReadEndArray();
        return body;
    });
}
