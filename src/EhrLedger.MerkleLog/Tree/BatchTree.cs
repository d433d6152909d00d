using System.Collections.Immutable;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>A small RFC 6962 tree, held in memory whole: the rows of one batch entry, each of which gets a path of its own.</summary>
/// <remarks>Building costs one hash per leaf, a path none.</remarks>
public sealed class BatchTree
{
    private readonly Digest[][] _layers;

    /// <summary>Builds the tree.</summary>
    /// <param name="leafHashes">RFC 6962 leaf hashes. What is small enough to be guessed needs a salt in its leaf.</param>
    public BatchTree(ReadOnlySpan<Digest> leafHashes)
    {
        Count = leafHashes.Length;
        var built = new List<Digest[]> { leafHashes.ToArray() };
        while (built[^1].Length > 1)
        {
            built.Add(Join(built[^1]));
        }

        _layers = [.. built];
        Root = Count == 0 ? MerkleHash.EmptyRoot : _layers[^1][0];
    }

    /// <summary>Number of leaves.</summary>
    public int Count { get; }

    /// <summary>The RFC 6962 root.</summary>
    public Digest Root { get; }

    /// <summary>The proof that a leaf stands in this tree.</summary>
    /// <param name="index">Below <see cref="Count"/>.</param>
    public InclusionProof Path(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var path = ImmutableArray.CreateBuilder<Digest>(_layers.Length);
        int position = index;
        foreach (Digest[] layer in _layers)
        {
            int sibling = position ^ 1;
            if (sibling < layer.Length)
            {
                path.Add(layer[sibling]);
            }

            position /= 2;
        }

        return new InclusionProof((ulong)index, (ulong)Count, path.ToImmutable());
    }

    /// <summary>The layer above. A last node without a sibling moves up as it is, which is what the splits of RFC 6962 come to.</summary>
    private static Digest[] Join(Digest[] layer)
    {
        var above = new Digest[(layer.Length + 1) / 2];
        for (int i = 0; i < above.Length; i++)
        {
            above[i] = (2 * i) + 1 < layer.Length ? MerkleHash.Node(layer[2 * i], layer[(2 * i) + 1]) : layer[2 * i];
        }

        return above;
    }
}
