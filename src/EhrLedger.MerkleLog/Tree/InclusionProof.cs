using System.Collections.Immutable;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>A Merkle audit path: claims that one leaf stands at one index of a tree of one size. Unchecked until <see cref="Verifies"/>.</summary>
/// <param name="leafIndex">Index of the leaf, from 0. Any value; one that does not fit the size never verifies.</param>
/// <param name="treeSize">Number of leaves of the tree.</param>
/// <param name="path">From the leaf's sibling up to the root's child. Any length; a wrong one never verifies.</param>
/// <remarks>Source: RFC 9162 §2.1.3.</remarks>
public sealed class InclusionProof(ulong leafIndex, ulong treeSize, ImmutableArray<Digest> path)
{
    /// <summary>Index of the leaf, from 0.</summary>
    public ulong LeafIndex => leafIndex;

    /// <summary>Number of leaves of the tree that the proof is for.</summary>
    public ulong TreeSize => treeSize;

    /// <summary>The hashes, from the leaf's sibling up to the root's child.</summary>
    public ImmutableArray<Digest> Path { get; } =
        path.IsDefault ? throw new ArgumentException("A path is an array, an empty one at least.", nameof(path)) : path;

    /// <summary>Whether the leaf stands at <see cref="LeafIndex"/> of the tree with this root.</summary>
    /// <param name="leafHash">RFC 6962 leaf hash (prefix 0x00), not the raw entry.</param>
    /// <param name="root">Root of the tree, from a source that the caller has already verified.</param>
    /// <returns>False for any mismatch or malformed proof. Never throws on hostile input.</returns>
    /// <remarks>Source: RFC 9162 §2.1.3.2. Cost: at most 64 SHA-256 calls.</remarks>
    public bool Verifies(Digest leafHash, Digest root)
    {
        if (leafIndex >= treeSize)
        {
            return false;
        }

        ulong node = leafIndex;
        ulong last = treeSize - 1;
        Digest hash = leafHash;
        foreach (Digest sibling in Path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                hash = MerkleHash.Node(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }
}
