using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Tests.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tiles;

public sealed class HashTileTests
{
    private const int Size = 70_000;
    private static readonly StoredHashesInMemory Store = Fill();

    /// <summary>The standard's example of 70,000 leaves.</summary>
    [TestCase("/tile/0/272", true)]
    [TestCase("/tile/0/273.p/112", true)]
    [TestCase("/tile/0/273.p/113", false)]
    [TestCase("/tile/0/273", false)]
    [TestCase("/tile/0/274.p/1", false)]
    [TestCase("/tile/0/000.p/5", true)]
    [TestCase("/tile/1/000", true)]
    [TestCase("/tile/1/001.p/17", true)]
    [TestCase("/tile/1/001.p/18", false)]
    [TestCase("/tile/2/000.p/1", true)]
    [TestCase("/tile/2/000.p/2", false)]
    [TestCase("/tile/3/000.p/1", false)]
    [TestCase("/tile/8/000.p/1", false)]
    [TestCase("/tile/63/000", false)]
    public async Task Is_served_where_the_tree_has_it(string path, bool isThere)
    {
        var tile = (TilePath.Hashes)TilePath.Parse(path)!;
        ReadOnlyMemory<byte>? bytes = await HashTile.FindAsync(tile, Size, Store, default);
        Assert.That(bytes?.Length, isThere ? Is.EqualTo(tile.Width * Digest.Length) : Is.Null);
    }

    [TestCase("/tile/entries/273.p/112", true)]
    [TestCase("/tile/entries/273.p/113", false)]
    [TestCase("/tile/entries/272", true)]
    [TestCase("/tile/entries/x036/x028/x797/x018/x963/967", false)]
    public void Tells_which_bundles_there_are(string path, bool isThere) =>
        Assert.That(HashTile.HasEntries((TilePath.Entries)TilePath.Parse(path)!, Size), Is.EqualTo(isThere));

    private static StoredHashesInMemory Fill()
    {
        var store = new StoredHashesInMemory();
        store.Add(Frontier.Empty.Append(NaiveTree.Leaves(Size)).NewHashes);
        return store;
    }
}
