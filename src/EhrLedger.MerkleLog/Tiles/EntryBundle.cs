using System.Buffers.Binary;
using System.Collections.Immutable;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Tiles;

/// <summary>Up to 256 consecutive entries as they are served: each with its length in two bytes, big-endian, before it.</summary>
/// <remarks>Source: c2sp.org/tlog-tiles, "Log entries".</remarks>
public static class EntryBundle
{
    /// <summary>Longest entry: 65,535 bytes.</summary>
    public const int MaxEntryLength = ushort.MaxValue;

    /// <summary>Longest bundle: 16,777,472 bytes.</summary>
    public const int MaxLength = StoredHash.RowWidth * (sizeof(ushort) + MaxEntryLength);

    /// <summary>Writes a bundle.</summary>
    /// <param name="entries">1 to 256 entries of at most 65,535 bytes.</param>
    /// <exception cref="ArgumentException">An entry that is too long, or a wrong number of them.</exception>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count is 0 or > StoredHash.RowWidth || entries.Any(entry => entry.Length > MaxEntryLength))
        {
            throw new ArgumentException($"A bundle has 1 to {StoredHash.RowWidth} entries of at most {MaxEntryLength} bytes.", nameof(entries));
        }

        var bundle = new byte[entries.Sum(entry => sizeof(ushort) + entry.Length)];
        Span<byte> rest = bundle;
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)entry.Length);
            entry.Span.CopyTo(rest[sizeof(ushort)..]);
            rest = rest[(sizeof(ushort) + entry.Length)..];
        }

        return bundle;
    }

    /// <summary>Reads a bundle.</summary>
    /// <param name="bundle">The bytes; the entries point into them.</param>
    /// <param name="width">How many entries it must have, 1 to 256.</param>
    /// <returns>Null unless exactly so many entries fill the bytes exactly.</returns>
    public static ImmutableArray<ReadOnlyMemory<byte>>? Parse(ReadOnlyMemory<byte> bundle, int width)
    {
        var entries = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(Math.Clamp(width, 0, StoredHash.RowWidth));
        ReadOnlyMemory<byte> rest = bundle;
        while (!rest.IsEmpty)
        {
            if (entries.Count == width || !BinaryPrimitives.TryReadUInt16BigEndian(rest.Span, out ushort length) || rest.Length < sizeof(ushort) + length)
            {
                return null;
            }

            entries.Add(rest.Slice(sizeof(ushort), length));
            rest = rest[(sizeof(ushort) + length)..];
        }

        return entries.Count == width && width > 0 ? entries.ToImmutable() : null;
    }
}
