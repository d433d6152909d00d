using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>The log store's twin in memory, which can fail the n-th append, with what was written lost or kept.</summary>
/// <param name="failAt">Number of the append that fails, from 1; 0 for none.</param>
/// <param name="persists">Whether the failed append is there all the same.</param>
internal sealed class MemoryLogStore(int failAt = 0, bool persists = false) : ILogStore
{
    private readonly Lock _lock = new();
    private readonly List<StoredLeaf> _leaves = [];
    private readonly Dictionary<Topic, TopicRecord> _topics = [];
    private readonly Dictionary<Topic, List<ulong>> _topicLeaves = [];
    private readonly Dictionary<Digest, (ulong Index, ulong ValidUntil)> _recent = [];
    private readonly Dictionary<(int Level, ulong Index), Digest> _hashes = [];
    private LogHead _head = new(0, 0, ReadOnlyMemory<byte>.Empty);
    private byte[]? _final;
    private int _appends;

    public void Append(LogAppend batch)
    {
        lock (_lock)
        {
            var fails = ++_appends == failAt;
            if (batch.First != _head.Size || (fails && !persists))
            {
                throw new StoreFailedException("The write was lost.");
            }

            Write(batch);
            if (fails)
            {
                throw new StoreFailedException("The write failed after it had been made.");
            }
        }
    }

    public LogHead ReadHead()
    {
        lock (_lock)
        {
            return _head;
        }
    }

    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count)
    {
        lock (_lock)
        {
            return first >= (ulong)_leaves.Count || count <= 0 ? [] : [.. _leaves.Skip((int)first).Take(count)];
        }
    }

    public TopicRecord? FindTopic(Topic topic)
    {
        lock (_lock)
        {
            return _topics.GetValueOrDefault(topic);
        }
    }

    public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count)
    {
        lock (_lock)
        {
            return !_topicLeaves.TryGetValue(topic, out var indices) || firstNumber >= (ulong)indices.Count || count <= 0
                ? []
                : [.. indices.Skip((int)firstNumber).Take(count).Select(index => _leaves[(int)index])];
        }
    }

    public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind)
    {
        lock (_lock)
        {
            return [.. _topics.Where(topic => topic.Key.Kind == kind).OrderBy(topic => topic.Key.Name).Select(topic => (topic.Key, topic.Value))];
        }
    }

    public ulong? FindRecent(Digest entry)
    {
        lock (_lock)
        {
            return _recent.TryGetValue(entry, out var found) ? found.Index : null;
        }
    }

    public byte[]? ReadFinal() => _final;

    public void SaveFinal(byte[] note) => _final = note;

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var bytes = new List<byte>();
            for (var i = 0; i < count && _hashes.TryGetValue((level, firstIndex + (ulong)i), out var hash); i++)
            {
                bytes.AddRange(hash.ToArray());
            }

            return ValueTask.FromResult<ReadOnlyMemory<byte>>(bytes.Count == count * Digest.Length ? bytes.ToArray() : Array.Empty<byte>());
        }
    }

    public void Dispose()
    {
    }

    private void Write(LogAppend batch)
    {
        foreach (var (leaf, position) in batch.Leaves.Zip(batch.Positions))
        {
            _leaves.Add(leaf);
            if (position != default)
            {
                if (!_topicLeaves.TryGetValue(position.Topic, out var indices))
                {
                    _topicLeaves[position.Topic] = indices = [];
                }

                indices.Add(leaf.Index);
                _recent.TryAdd(position.Entry, (leaf.Index, position.ValidUntil));
            }
        }

        foreach (var (topic, record) in batch.Topics)
        {
            _topics[topic] = record;
        }

        foreach (var hash in batch.Hashes)
        {
            _hashes.Add((hash.Level, hash.Index), hash.Hash);
        }

        _head = batch.Head;
        foreach (var old in _recent.Where(recent => recent.Value.ValidUntil < batch.Head.Time / 1000).Select(recent => recent.Key).ToList())
        {
            _recent.Remove(old);
        }
    }
}
