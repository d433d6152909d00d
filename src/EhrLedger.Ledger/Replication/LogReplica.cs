using EhrLedger.Crypto;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Ledger.Replication;

/// <summary>
/// One node's copy of the log: the tree, the topics' states and the members, all of them the result of executing every entry. Read by many threads; written by
/// one at a time (the sequencer's loop, or the follower).
/// </summary>
public sealed class LogReplica
{
    private readonly ContractEngine _engine;
    private readonly ILogStore _store;
    private readonly TopicCache _topics;
    private readonly Lock _waiting = new();
    private Committed _committed;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens the copy in the store. Cost: O(log n).</summary>
    /// <exception cref="StoreFailedException">The store is broken.</exception>
    public LogReplica(Genesis genesis, ContractEngine engine, ILogStore store)
    {
        Genesis = genesis;
        _engine = engine;
        _store = store;
        _topics = new TopicCache(store, engine);
        _committed = Load();
    }

    /// <summary>What the consortium agreed on at its beginning.</summary>
    public Genesis Genesis { get; }

    /// <summary>What this process signed itself, and need not check.</summary>
    public SignedHere SignedHere { get; } = new();

    /// <summary>The tree as it is committed.</summary>
    public MerkleTree Tree => _committed.Tree;

    /// <summary>Number of committed leaves.</summary>
    public ulong Size => _committed.Head.Size;

    /// <summary>Time of the last leaf, Unix milliseconds.</summary>
    public ulong Time => _committed.Head.Time;

    /// <summary>The members as of the last leaf.</summary>
    public Members Members => _committed.Members;

    /// <summary>The topic in its newest committed state. Null before its first entry.</summary>
    public LiveTopic? FindTopic(Topic topic) => _topics.Find(topic);

    /// <summary>Leaves from an index on; fewer than asked for at the end.</summary>
    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count) => _store.ReadLeaves(first, count);

    /// <summary>Null where the log is not that long.</summary>
    public StoredLeaf? FindLeaf(ulong index) => index < Size && _store.ReadLeaves(index, 1) is [var leaf] ? leaf : null;

    /// <summary>Leaves of one topic from a number on.</summary>
    public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count) => _store.ReadTopic(topic, firstNumber, count);

    /// <summary>
    /// How far a topic reaches in exactly one tree: the pair that a member may put its name under. (The newest topic and the newest tree, read one after the other, need not belong together.)
    /// </summary>
    public (ulong NextNumber, MerkleTree Tree) ReadTopicAt(Topic topic)
    {
        while (true)
        {
            var tree = Tree;
            var next = FindTopic(topic)?.NextNumber ?? 0;
            if (next == 0 || (_store.ReadTopic(topic, next - 1, 1) is [var last] && last.Index < tree.Size))
            {
                return (next, tree);
            }
        }
    }

    /// <summary>Index of an entry whose replay could still be valid; null for any other.</summary>
    public ulong? FindRecent(Digest entry) => _store.FindRecent(entry);

    /// <summary>Returns once the log has at least this many leaves.</summary>
    public async Task WaitForSizeAsync(ulong size, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_waiting)
            {
                if (Size >= size)
                {
                    return;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal Execution Begin() => new(_engine, Genesis, _store, _topics, SignedHere, Members, _committed.Head);

    /// <summary>The tree as it will be; nothing is written.</summary>
    /// <param name="leaves">Leaf bytes that come next.</param>
    internal TreeAppend Grow(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        var hashes = new Digest[leaves.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = MerkleHash.Leaf(leaves[i].Span);
        }

        return Tree.Append(hashes);
    }

    /// <summary>Writes an execution. After it returns, the leaves are durable; if it throws, what is in the store decides.</summary>
    internal void Commit(Execution execution, TreeAppend tree)
    {
        var head = new LogHead(tree.Tree.Size, execution.Time, tree.Tree.Frontier.Encode());
        var topics = new List<KeyValuePair<Topic, TopicRecord>>(execution.Changed.Count);
        foreach (var (topic, live) in execution.Changed)
        {
            topics.Add(new(topic, new TopicRecord(live.NextNumber, live.State?.Encode() ?? [])));
        }

        try
        {
            _store.Append(new LogAppend(Size, execution.Leaves, execution.Positions, topics, tree.NewHashes, head));
        }
        catch (StoreFailedException)
        {
            _topics.Forget();
            Publish(Load());
            throw;
        }

        _topics.Commit(execution.Changed);
        Publish(new Committed(head, tree.Tree, execution.Members));
    }

    private void Publish(Committed committed)
    {
        TaskCompletionSource grown;
        lock (_waiting)
        {
            _committed = committed;
            grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.SetResult();
    }

    private Committed Load()
    {
        var head = _store.ReadHead();
        var frontier = head.Size == 0 ? Frontier.Empty : Frontier.Parse(head.Frontier.Span);
        if (frontier is null || frontier.Size != head.Size)
        {
            throw new StoreFailedException("The head of the log in the store can't be read.");
        }

        var members = Members.Of(Genesis);
        foreach (var (topic, record) in _store.ReadTopics(TopicKind.Organisation))
        {
            if (_topics.Find(topic)?.State is OrganisationState state)
            {
                members = members.With(state);
            }
        }

        return new Committed(head, new MerkleTree(frontier, _store), members);
    }

    private sealed record Committed(LogHead Head, MerkleTree Tree, Members Members);
}
