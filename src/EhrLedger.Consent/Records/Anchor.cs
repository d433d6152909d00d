using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Consent.Records;

/// <summary>
/// Where a row stands: the entry that anchored its batch, and its path to the batch's root. A claim until somebody who has the log checks it.
/// </summary>
/// <param name="EntryIndex">Index of the RecordsAnchored or AuthorReads entry in the log.</param>
/// <param name="Path">In the batch's own tree.</param>
public sealed record Anchor(ulong EntryIndex, InclusionProof Path)
{
    // A tree of 2^64 leaves is 64 high.
    private const int LongestPath = 64;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(64 + (Path.Path.Length * 34));
        Write(writer, this);
        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are an anchor in its only encoding.</summary>
    public static Anchor? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    /// <summary>Whether the row stands in the batch with this root.</summary>
    /// <param name="leafHash">Of the row.</param>
    /// <param name="root">From the body of the entry at <see cref="EntryIndex"/>, which the caller has found effective.</param>
    public bool Verifies(Digest leafHash, Digest root) => Path.Verifies(leafHash, root);

    internal static void Write(DeterministicCborWriter writer, Anchor anchor)
    {
        writer.WriteArray(2).WriteUInt(anchor.EntryIndex);
        WritePath(writer, anchor.Path);
    }

    internal static Anchor Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var anchor = new Anchor(reader.ReadUInt(), ReadPath(reader));
        reader.ReadEndArray();
        return anchor;
    }

    internal static void WritePath(DeterministicCborWriter writer, InclusionProof path) =>
        writer.WriteArray(3).WriteUInt(path.LeafIndex).WriteUInt(path.TreeSize).WriteAll(path.Path, (items, hash) => items.WriteDigest(hash));

    internal static InclusionProof ReadPath(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var path = new InclusionProof(reader.ReadUInt(), reader.ReadUInt(), [.. reader.ReadArray(0, LongestPath, item => item.ReadDigest())]);
        reader.ReadEndArray();
        return path;
    }
}
