using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Consent.Records;

/// <summary>The rows that one RecordsAnchored or AuthorReads entry commits to, of all the author's patients together.</summary>
public sealed class RowBatch
{
    private readonly BatchTree _tree;

    private RowBatch(Digest[] leafHashes) => _tree = new BatchTree(leafHashes);

    /// <summary>Number of rows.</summary>
    public int Count => _tree.Count;

    /// <summary>What the entry's body holds.</summary>
    public Digest Root => _tree.Root;

    /// <summary>A batch of writes.</summary>
    /// <param name="rows">At least one, in the order in which they are to stand.</param>
    public static RowBatch Of(IReadOnlyList<WriteRow> rows) => Of(rows, row => row.LeafHash());

    /// <summary>A batch of reads.</summary>
    /// <param name="rows">Each encoded (<see cref="ReadRow.Encode"/>); at least one, in the order in which they are to stand.</param>
    public static RowBatch Of(IReadOnlyList<byte[]> rows) => Of(rows, row => MerkleHash.Leaf(row));

    /// <summary>The path of a row to <see cref="Root"/>.</summary>
    public InclusionProof PathOf(int index) => _tree.Path(index);

    private static RowBatch Of<T>(IReadOnlyList<T> rows, Func<T, Digest> leafHash)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Count > 0 ? new RowBatch([.. rows.Select(leafHash)]) : throw new ArgumentException("A batch has at least one row.", nameof(rows));
    }
}
