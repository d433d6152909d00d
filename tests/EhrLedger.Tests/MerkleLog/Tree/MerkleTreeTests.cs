using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tree;

public sealed class MerkleTreeTests
{
    private const int Modelled = 300;
    private static readonly Digest[] Leaves = NaiveTree.Leaves(Modelled);
    private static readonly NaiveTree Model = new(Leaves);

    [Test]
    public async Task Has_the_roots_of_the_naive_tree_at_every_size()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 1);
        for (int size = 0; size <= Modelled; size++)
        {
            Assert.That(await tree.RootAtAsync((ulong)size, default), Is.EqualTo(Model.Root(size)), $"size {size}");
            Assert.That(new BatchTree(Leaves.AsSpan(0, size)).Root, Is.EqualTo(Model.Root(size)), $"batch of {size}");
        }
    }

    [Test]
    public async Task Proves_inclusion_as_the_naive_tree_does()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 7);
        for (int size = 1; size <= Modelled; size++)
        {
            var batch = new BatchTree(Leaves.AsSpan(0, size));
            for (int index = 0; index < size; index += Step(size))
            {
                InclusionProof proof = await tree.ProveInclusionAsync((ulong)index, (ulong)size, default);
                Assert.That(proof.Path, Is.EqualTo(Model.Path(index, size)), $"{index} of {size}");
                Assert.That(batch.Path(index).Path, Is.EqualTo(proof.Path), $"{index} of a batch of {size}");
                Assert.That(proof.Verifies(Leaves[index], Model.Root(size)), Is.True, $"{index} of {size}");
            }
        }
    }

    [Test]
    public async Task Proves_consistency_as_the_naive_tree_does()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 50);
        for (int newSize = 1; newSize <= Modelled; newSize++)
        {
            for (int oldSize = 1; oldSize <= newSize; oldSize += Step(newSize))
            {
                ConsistencyProof proof = await tree.ProveConsistencyAsync((ulong)oldSize, (ulong)newSize, default);
                Assert.That(proof.Path, Is.EqualTo(Model.Consistency(oldSize, newSize)), $"{oldSize} to {newSize}");
                Assert.That(proof.Verifies(Model.Root(oldSize), Model.Root(newSize)), Is.True, $"{oldSize} to {newSize}");
            }
        }
    }

    [Test]
    public async Task Has_nothing_to_prove_from_a_tree_without_leaves()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 300);
        Assert.That((await tree.ProveConsistencyAsync(0, 300, default)).Path, Is.Empty);
    }

    [Test]
    public void Comes_to_the_same_whatever_the_batches([Values(1, 2, 3, 255, 256, 257, 1000)] int batch)
    {
        Digest[] leaves = NaiveTree.Leaves(1000);
        (MerkleTree tree, StoredHashesInMemory store) = Grow(leaves, batch);
        (MerkleTree other, StoredHashesInMemory otherStore) = Grow(leaves, batch: 64);
        Assert.That(tree.Frontier, Is.EqualTo(other.Frontier));
        Assert.That(store.Level(0), Is.EqualTo(leaves));
        Assert.That(store.Level(1), Is.EqualTo(otherStore.Level(1)).And.Count.EqualTo(3));
    }

    [Test]
    public void Stays_as_it_is_when_it_is_appended_to()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 300);
        Digest root = tree.Root;
        TreeAppend first = tree.Append([Digest.Of([1])]);
        TreeAppend again = tree.Append([Digest.Of([1])]);
        Assert.That((tree.Size, tree.Root), Is.EqualTo((300ul, root)));
        Assert.That(first.Tree.Frontier, Is.EqualTo(again.Tree.Frontier));
        Assert.That(first.NewHashes, Is.EqualTo(again.NewHashes));
    }

    [Test]
    public async Task Reads_few_and_short_rows_however_long_the_log()
    {
        const int size = 70_000;
        Digest[] leaves = NaiveTree.Leaves(size);
        (MerkleTree tree, StoredHashesInMemory store) = Grow(leaves, batch: 1000);
        foreach (int index in (int[])[0, 1, 255, 256, 65_535, 65_536, 69_999])
        {
            store.Reads.Clear();
            InclusionProof proof = await tree.ProveInclusionAsync((ulong)index, size, default);
            Assert.That(proof.Verifies(leaves[index], tree.Root), Is.True);
            Assert.That(store.Reads, Has.Count.LessThanOrEqualTo(6));
            Assert.That(store.Reads, Is.Unique);
            Assert.That(store.Reads.TrueForAll(read => read.Count is > 0 and <= 256 && read.First % 256 == 0), Is.True);

            store.Reads.Clear();
            ConsistencyProof consistency = await tree.ProveConsistencyAsync((ulong)index + 1, size, default);
            Assert.That(store.Reads, Has.Count.LessThanOrEqualTo(6));
            Assert.That(consistency.Verifies(await tree.RootAtAsync((ulong)index + 1, default), tree.Root), Is.True);
        }
    }

    [Test]
    public async Task Is_restored_from_its_stored_hashes([Values(0, 1, 255, 256, 300, 65_536, 66_001)] int size)
    {
        (MerkleTree tree, StoredHashesInMemory store) = Grow(NaiveTree.Leaves(size), batch: 999);
        store.Reads.Clear();
        MerkleTree restored = await MerkleTree.RestoreAsync((ulong)size, store, default);
        Assert.That(restored.Frontier, Is.EqualTo(tree.Frontier));
        Assert.That(store.Reads, Has.Count.LessThanOrEqualTo(3));
    }

    [Test]
    public void Grows_without_growing_in_memory()
    {
        var tree = new MerkleTree(Frontier.Empty, new StoredHashesInMemory());
        Digest[] batch = NaiveTree.Leaves(10_000);
        for (int i = 0; i < 20; i++)
        {
            tree = tree.Append(batch).Tree;
        }

        Assert.That(tree.Size, Is.EqualTo(200_000));
        Assert.That(tree.Frontier.Peaks, Has.Length.EqualTo(int.PopCount(200_000)));
    }

    [Test]
    public async Task Says_so_when_the_store_has_lost_a_hash()
    {
        (MerkleTree tree, StoredHashesInMemory store) = Grow(Leaves, batch: 300);
        store.Lose(0);
        TreeStoreException? lost = await Assert.ThrowsAsync<TreeStoreException>(async () => await tree.ProveInclusionAsync(290, 300, default));
        Assert.That((lost!.Level, lost.FirstIndex), Is.EqualTo((0, 256ul)));
    }

    [Test]
    public async Task Refuses_sizes_and_indices_that_it_has_not()
    {
        (MerkleTree tree, _) = Grow(Leaves, batch: 300);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await tree.RootAtAsync(301, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await tree.ProveInclusionAsync(10, 10, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await tree.ProveConsistencyAsync(11, 10, default));
    }

    private static (MerkleTree Tree, StoredHashesInMemory Store) Grow(Digest[] leaves, int batch)
    {
        var store = new StoredHashesInMemory();
        var tree = new MerkleTree(Frontier.Empty, store);
        foreach (Digest[] chunk in leaves.Chunk(batch))
        {
            TreeAppend append = tree.Append(chunk);
            store.Add(append.NewHashes);
            tree = append.Tree;
        }

        return (tree, store);
    }

    /// <summary>Everything where the shape changes often or tiles end; a sample elsewhere.</summary>
    private static int Step(int size) => size is <= 40 or (>= 255 and <= 258) or Modelled ? 1 : 17;
}
