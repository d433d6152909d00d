using System.Collections.Immutable;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>One hash that a store keeps for ever: the root of a complete subtree of 256^<paramref name="Level"/> leaves.</summary>
/// <param name="Level">Tile level, 0 to 7: 0 holds leaf hashes, 1 the roots of 256 leaves, and so on.</param>
/// <param name="Index">Position within the level, from 0; each level is written without a gap.</param>
/// <param name="Hash">The hash.</param>
/// <remarks>Source: c2sp.org/tlog-tiles, "Merkle Tree".</remarks>
public readonly record struct StoredHash(int Level, ulong Index, Digest Hash)
{
    /// <summary>Hashes in a full tile: 256.</summary>
    public const int RowWidth = 256;

    /// <summary>Tree heights between one stored level and the next: 8.</summary>
    public const int LevelHeight = 8;

    /// <summary>Levels that a log of at most 2^63 − 1 leaves can have: 0 to 7.</summary>
    public const int Levels = 8;

    /// <summary>How many hashes a tree of this size has stored at a level.</summary>
    /// <param name="level">0 to 7.</param>
    /// <param name="treeSize">Number of leaves.</param>
    public static ulong CountAt(int level, ulong treeSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, Levels);
        return treeSize >> (level * LevelHeight);
    }

    internal static ImmutableArray<Digest> Split(ReadOnlySpan<byte> hashes)
    {
        var split = ImmutableArray.CreateBuilder<Digest>(hashes.Length / Digest.Length);
        for (; !hashes.IsEmpty; hashes = hashes[Digest.Length..])
        {
            split.Add(Digest.FromBytes(hashes[..Digest.Length]));
        }

        return split.MoveToImmutable();
    }
}
