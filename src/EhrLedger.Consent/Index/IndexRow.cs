using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Consent.Index;

/// <summary>
/// What a reader gets for a candidate: docs/formats.md, index-row. It is made before the batch stands in the log, so it names the batch by its number in the
/// author's outbox; the reader finds that batch, final, on its own copy of the log.
/// </summary>
/// <param name="Header">The header's canonical bytes, parsed.</param>
/// <param name="Row">What the ledger commits to.</param>
/// <param name="Batch">Outbox number of the batch.</param>
/// <param name="Path">From the row to the batch's root.</param>
/// <param name="FirstHalf">K1, sealed to the subject's sealing key of the epoch.</param>
public sealed record IndexRow(RecordHeader Header, WriteRow Row, ulong Batch, InclusionProof Path, SealedHalf FirstHalf)
{
    /// <summary>Where the record stands, once the entry of its batch has an index.</summary>
    public Anchor AnchorAt(ulong entryIndex) => new(entryIndex, Path);

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024).WriteArray(5).WriteBytes(Header.Bytes.Span).WriteBytes(Row.Encode()).WriteUInt(Batch);
        Anchor.WritePath(writer, Path);
        SealedHalf.Write(writer, FirstHalf);
        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are an index row in its only encoding, whose row is the header's.</summary>
    public static IndexRow? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var header = reader.Require(RecordHeader.TryParse(reader.ReadBytes(0, RecordHeader.LargestSize)));
        var row = reader.Require(WriteRow.TryParse(reader.ReadBytes(0, WriteRow.LargestSize)));
        var parsed = new IndexRow(header, row, reader.ReadUInt(), Anchor.ReadPath(reader), SealedHalf.Read(reader));
        reader.ReadEndArray();
        reader.Require(row.Header == header.Digest && row.Subject == header.Subject);
        return parsed;
    });

    /// <summary>Seals the row for whoever has the index key.</summary>
    /// <returns>16 random bytes, then the wrap. A row that is sealed again with another path takes other bytes, so no key is used twice.</returns>
    public byte[] Seal(IndexKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var salt = RandomNumberGenerator.GetBytes(Salt.Length);
        return [.. salt, .. key.SealRow(NameOf(Header.Digest, salt), Padme.Pad(Encode()))];
    }

    /// <summary>Opens a row.</summary>
    /// <param name="key">Of the subject and epoch.</param>
    /// <param name="header">Digest of the header that the holder filed it under.</param>
    /// <param name="sealedRow">Untrusted.</param>
    /// <returns>Null if anything is other than it was sealed, or the row is about another header.</returns>
    public static IndexRow? Open(IndexKey key, Digest header, ReadOnlySpan<byte> sealedRow)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (sealedRow.Length < Salt.Length || key.OpenRow(NameOf(header, sealedRow[..Salt.Length]), sealedRow[Salt.Length..]) is not { } padded)
        {
            return null;
        }

        return Padme.TryUnpad(padded, out var plaintext) && TryParse(plaintext.ToArray()) is { } row && row.Header.Digest == header ? row : null;
    }

    private static Digest NameOf(Digest header, ReadOnlySpan<byte> salt) => Digest.Of([.. header.ToArray(), .. salt]);
}
