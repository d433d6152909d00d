using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tree;

public sealed class ConsistencyProofTests
{
    [Test]
    public void Rejects_every_single_bit_flip([Values(1, 3, 4, 6)] int oldSize)
    {
        var naive = new NaiveTree(NaiveTree.Leaves(7));
        ImmutableArray<Digest> path = [.. naive.Consistency(oldSize, 7)];
        var proof = new ConsistencyProof((ulong)oldSize, 7, path);
        Assert.That(proof.Verifies(naive.Root(oldSize), naive.Root(7)), Is.True);
        for (int bit = 0; bit < 256; bit++)
        {
            Assert.That(proof.Verifies(InclusionProofTests.Flipped(naive.Root(oldSize), bit), naive.Root(7)), Is.False);
            Assert.That(proof.Verifies(naive.Root(oldSize), InclusionProofTests.Flipped(naive.Root(7), bit)), Is.False);
            for (int i = 0; i < path.Length; i++)
            {
                var flipped = new ConsistencyProof((ulong)oldSize, 7, path.SetItem(i, InclusionProofTests.Flipped(path[i], bit)));
                Assert.That(flipped.Verifies(naive.Root(oldSize), naive.Root(7)), Is.False);
            }
        }
    }

    [TestCase(1ul, ulong.MaxValue)]
    [TestCase(ulong.MaxValue, ulong.MaxValue)]
    [TestCase(ulong.MaxValue - 1, ulong.MaxValue)]
    [TestCase(0ul, ulong.MaxValue)]
    [TestCase(9ul, 4ul)]
    public void Never_throws_on_absurd_sizes_and_endless_paths(ulong oldSize, ulong newSize)
    {
        ImmutableArray<Digest> endless = [.. NaiveTree.Leaves(500)];
        Assert.That(new ConsistencyProof(oldSize, newSize, endless).Verifies(endless[0], endless[1]), Is.False);
        Assert.That(new ConsistencyProof(oldSize, newSize, []).Verifies(endless[0], endless[1]), Is.False);
    }

    [Test]
    public void Takes_two_empty_trees_for_the_same_only_if_they_are_empty()
    {
        Assert.That(new ConsistencyProof(0, 0, []).Verifies(MerkleHash.EmptyRoot, MerkleHash.EmptyRoot), Is.True);
        Digest other = Digest.Of([1]);
        Assert.That(new ConsistencyProof(0, 0, []).Verifies(other, other), Is.False);
    }
}
