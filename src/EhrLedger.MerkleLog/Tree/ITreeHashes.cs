namespace EhrLedger.MerkleLog.Tree;

/// <summary>The stored hashes of a log, as its store reads them back. Append-only: what was once read never changes.</summary>
public interface ITreeHashes
{
    /// <summary>Reads consecutive hashes of one level.</summary>
    /// <param name="level">Tile level, 0 to 7.</param>
    /// <param name="firstIndex">Index of the first hash within the level.</param>
    /// <param name="count">1 to 256; the range never crosses a multiple of 256.</param>
    /// <param name="cancellationToken">Gives up the read.</param>
    /// <returns>The hashes one after the other, 32 bytes each; fewer bytes only when the store has lost what it was given.</returns>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken);
}
