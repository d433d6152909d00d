using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tree;

public sealed class InclusionProofTests
{
    [Test]
    public void Rejects_every_single_bit_flip([Values(1, 2, 3, 7, 8, 21)] int size)
    {
        Digest[] leaves = NaiveTree.Leaves(size);
        var tree = new BatchTree(leaves);
        for (int index = 0; index < size; index++)
        {
            InclusionProof proof = tree.Path(index);
            Assert.That(proof.Verifies(leaves[index], tree.Root), Is.True);
            for (int bit = 0; bit < 256; bit++)
            {
                Assert.That(proof.Verifies(Flipped(leaves[index], bit), tree.Root), Is.False);
                Assert.That(proof.Verifies(leaves[index], Flipped(tree.Root, bit)), Is.False);
                for (int i = 0; i < proof.Path.Length; i++)
                {
                    var flipped = new InclusionProof(proof.LeafIndex, proof.TreeSize, proof.Path.SetItem(i, Flipped(proof.Path[i], bit)));
                    Assert.That(flipped.Verifies(leaves[index], tree.Root), Is.False);
                }
            }
        }
    }

    [Test]
    public void Rejects_a_leaf_at_another_index()
    {
        Digest[] leaves = NaiveTree.Leaves(9);
        var tree = new BatchTree(leaves);
        for (ulong claimed = 0; claimed < 12; claimed++)
        {
            Assert.That(new InclusionProof(claimed, 9, tree.Path(4).Path).Verifies(leaves[4], tree.Root), Is.EqualTo(claimed == 4));
        }
    }

    [TestCase(0ul, 0ul)]
    [TestCase(ulong.MaxValue, ulong.MaxValue)]
    [TestCase(ulong.MaxValue - 1, ulong.MaxValue)]
    [TestCase(0ul, ulong.MaxValue)]
    public void Never_throws_on_absurd_sizes_and_endless_paths(ulong index, ulong size)
    {
        ImmutableArray<Digest> endless = [.. NaiveTree.Leaves(500)];
        Assert.That(new InclusionProof(index, size, endless).Verifies(endless[0], endless[1]), Is.False);
        Assert.That(new InclusionProof(index, size, []).Verifies(endless[0], endless[1]), Is.False);
    }

    internal static Digest Flipped(Digest digest, int bit)
    {
        byte[] bytes = digest.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return Digest.FromBytes(bytes);
    }
}
