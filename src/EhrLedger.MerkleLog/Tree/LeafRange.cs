using System.Numerics;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>Leaves from <paramref name="Start"/> up to, not including, <paramref name="End"/>: a subtree of the RFC 6962 tree.</summary>
/// <remarks>The start is a multiple of the smallest power of two that is not below the length, as in every split of RFC 9162 §2.1.1.</remarks>
internal readonly record struct LeafRange(ulong Start, ulong End)
{
    public ulong Length => End - Start;

    public bool IsComplete => BitOperations.IsPow2(Length);

    /// <summary>The largest power of two below the length: where RFC 9162 splits a tree.</summary>
    private ulong Middle => Start + (1UL << BitOperations.Log2(Length - 1));

    public LeafRange Left => new(Start, Middle);

    public LeafRange Right => new(Middle, End);

    /// <summary>The complete subtrees that this range falls into, largest first.</summary>
    public IEnumerable<LeafRange> Peaks()
    {
        LeafRange rest = this;
        while (rest.Length > 0 && !rest.IsComplete)
        {
            yield return rest.Left;
            rest = rest.Right;
        }

        if (rest.Length > 0)
        {
            yield return rest;
        }
    }

    /// <summary>The subtrees whose roots make up an audit path, from the leaf's sibling up (RFC 9162 §2.1.3.1).</summary>
    public static IReadOnlyList<LeafRange> PathTo(ulong index, ulong size)
    {
        var siblings = new List<LeafRange>();
        var tree = new LeafRange(0, size);
        while (tree.Length > 1)
        {
            bool isLeft = index < tree.Left.End;
            siblings.Add(isLeft ? tree.Right : tree.Left);
            tree = isLeft ? tree.Left : tree.Right;
        }

        siblings.Reverse();
        return siblings;
    }

    /// <summary>The subtrees whose roots make up a consistency proof, deepest first (RFC 9162 §2.1.4.1).</summary>
    public static IReadOnlyList<LeafRange> Between(ulong oldSize, ulong newSize)
    {
        var proof = new List<LeafRange>();
        var tree = new LeafRange(0, newSize);
        while (tree.End != oldSize)
        {
            bool endsLeft = oldSize <= tree.Left.End;
            proof.Add(endsLeft ? tree.Right : tree.Left);
            tree = endsLeft ? tree.Left : tree.Right;
        }

        // A tree that begins at leaf 0 is the older tree itself, whose root the verifier has.
        if (tree.Start != 0)
        {
            proof.Add(tree);
        }

        proof.Reverse();
        return proof;
    }
}
