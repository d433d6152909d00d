using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>Fetches tiles and bundles under paths that it spells itself.</summary>
/// <remarks>Source: c2sp.org/tlog-tiles, "APIs".</remarks>
internal sealed class AuditFetch(ITileSource source, CancellationToken cancellationToken)
{
    public const int FullWidth = 256;

    private const int LengthPrefix = 2;

    public ValueTask<byte[]?> CheckpointAsync() => source.FetchAsync("/checkpoint", cancellationToken);

    /// <summary>The first hashes of a tile. The finding is set exactly when the hashes are not.</summary>
    public async ValueTask<(ImmutableArray<Digest> Hashes, AuditFinding? Finding)> HashesAsync(int level, ulong index, int width)
    {
        byte[]? bytes = await PartialOrFullAsync($"/tile/{level.ToString(CultureInfo.InvariantCulture)}", index, width).ConfigureAwait(false);
        if (bytes is null)
        {
            return (default, new AuditFinding.MissingTile(level, index));
        }

        // A full tile may have come in place of a partial one that is no longer kept: its beginning is what was asked for.
        return bytes.Length == width * Digest.Length || bytes.Length == FullWidth * Digest.Length
            ? (AuditHash.Split(bytes.AsSpan(0, width * Digest.Length)), null)
            : (default, new AuditFinding.WrongTile(level, index));
    }

    /// <summary>The first entries of a bundle. The finding is set exactly when the entries are not.</summary>
    public async ValueTask<(IReadOnlyList<ReadOnlyMemory<byte>> Entries, AuditFinding? Finding)> EntriesAsync(ulong index, int width)
    {
        byte[]? bytes = await PartialOrFullAsync("/tile/entries", index, width).ConfigureAwait(false);
        if (bytes is null)
        {
            return ([], new AuditFinding.MissingEntries(index));
        }

        return ReadBundle(bytes) is { } entries && (entries.Count == width || entries.Count == FullWidth)
            ? (entries.GetRange(0, width), null)
            : ([], new AuditFinding.MalformedEntries(index));
    }

    private static List<ReadOnlyMemory<byte>>? ReadBundle(byte[] bytes)
    {
        var entries = new List<ReadOnlyMemory<byte>>(FullWidth);
        int at = 0;
        while (at < bytes.Length)
        {
            if (entries.Count == FullWidth || bytes.Length - at < LengthPrefix)
            {
                return null;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
            at += LengthPrefix;
            if (bytes.Length - at < length)
            {
                return null;
            }

            entries.Add(bytes.AsMemory(at, length));
            at += length;
        }

        return entries;
    }

    private static string Spell(ulong index)
    {
        var path = new StringBuilder();
        string digits = index.ToString(CultureInfo.InvariantCulture);
        digits = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
        for (int at = 0; at < digits.Length; at += 3)
        {
            path.Append('/').Append(at + 3 < digits.Length ? "x" : "").Append(digits, at, 3);
        }

        return path.ToString();
    }

    private async ValueTask<byte[]?> PartialOrFullAsync(string prefix, ulong index, int width)
    {
        string full = prefix + Spell(index);
        string first = width == FullWidth ? full : full + ".p/" + width.ToString(CultureInfo.InvariantCulture);
        byte[]? bytes = await source.FetchAsync(first, cancellationToken).ConfigureAwait(false);
        return bytes is null && first != full ? await source.FetchAsync(full, cancellationToken).ConfigureAwait(false) : bytes;
    }
}
