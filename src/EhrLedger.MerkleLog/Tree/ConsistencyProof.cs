using System.Collections.Immutable;
using System.Numerics;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>Claims that a tree of one size is a prefix of a tree of another. Unchecked until <see cref="Verifies"/>.</summary>
/// <param name="oldSize">Leaves of the older tree. Any value; sizes that do not fit never verify.</param>
/// <param name="newSize">Leaves of the newer tree.</param>
/// <param name="path">The hashes of RFC 9162 §2.1.4.1, in its order. Any length; a wrong one never verifies.</param>
public sealed class ConsistencyProof(ulong oldSize, ulong newSize, ImmutableArray<Digest> path)
{
    /// <summary>Leaves of the older tree.</summary>
    public ulong OldSize => oldSize;

    /// <summary>Leaves of the newer tree.</summary>
    public ulong NewSize => newSize;

    /// <summary>The hashes, deepest first.</summary>
    public ImmutableArray<Digest> Path { get; } =
        path.IsDefault ? throw new ArgumentException("A path is an array, an empty one at least.", nameof(path)) : path;

    /// <summary>Whether the newer tree begins with the older one.</summary>
    /// <param name="oldRoot">Root of the older tree, already trusted by the caller.</param>
    /// <param name="newRoot">Root of the newer tree.</param>
    /// <returns>
    /// False for any mismatch or malformed proof, and for an older tree without leaves under a newer one with some: every tree begins
    /// with nothing, so such a proof says nothing. Never throws on hostile input.
    /// </returns>
    /// <remarks>Source: RFC 9162 §2.1.4.2. Cost: at most 128 SHA-256 calls.</remarks>
    public bool Verifies(Digest oldRoot, Digest newRoot)
    {
        if (oldSize == newSize)
        {
            return Path.IsEmpty && oldRoot == newRoot && (oldSize != 0 || oldRoot == MerkleHash.EmptyRoot);
        }

        if (oldSize == 0 || oldSize > newSize || Path.IsEmpty)
        {
            return false;
        }

        // A complete older tree is a node of the newer one, and its own root is where the path starts.
        bool startsAtOldRoot = BitOperations.IsPow2(oldSize);
        Digest start = startsAtOldRoot ? oldRoot : Path[0];
        int next = startsAtOldRoot ? 0 : 1;
        int completeLevels = BitOperations.TrailingZeroCount(oldSize);
        ulong node = (oldSize - 1) >> completeLevels;
        ulong last = (newSize - 1) >> completeLevels;
        Digest oldHash = start;
        Digest newHash = start;
        for (; next < Path.Length; next++)
        {
            if (last == 0)
            {
                return false;
            }

            Digest sibling = Path[next];
            if ((node & 1) == 1 || node == last)
            {
                oldHash = MerkleHash.Node(sibling, oldHash);
                newHash = MerkleHash.Node(sibling, newHash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                newHash = MerkleHash.Node(newHash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && oldHash == oldRoot && newHash == newRoot;
    }
}
