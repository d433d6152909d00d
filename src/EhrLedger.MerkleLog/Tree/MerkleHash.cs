using System.Buffers;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>The hashing of RFC 6962 §2.1 with SHA-256.</summary>
public static class MerkleHash
{
    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    /// <summary>The root of the tree without leaves: SHA-256 of nothing.</summary>
    public static Digest EmptyRoot { get; } = Digest.Of([]);

    /// <summary>SHA-256(0x00 || entry).</summary>
    /// <param name="entry">The entry's bytes as they stand in the log; any length, zero included.</param>
    public static Digest Leaf(ReadOnlySpan<byte> entry)
    {
        byte[] prefixed = ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        try
        {
            prefixed[0] = LeafPrefix;
            entry.CopyTo(prefixed.AsSpan(1));
            return Digest.Of(prefixed.AsSpan(0, entry.Length + 1));
        }
        finally
        {
            // Batch trees hash salted rows with this: nothing of them stays in the shared pool.
            ArrayPool<byte>.Shared.Return(prefixed, clearArray: true);
        }
    }

    /// <summary>SHA-256(0x01 || left || right).</summary>
    public static Digest Node(Digest left, Digest right)
    {
        Span<byte> prefixed = stackalloc byte[1 + (2 * Digest.Length)];
        prefixed[0] = NodePrefix;
        left.CopyTo(prefixed[1..]);
        right.CopyTo(prefixed[(1 + Digest.Length)..]);
        return Digest.Of(prefixed);
    }
}
