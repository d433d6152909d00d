namespace EhrLedger.MerkleLog.Tree;

/// <summary>The store lacks hashes that it was given earlier: a broken disk, a bug, or a tampered database. The log must stop.</summary>
/// <param name="level">Tile level of the row that came back short.</param>
/// <param name="firstIndex">Where the row begins within the level.</param>
/// <param name="expected">Hashes asked for.</param>
/// <param name="bytes">Bytes that came back.</param>
public sealed class TreeStoreException(int level, ulong firstIndex, int expected, int bytes)
    : Exception($"The store gave {bytes} bytes for {expected} hashes at level {level} from index {firstIndex}.")
{
    /// <summary>Tile level of the row that came back short.</summary>
    public int Level => level;

    /// <summary>Where the row begins within the level.</summary>
    public ulong FirstIndex => firstIndex;
}
