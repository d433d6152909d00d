using System.Globalization;
using System.Text;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Tiles;

/// <summary>What can be fetched from a log, and its one path under the log's URL prefix.</summary>
/// <remarks>Source: c2sp.org/tlog-tiles, "APIs".</remarks>
public abstract record TilePath
{
    /// <summary>Largest tile index that a log of at most 2^63 − 1 leaves can have at level 0.</summary>
    public const ulong MaxIndex = Frontier.MaxSize / StoredHash.RowWidth;

    private const string CheckpointText = "/checkpoint";
    private const string TilePrefix = "/tile/";
    private const string EntriesPrefix = "/tile/entries/";
    private const string PartialMark = ".p/";
    private const int HighestLevel = 63;

    private TilePath()
    {
    }

    /// <summary>Reads a path.</summary>
    /// <returns>Null unless this is exactly what <see cref="ToString"/> gives for some resource.</returns>
    public static TilePath? Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path == CheckpointText)
        {
            return new LatestCheckpoint();
        }

        if (path.StartsWith(EntriesPrefix, StringComparison.Ordinal))
        {
            return ReadTile(path[EntriesPrefix.Length..]) is var (index, width) ? new Entries(index, width) : null;
        }

        if (!path.StartsWith(TilePrefix, StringComparison.Ordinal)
            || path[TilePrefix.Length..].Split('/', 2) is not [string levelText, string tile]
            || !StrictText.TryDecimal(levelText, out ulong level)
            || level > HighestLevel)
        {
            return null;
        }

        return ReadTile(tile) is var (hashIndex, hashWidth) ? new Hashes((int)level, hashIndex, hashWidth) : null;
    }

    /// <summary>The path, beginning with a slash.</summary>
    public sealed override string ToString() => Match(
        _ => CheckpointText,
        hashes => TilePrefix + StrictText.Decimal((ulong)hashes.Level) + "/" + WriteTile(hashes.Index, hashes.Width),
        entries => EntriesPrefix + WriteTile(entries.Index, entries.Width));

    /// <summary>One of three, by kind.</summary>
    public abstract T Match<T>(Func<LatestCheckpoint, T> checkpoint, Func<Hashes, T> hashes, Func<Entries, T> entries);

    /// <summary>The newest checkpoint.</summary>
    public sealed record LatestCheckpoint : TilePath
    {
        /// <inheritdoc/>
        public override T Match<T>(Func<LatestCheckpoint, T> checkpoint, Func<Hashes, T> hashes, Func<Entries, T> entries) => checkpoint(this);
    }

    /// <summary>A tile of hashes.</summary>
    public sealed record Hashes : TilePath
    {
        /// <summary>Names a tile.</summary>
        /// <param name="level">0 to 63; a log that fits this implementation has 0 to 7.</param>
        /// <param name="index">Up to <see cref="MaxIndex"/>.</param>
        /// <param name="width">1 to 256 hashes; 256 is a full tile.</param>
        public Hashes(int level, ulong index, int width)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(level);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(level, HighestLevel);
            CheckTile(index, width);
            (Level, Index, Width) = (level, index, width);
        }

        /// <summary>Tile level.</summary>
        public int Level { get; }

        /// <summary>Index within the level.</summary>
        public ulong Index { get; }

        /// <summary>Number of hashes, 1 to 256.</summary>
        public int Width { get; }

        /// <inheritdoc/>
        public override T Match<T>(Func<LatestCheckpoint, T> checkpoint, Func<Hashes, T> hashes, Func<Entries, T> entries) => hashes(this);
    }

    /// <summary>A bundle of entries.</summary>
    public sealed record Entries : TilePath
    {
        /// <summary>Names a bundle.</summary>
        /// <param name="index">Up to <see cref="MaxIndex"/>.</param>
        /// <param name="width">1 to 256 entries; 256 is a full bundle.</param>
        public Entries(ulong index, int width)
        {
            CheckTile(index, width);
            (Index, Width) = (index, width);
        }

        /// <summary>Index of the level-0 tile whose entries these are.</summary>
        public ulong Index { get; }

        /// <summary>Number of entries, 1 to 256.</summary>
        public int Width { get; }

        /// <inheritdoc/>
        public override T Match<T>(Func<LatestCheckpoint, T> checkpoint, Func<Hashes, T> hashes, Func<Entries, T> entries) => entries(this);
    }

    private static void CheckTile(ulong index, int width)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, MaxIndex);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, StoredHash.RowWidth);
    }

    private static string WriteTile(ulong index, int width)
    {
        var path = new StringBuilder();
        for (ulong rest = index / 1000; rest > 0; rest /= 1000)
        {
            path.Insert(0, string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:000}/"));
        }

        path.Append(CultureInfo.InvariantCulture, $"{index % 1000:000}");
        return width == StoredHash.RowWidth ? path.ToString() : path.Append(PartialMark).Append(StrictText.Decimal((ulong)width)).ToString();
    }

    private static (ulong Index, int Width)? ReadTile(string tile)
    {
        int partial = tile.IndexOf(PartialMark, StringComparison.Ordinal);
        ulong width = StoredHash.RowWidth;
        if (partial >= 0 && (!StrictText.TryDecimal(tile.AsSpan(partial + PartialMark.Length), out width) || width is 0 or >= StoredHash.RowWidth))
        {
            return null;
        }

        string indexText = partial >= 0 ? tile[..partial] : tile;
        string digits = indexText.Replace("x", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal);
        // The groups are easier written than read: whatever number comes out, it must give back the same path.
        return digits.Length <= 21 && StrictText.TryDecimal(WithoutLeadingZeros(digits), out ulong index)
            && index <= MaxIndex && WriteTile(index, StoredHash.RowWidth) == indexText
                ? (index, (int)width)
                : null;
    }

    private static string WithoutLeadingZeros(string digits) => digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : digits.Length > 0 ? "0" : "";
}
