using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;

namespace EhrLedger.Tests.Client.World;

/// <summary>A log store that forgets nothing until the test ends.</summary>
internal sealed class LogInMemory : ILogStore
{
    private readonly Lock _lock = new();
    private readonly List<StoredLeaf> _leaves = [];
    private readonly Dictionary<Topic, TopicRecord> _topics = [];
    private readonly Dictionary<Topic, List<int>> _byTopic = [];
    private readonly Dictionary<Digest, ulong> _entries = [];
    private readonly Dictionary<int, List<Digest>> _hashes = [];
    private LogHead _head = new(0, 0, ReadOnlyMemory<byte>.Empty);
    private byte[]? _final;

    public LogHead ReadHead()
    {
        lock (_lock)
        {
            return _head;
        }
    }

    public void Append(LogAppend batch)
    {
        lock (_lock)
        {
            for (var i = 0; i < batch.Leaves.Count; i++)
            {
                var position = batch.Positions[i];
                _leaves.Add(batch.Leaves[i]);
                if (position != default)
                {
                    (_byTopic.TryGetValue(position.Topic, out var numbers) ? numbers : _byTopic[position.Topic] = []).Add(_leaves.Count - 1);
                    _entries.TryAdd(position.Entry, batch.Leaves[i].Index);
                }
            }

            foreach (var (topic, record) in batch.Topics)
            {
                _topics[topic] = record;
            }

            foreach (var hash in batch.Hashes)
            {
                (_hashes.TryGetValue(hash.Level, out var row) ? row : _hashes[hash.Level] = []).Add(hash.Hash);
            }

            _head = batch.Head;
        }
    }

    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count)
    {
        lock (_lock)
        {
            return [.. _leaves.Skip((int)first).Take(count)];
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
            return _byTopic.TryGetValue(topic, out var numbers) ? [.. numbers.Skip((int)firstNumber).Take(count).Select(index => _leaves[index])] : [];
        }
    }

    public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind)
    {
        lock (_lock)
        {
            return [.. _topics.Where(pair => pair.Key.Kind == kind).Select(pair => (pair.Key, pair.Value))];
        }
    }

    public ulong? FindRecent(Digest entry)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(entry, out var index) ? index : null;
        }
    }

    public byte[]? ReadFinal() => _final;

    public void SaveFinal(byte[] note) => _final = note;

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(_hashes.TryGetValue(level, out var row) ? row.Skip((int)firstIndex).Take(count).SelectMany(hash => hash.ToArray()).ToArray() : []);
        }
    }

    public void Dispose()
    {
        // Nothing is held but memory.
    }
}
