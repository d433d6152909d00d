using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>
/// All that is needed to go on appending to a tree: its size and the roots of the complete subtrees that it falls into, largest first.
/// At most 63 hashes, however long the log.
/// </summary>
/// <remarks>
/// Bytes: u64 big-endian size, then one 32-byte hash per set bit of the size, from the highest bit down. There is no second encoding.
/// </remarks>
public sealed class Frontier : IEquatable<Frontier>
{
    /// <summary>The largest size that a log may have: 2^63 − 1 leaves, so that every size also fits a signed column.</summary>
    public const ulong MaxSize = long.MaxValue;

    private Frontier(ulong size, ImmutableArray<Digest> peaks)
    {
        Size = size;
        Peaks = peaks;
    }

    /// <summary>The frontier of the tree without leaves.</summary>
    public static Frontier Empty { get; } = new(0, []);

    /// <summary>Number of leaves.</summary>
    public ulong Size { get; }

    /// <summary>Roots of the complete subtrees, largest (leftmost) first; one per set bit of <see cref="Size"/>.</summary>
    public ImmutableArray<Digest> Peaks { get; }

    /// <summary>The RFC 6962 root of the whole tree.</summary>
    public Digest Root => RootOf(Peaks);

    /// <summary>Reads the canonical bytes.</summary>
    /// <returns>Null unless these are exactly the bytes that <see cref="Encode"/> gives for some frontier.</returns>
    public static Frontier? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(ulong))
        {
            return null;
        }

        ulong size = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        ReadOnlySpan<byte> hashes = bytes[sizeof(ulong)..];
        if (size > MaxSize || hashes.Length != BitOperations.PopCount(size) * Digest.Length)
        {
            return null;
        }

        return new Frontier(size, StoredHash.Split(hashes));
    }

    /// <summary>The canonical bytes; 8 + 32 per peak.</summary>
    public byte[] Encode()
    {
        byte[] bytes = new byte[sizeof(ulong) + (Peaks.Length * Digest.Length)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Size);
        for (int i = 0; i < Peaks.Length; i++)
        {
            Peaks[i].CopyTo(bytes.AsSpan(sizeof(ulong) + (i * Digest.Length)));
        }

        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(Frontier? other) => other is not null && Size == other.Size && Peaks.AsSpan().SequenceEqual(other.Peaks.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Frontier);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Root);

    /// <summary>Joins the roots of complete subtrees, largest first, into the root of the tree that they make up.</summary>
    internal static Digest RootOf(ImmutableArray<Digest> peaks)
    {
        if (peaks.IsEmpty)
        {
            return MerkleHash.EmptyRoot;
        }

        Digest root = peaks[^1];
        for (int i = peaks.Length - 2; i >= 0; i--)
        {
            root = MerkleHash.Node(peaks[i], root);
        }

        return root;
    }

    internal static Frontier FromPeaks(ulong size, ImmutableArray<Digest> peaks) => new(size, peaks);

    /// <summary>The frontier with more leaves, and the hashes that a store now has to keep.</summary>
    internal (Frontier Frontier, ImmutableArray<StoredHash> NewHashes) Append(ReadOnlySpan<Digest> leafHashes)
    {
        if ((ulong)leafHashes.Length > MaxSize - Size)
        {
            throw new ArgumentException($"A log has at most {MaxSize} leaves.", nameof(leafHashes));
        }

        var peaks = new List<Digest>(Peaks);
        var stored = ImmutableArray.CreateBuilder<StoredHash>(leafHashes.Length + (leafHashes.Length / StoredHash.RowWidth) + 1);
        ulong size = Size;
        foreach (Digest leaf in leafHashes)
        {
            stored.Add(new StoredHash(0, size, leaf));
            Digest hash = leaf;
            // Like a carry in binary counting: each completed subtree joins its equal on the left. Two joins per leaf on average.
            for (int height = 0; ((size >> height) & 1) == 1; height++)
            {
                hash = MerkleHash.Node(peaks[^1], hash);
                peaks.RemoveAt(peaks.Count - 1);
                int completed = height + 1;
                if (completed % StoredHash.LevelHeight == 0)
                {
                    stored.Add(new StoredHash(completed / StoredHash.LevelHeight, size >> completed, hash));
                }
            }

            peaks.Add(hash);
            size++;
        }

        return (new Frontier(size, [.. peaks]), stored.ToImmutable());
    }
}
