using System.Collections.Immutable;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>
/// A log's tree at one size: a value. Appending gives the next value and what has to be stored for it, and changes nothing, so a
/// transaction that fails needs no undoing here: the caller keeps the value it had.
/// </summary>
/// <remarks>
/// Appending costs about two hashes a leaf, memory is the frontier (at most 63 hashes), starting is reading the frontier back. Proofs read
/// at most two tile rows (of at most 256 hashes) per level, which is 16 for the longest log there can be.
/// </remarks>
public sealed class MerkleTree
{
    private readonly ITreeHashes _hashes;

    /// <summary>The tree that a frontier stands for.</summary>
    /// <param name="frontier">From the transaction that was committed last, or <see cref="Tree.Frontier.Empty"/>.</param>
    /// <param name="hashes">Reads what was stored up to that transaction at least.</param>
    public MerkleTree(Frontier frontier, ITreeHashes hashes)
    {
        ArgumentNullException.ThrowIfNull(frontier);
        ArgumentNullException.ThrowIfNull(hashes);
        Frontier = frontier;
        Root = frontier.Root;
        _hashes = hashes;
    }

    /// <summary>What the caller stores in order to start again from here.</summary>
    public Frontier Frontier { get; }

    /// <summary>Number of leaves.</summary>
    public ulong Size => Frontier.Size;

    /// <summary>The RFC 6962 root.</summary>
    public Digest Root { get; }

    /// <summary>Rebuilds the tree from its stored hashes alone, for a store whose frontier is missing or doubted.</summary>
    /// <param name="size">Number of leaves; the store must have them.</param>
    /// <param name="hashes">The stored hashes.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <returns>The tree. Its root is only as good as the store: compare it with a signed checkpoint.</returns>
    /// <exception cref="TreeStoreException">The store lacks some of the hashes.</exception>
    /// <remarks>Cost: one tile row per level.</remarks>
    public static async ValueTask<MerkleTree> RestoreAsync(ulong size, ITreeHashes hashes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Frontier.MaxSize);
        var reader = new RowReader(hashes, size, cancellationToken);
        ImmutableArray<Digest> peaks = await reader.PeaksAsync(new LeafRange(0, size)).ConfigureAwait(false);
        return new MerkleTree(Frontier.FromPeaks(size, peaks), hashes);
    }

    /// <summary>The tree with more leaves. This one stays as it is.</summary>
    /// <param name="leafHashes">RFC 6962 leaf hashes, in the order of the log.</param>
    /// <returns>
    /// The next tree and its new stored hashes. Leaves, hashes and frontier belong into one transaction; use the next tree only once it is committed.
    /// </returns>
    public TreeAppend Append(ReadOnlySpan<Digest> leafHashes)
    {
        (Frontier next, ImmutableArray<StoredHash> newHashes) = Frontier.Append(leafHashes);
        return new TreeAppend(new MerkleTree(next, _hashes), newHashes);
    }

    /// <summary>The root that the tree had at an earlier size.</summary>
    /// <param name="size">0 up to <see cref="Size"/>.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="TreeStoreException">The store lacks some of the hashes.</exception>
    public async ValueTask<Digest> RootAtAsync(ulong size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        return size == Size ? Root : await new RowReader(_hashes, size, cancellationToken).HashAsync(new LeafRange(0, size)).ConfigureAwait(false);
    }

    /// <summary>Proves that a leaf stands in the tree of some size.</summary>
    /// <param name="index">Index of the leaf; below <paramref name="size"/>.</param>
    /// <param name="size">1 up to <see cref="Size"/>.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="TreeStoreException">The store lacks some of the hashes.</exception>
    public async ValueTask<InclusionProof> ProveInclusionAsync(ulong index, ulong size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        return new InclusionProof(index, size, await HashAllAsync(LeafRange.PathTo(index, size), size, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Proves that the tree of one size begins with the tree of another.</summary>
    /// <param name="oldSize">0 up to <paramref name="newSize"/>. From 0 the proof is empty and proves nothing.</param>
    /// <param name="newSize">Up to <see cref="Size"/>.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="TreeStoreException">The store lacks some of the hashes.</exception>
    public async ValueTask<ConsistencyProof> ProveConsistencyAsync(ulong oldSize, ulong newSize, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(newSize, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        IReadOnlyList<LeafRange> subtrees = oldSize == 0 ? [] : LeafRange.Between(oldSize, newSize);
        return new ConsistencyProof(oldSize, newSize, await HashAllAsync(subtrees, newSize, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<ImmutableArray<Digest>> HashAllAsync(IReadOnlyList<LeafRange> subtrees, ulong size, CancellationToken cancellationToken)
    {
        var reader = new RowReader(_hashes, size, cancellationToken);
        var path = ImmutableArray.CreateBuilder<Digest>(subtrees.Count);
        foreach (LeafRange subtree in subtrees)
        {
            path.Add(await reader.HashAsync(subtree).ConfigureAwait(false));
        }

        return path.MoveToImmutable();
    }
}
