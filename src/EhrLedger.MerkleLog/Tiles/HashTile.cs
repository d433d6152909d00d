using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Tiles;

/// <summary>Serves tiles of hashes from a log's store.</summary>
public static class HashTile
{
    /// <summary>The bytes of a tile: its hashes one after the other, 32 bytes each.</summary>
    /// <param name="tile">Asked for by anybody.</param>
    /// <param name="treeSize">Size of the newest checkpoint; nothing beyond it is served.</param>
    /// <param name="hashes">The log's stored hashes.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <returns>Null if a tree of this size has no such tile.</returns>
    /// <exception cref="TreeStoreException">The store lacks some of the hashes.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> FindAsync(
        TilePath.Hashes tile, ulong treeSize, ITreeHashes hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tile);
        ArgumentNullException.ThrowIfNull(hashes);
        if (tile.Level >= StoredHash.Levels)
        {
            return null;
        }

        ulong first = tile.Index * StoredHash.RowWidth;
        if (!HasRange(first, tile.Width, StoredHash.CountAt(tile.Level, treeSize)))
        {
            return null;
        }

        ReadOnlyMemory<byte> bytes = await hashes.ReadAsync(tile.Level, first, tile.Width, cancellationToken).ConfigureAwait(false);
        return bytes.Length == tile.Width * Digest.Length ? bytes : throw new TreeStoreException(tile.Level, first, tile.Width, bytes.Length);
    }

    /// <summary>Whether a tree of this size has all the entries of a bundle.</summary>
    /// <param name="bundle">Asked for by anybody.</param>
    /// <param name="treeSize">Size of the newest checkpoint.</param>
    public static bool HasEntries(TilePath.Entries bundle, ulong treeSize)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return HasRange(bundle.Index * StoredHash.RowWidth, bundle.Width, treeSize);
    }

    private static bool HasRange(ulong first, int width, ulong available) => available >= first && available - first >= (ulong)width;
}
