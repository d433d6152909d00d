using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Replication;

/// <summary>A topic with its state decoded.</summary>
/// <param name="NextNumber">Number that the next entry gets.</param>
/// <param name="State">Null where no entry had an effect yet.</param>
public sealed record LiveTopic(ulong NextNumber, ITopicState? State);

/// <summary>
/// Committed topics, decoded, the recently used ones kept. Read by many threads, changed only after a commit by the one that writes; bounded, so that memory
/// does not grow with the log.
/// </summary>
internal sealed class TopicCache(ILogStore store, ContractEngine engine)
{
    private const int Capacity = 16_384;
    private readonly Lock _lock = new();
    private Dictionary<Topic, LiveTopic> _young = [];
    private Dictionary<Topic, LiveTopic> _old = [];

    public LiveTopic? Find(Topic topic)
    {
        lock (_lock)
        {
            if (_young.TryGetValue(topic, out var live))
            {
                return live;
            }

            if (_old.TryGetValue(topic, out live))
            {
                Keep(topic, live);
                return live;
            }

            if (store.FindTopic(topic) is not { } record)
            {
                return null;
            }

            live = new LiveTopic(record.NextNumber, Decode(topic, record));
            Keep(topic, live);
            return live;
        }
    }

    /// <summary>After a commit: what it changed.</summary>
    public void Commit(IEnumerable<KeyValuePair<Topic, LiveTopic>> changed)
    {
        lock (_lock)
        {
            foreach (var (topic, live) in changed)
            {
                Keep(topic, live);
            }
        }
    }

    /// <summary>After a write that may or may not have happened.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _young = [];
            _old = [];
        }
    }

    private ITopicState? Decode(Topic topic, TopicRecord record) =>
        record.State.IsEmpty
            ? null
            : engine.Find(topic.Kind)?.Decode(record.State) ?? throw new StoreFailedException($"The state of {topic} in the store can't be read.");

    // Two generations: when the young one is full it becomes the old one, and what nobody touched since is dropped.
    private void Keep(Topic topic, LiveTopic live)
    {
        if (_young.Count >= Capacity / 2)
        {
            _old = _young;
            _young = [];
        }

        _young[topic] = live;
    }
}
