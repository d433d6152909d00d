using System.Collections.Immutable;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>
/// The tree under one checkpoint, gone down from its root: the partial tiles at the right edge come to the root, and every full tile below is pinned by
/// one hash in a tile that was checked before. So a wrong tile is known for wrong by itself.
/// </summary>
/// <remarks>Holds one tile per level besides the edge: 128 KiB at most. The methods give null once there is a <see cref="Finding"/>.</remarks>
internal sealed class AuditTree(AuditFetch fetch, ulong size, Digest root)
{
    private const int Levels = 8;
    private const int LevelHeight = 8;

    private readonly ImmutableArray<Digest>[] _edge = new ImmutableArray<Digest>[Levels];
    private readonly (ulong Index, ImmutableArray<Digest> Hashes)?[] _path = new (ulong, ImmutableArray<Digest>)?[Levels];

    /// <summary>The first thing that was found wrong; null as long as there is none.</summary>
    public AuditFinding? Finding { get; private set; }

    /// <summary>Fetches the right edge and holds it against the root.</summary>
    public async ValueTask<bool> OpenAsync()
    {
        for (int level = 0; level < Levels; level++)
        {
            _edge[level] = [];
            if (EdgeWidth(level) > 0)
            {
                (_edge[level], Finding) = await fetch.HashesAsync(level, EdgeIndex(level), EdgeWidth(level)).ConfigureAwait(false);
                if (Finding is not null)
                {
                    return false;
                }
            }
        }

        if (EdgeRoot() != root)
        {
            Finding = await BlameAsync().ConfigureAwait(false);
        }

        return Finding is null;
    }

    /// <summary>The hashes of one tile, held against the root.</summary>
    public async ValueTask<ImmutableArray<Digest>?> TileAsync(int level, ulong index)
    {
        if (index == EdgeIndex(level))
        {
            return _edge[level];
        }

        if (_path[level] is { } kept && kept.Index == index)
        {
            return kept.Hashes;
        }

        if (await TileAsync(level + 1, index / AuditFetch.FullWidth).ConfigureAwait(false) is not { } parent)
        {
            return null;
        }

        (ImmutableArray<Digest> hashes, Finding) = await fetch.HashesAsync(level, index, AuditFetch.FullWidth).ConfigureAwait(false);
        if (Finding is null && AuditHash.OfRange(hashes.AsSpan()) != parent[(int)(index % AuditFetch.FullWidth)])
        {
            Finding = new AuditFinding.WrongTile(level, index);
        }

        if (Finding is not null)
        {
            return null;
        }

        _path[level] = (index, hashes);
        return hashes;
    }

    /// <summary>What an audit that came to this size has to have in hand, as the checkpoint pins it.</summary>
    /// <param name="checkedSize">Up to the tree's size. Right after the entry before it was checked, this fetches nothing.</param>
    public async ValueTask<AuditState?> StateAtAsync(ulong checkedSize)
    {
        var peaks = ImmutableArray.CreateBuilder<Digest>();
        for (int level = Levels - 1; level >= 0; level--)
        {
            int width = (int)((checkedSize >> (level * LevelHeight)) % AuditFetch.FullWidth);
            if (width == 0)
            {
                continue;
            }

            if (await TileAsync(level, IndexAt(checkedSize, level)).ConfigureAwait(false) is not { } tile)
            {
                return null;
            }

            peaks.AddRange(AuditHash.PeaksOf(tile.AsSpan(0, width)));
        }

        return new AuditState(checkedSize, peaks.ToImmutable());
    }

    /// <summary>Index of the tile at a level in which a position falls; from level 7 on there is one tile only.</summary>
    private static ulong IndexAt(ulong position, int level) => level == Levels - 1 ? 0 : position >> ((level + 1) * LevelHeight);

    private int EdgeWidth(int level) => (int)((size >> (level * LevelHeight)) % AuditFetch.FullWidth);

    private ulong EdgeIndex(int level) => IndexAt(size, level);

    private Digest EdgeRoot() => AuditHash.OfPeaks([.. _edge.Reverse().SelectMany(row => AuditHash.PeaksOf(row.AsSpan()))]);

    /// <summary>The root came out wrong: looks for the one edge tile that is not what its own children come to.</summary>
    private async ValueTask<AuditFinding> BlameAsync()
    {
        for (int level = 0; level < Levels; level++)
        {
            ImmutableArray<Digest> served = _edge[level];
            if (served.IsEmpty)
            {
                continue;
            }

            (ImmutableArray<Digest> rebuilt, AuditFinding? missing) = await RebuildAsync(level, served.Length).ConfigureAwait(false);
            if (missing is not null)
            {
                return missing;
            }

            _edge[level] = rebuilt;
            if (EdgeRoot() == root)
            {
                return new AuditFinding.WrongTile(level, EdgeIndex(level));
            }

            _edge[level] = served;
        }

        return new AuditFinding.RootMismatch(size);
    }

    private async ValueTask<(ImmutableArray<Digest> Hashes, AuditFinding? Missing)> RebuildAsync(int level, int width)
    {
        if (level == 0)
        {
            (IReadOnlyList<ReadOnlyMemory<byte>> entries, AuditFinding? missing) = await fetch.EntriesAsync(EdgeIndex(0), width).ConfigureAwait(false);
            return ([.. entries.Select(entry => AuditHash.OfEntry(entry.Span))], missing);
        }

        var hashes = ImmutableArray.CreateBuilder<Digest>(width);
        for (int i = 0; i < width; i++)
        {
            ulong child = (EdgeIndex(level) * AuditFetch.FullWidth) + (ulong)i;
            (ImmutableArray<Digest> tile, AuditFinding? missing) = await fetch.HashesAsync(level - 1, child, AuditFetch.FullWidth).ConfigureAwait(false);
            if (missing is not null)
            {
                return (default, missing);
            }

            hashes.Add(AuditHash.OfRange(tile.AsSpan()));
        }

        return (hashes.MoveToImmutable(), null);
    }
}
