using System.Collections.Immutable;
using System.Numerics;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>Reads each tile row of a tree at most once, and hashes subtrees from them. Lives as long as one proof.</summary>
internal sealed class RowReader(ITreeHashes hashes, ulong treeSize, CancellationToken cancellationToken)
{
    private readonly Dictionary<(int Level, ulong Row), ImmutableArray<Digest>> _rows = [];

    /// <summary>The root of any subtree of the tree.</summary>
    public async ValueTask<Digest> HashAsync(LeafRange range) => Frontier.RootOf(await PeaksAsync(range).ConfigureAwait(false));

    /// <summary>The roots of the complete subtrees of a range, largest first.</summary>
    public async ValueTask<ImmutableArray<Digest>> PeaksAsync(LeafRange range)
    {
        var peaks = ImmutableArray.CreateBuilder<Digest>();
        foreach (LeafRange peak in range.Peaks())
        {
            peaks.Add(await HashCompleteAsync(peak).ConfigureAwait(false));
        }

        return peaks.ToImmutable();
    }

    private async ValueTask<Digest> HashCompleteAsync(LeafRange complete)
    {
        int height = BitOperations.Log2(complete.Length);
        int level = height / StoredHash.LevelHeight;
        ulong first = complete.Start >> (level * StoredHash.LevelHeight);
        ImmutableArray<Digest> row = await RowAsync(level, first / StoredHash.RowWidth).ConfigureAwait(false);
        int width = 1 << (height % StoredHash.LevelHeight);
        return Fold(row.AsSpan().Slice((int)(first % StoredHash.RowWidth), width));
    }

    private async ValueTask<ImmutableArray<Digest>> RowAsync(int level, ulong row)
    {
        if (_rows.TryGetValue((level, row), out ImmutableArray<Digest> known))
        {
            return known;
        }

        ulong first = row * StoredHash.RowWidth;
        int count = (int)Math.Min(StoredHash.RowWidth, StoredHash.CountAt(level, treeSize) - first);
        ReadOnlyMemory<byte> bytes = await hashes.ReadAsync(level, first, count, cancellationToken).ConfigureAwait(false);
        if (bytes.Length != count * Digest.Length)
        {
            throw new TreeStoreException(level, first, count, bytes.Length);
        }

        return _rows[(level, row)] = StoredHash.Split(bytes.Span);
    }

    /// <summary>The root over a power of two of hashes.</summary>
    private static Digest Fold(ReadOnlySpan<Digest> hashes)
    {
        if (hashes.Length == 1)
        {
            return hashes[0];
        }

        Digest[] layer = hashes.ToArray();
        for (int width = layer.Length; width > 1; width /= 2)
        {
            for (int i = 0; i < width / 2; i++)
            {
                layer[i] = MerkleHash.Node(layer[2 * i], layer[(2 * i) + 1]);
            }
        }

        return layer[0];
    }
}
