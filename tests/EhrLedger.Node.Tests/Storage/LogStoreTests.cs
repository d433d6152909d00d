using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Storage.Log;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>What every log store keeps to, whatever it is made of.</summary>
public abstract class LogStoreTests
{
    private protected ILogStore Store { get; private set; } = null!;

    private protected abstract ILogStore Open();

    [SetUp]
    public void OpenStore() => Store = Open();

    [TearDown]
    public void CloseStore() => Store.Dispose();

    [Test]
    public void Begins_empty()
    {
        Assert.That(Store.ReadHead().Size, Is.Zero);
        Assert.That(Store.ReadLeaves(0, 10), Is.Empty);
        Assert.That(Store.FindTopic(TopicOf(1)), Is.Null);
        Assert.That(Store.ReadTopics(TopicKind.Organisation), Is.Empty);
        Assert.That(Store.FindRecent(Digest.Of([1])), Is.Null);
        Assert.That(Store.ReadFinal(), Is.Null);
    }

    [Test]
    public async Task Gives_back_what_was_appended()
    {
        var tree = Append(new MerkleTree(Frontier.Empty, Store), 300, time: 1_000_000);
        tree = Append(tree, 300, time: 2_000_000);
        var head = Store.ReadHead();
        Assert.That(head.Size, Is.EqualTo(600));
        Assert.That(head.Time, Is.EqualTo(2_000_000));
        Assert.That(Frontier.Parse(head.Frontier.Span), Is.EqualTo(tree.Frontier));
        Assert.That(Store.ReadLeaves(298, 4).Select(leaf => leaf.Index), Is.EqualTo((ulong[])[298, 299, 300, 301]));
        Assert.That(Store.ReadLeaves(7, 1)[0].Bytes.ToArray(), Is.EqualTo(BytesOf(7)));
        Assert.That(Store.ReadLeaves(7, 2).Select(leaf => leaf.Effective), Is.EqualTo((bool[])[true, false]));
        Assert.That(Store.ReadLeaves(599, 100), Has.Count.EqualTo(1));
        Assert.That(Store.ReadLeaves(ulong.MaxValue, 100), Is.Empty);
        Assert.That(Store.ReadTopic(TopicOf(3), 2, 2).Select(leaf => leaf.Index), Is.EqualTo((ulong[])[23, 33]));
        Assert.That(Store.FindTopic(TopicOf(3))!.NextNumber, Is.EqualTo(60));
        Assert.That(Store.ReadTopics(TopicKind.Subject), Has.Count.EqualTo(10));
        Assert.That(Store.ReadTopics(TopicKind.Organisation), Is.Empty);
        Assert.That((await MerkleTree.RestoreAsync(600, Store, CancellationToken.None)).Root, Is.EqualTo(tree.Root));
    }

    [Test]
    public void Refuses_an_append_that_does_not_begin_at_its_end_and_stays_usable()
    {
        var empty = new MerkleTree(Frontier.Empty, Store);
        var one = Append(empty, 1, time: 1);
        Assert.That(() => Append(empty, 1, time: 1), Throws.TypeOf<StoreFailedException>());
        Assert.That(Store.ReadHead().Size, Is.EqualTo(1));
        Append(one, 1, time: 2);
        Assert.That(Store.ReadHead().Size, Is.EqualTo(2));
    }

    [Test]
    public void Remembers_an_entry_as_long_as_it_could_come_again()
    {
        var tree = Append(new MerkleTree(Frontier.Empty, Store), 10, time: 1_000_000);
        Assert.That(Store.FindRecent(Digest.Of(BytesOf(4))), Is.EqualTo(4));
        tree = Append(tree, 1, time: 1_004_999);
        Assert.That(Store.FindRecent(Digest.Of(BytesOf(4))), Is.EqualTo(4));
        Append(tree, 1, time: 1_005_000);
        Assert.That(Store.FindRecent(Digest.Of(BytesOf(4))), Is.Null);
        Assert.That(Store.FindRecent(Digest.Of(BytesOf(9))), Is.EqualTo(9));
    }

    [Test]
    public void Keeps_the_place_of_an_entry_whose_bytes_come_twice_and_a_leaf_that_holds_none()
    {
        var tree = new MerkleTree(Frontier.Empty, Store);
        var grown = tree.Append([Digest.Of([1]), Digest.Of([2]), Digest.Of([3])]);
        var twice = new LeafPosition(TopicOf(0), 0, Digest.Of([9]), ulong.MaxValue);
        Store.Append(new LogAppend(
            0,
            [new StoredLeaf(0, BytesOf(0), true), new StoredLeaf(1, BytesOf(1), false), new StoredLeaf(2, BytesOf(2), false)],
            [twice, twice with { Number = 1 }, default],
            [],
            grown.NewHashes,
            new LogHead(3, 5, grown.Tree.Frontier.Encode())));
        Assert.That(Store.FindRecent(Digest.Of([9])), Is.Zero);
        Assert.That(Store.ReadTopic(TopicOf(0), 0, 10), Has.Count.EqualTo(2));
    }

    [Test]
    public void Keeps_the_newest_final_note()
    {
        Store.SaveFinal([1, 2]);
        Store.SaveFinal([3]);
        Assert.That(Store.ReadFinal(), Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public async Task Shows_readers_whole_commits_only()
    {
        using var over = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                var size = Store.ReadHead().Size;
                Assert.That(size % 50, Is.Zero);
                Assert.That(Store.ReadLeaves(0, 10_000), Has.Count.GreaterThanOrEqualTo((int)size));
            }
        });
        var tree = new MerkleTree(Frontier.Empty, Store);
        for (var i = 0; i < 20; i++)
        {
            tree = Append(tree, 50, time: 1);
        }

        await over.CancelAsync();
        await reading;
    }

    private protected MerkleTree Append(MerkleTree tree, int count, ulong time)
    {
        var first = tree.Size;
        var indices = Enumerable.Range((int)first, count).Select(i => (ulong)i).ToArray();
        var grown = tree.Append([.. indices.Select(index => MerkleHash.Leaf(BytesOf(index)))]);
        Store.Append(new LogAppend(
            first,
            [.. indices.Select(index => new StoredLeaf(index, BytesOf(index), index % 2 == 1))],
            [.. indices.Select(index => new LeafPosition(TopicOf(index % 10), index / 10, Digest.Of(BytesOf(index)), 1_000 + (index % 10)))],
            [.. indices.GroupBy(index => index % 10).Select(topic => new KeyValuePair<Topic, TopicRecord>(TopicOf(topic.Key), new TopicRecord((topic.Max() / 10) + 1, BytesOf(topic.Max()))))],
            grown.NewHashes,
            new LogHead(grown.Tree.Size, time, grown.Tree.Frontier.Encode())));
        return grown.Tree;
    }

    private static byte[] BytesOf(ulong index) => [.. BitConverter.GetBytes(index), 7];

    private static Topic TopicOf(ulong number) => new(TopicKind.Subject, Digest.Of(BitConverter.GetBytes(number)));
}

[TestFixture]
internal sealed class MemoryLogStoreTests : LogStoreTests
{
    private protected override ILogStore Open() => new MemoryLogStore();
}

[TestFixture]
internal sealed class SqliteLogStoreTests : LogStoreTests
{
    private TestFolder? _folder;

    private protected override ILogStore Open() => SqliteLogStore.Open((_folder = new TestFolder())["log.db"]);

    [TearDown]
    public void RemoveFolder() => _folder?.Dispose();

    [Test]
    public void Is_the_same_after_it_was_closed()
    {
        Append(new MerkleTree(Frontier.Empty, Store), 20, time: 5);
        Store.SaveFinal([8]);
        Store.Dispose();
        using var again = SqliteLogStore.Open(_folder!["log.db"]);
        Assert.That(again.ReadHead().Size, Is.EqualTo(20));
        Assert.That(again.ReadFinal(), Is.EqualTo(new byte[] { 8 }));
    }

    [Test]
    public void Says_so_when_the_file_is_no_database()
    {
        File.WriteAllText(_folder!["other.db"], new string('x', 5_000));
        Assert.That(() => SqliteLogStore.Open(_folder["other.db"]), Throws.TypeOf<StoreFailedException>());
    }
}
