using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Ledger.Replication;

/// <summary>
/// Entries being executed on top of the committed state, one after the other. Nothing outside sees it until <see cref="LogReplica"/> has written it. The sequencer and
/// every follower run exactly this.
/// </summary>
internal sealed class Execution(ContractEngine engine, Genesis genesis, ILogStore store, TopicCache topics, SignedHere signedHere, Members members, LogHead head)
{
    /// <summary>How far ahead of the leaf's time an entry's valid-until may lie.</summary>
    private const ulong LongestValidity = 600;

    private readonly Dictionary<Topic, LiveTopic> _changed = [];
    private readonly Dictionary<Digest, ulong> _digests = [];
    private readonly List<StoredLeaf> _leaves = [];
    private readonly List<LeafPosition> _positions = [];
    private readonly Dictionary<Digest, (Ed25519PublicKey Key, bool Verifies)> _verified = [];

    public Members Members { get; private set; } = members;

    public IReadOnlyList<StoredLeaf> Leaves => _leaves;

    public IReadOnlyList<LeafPosition> Positions => _positions;

    public IReadOnlyDictionary<Topic, LiveTopic> Changed => _changed;

    public ulong NextIndex => head.Size + (ulong)_leaves.Count;

    /// <summary>Time of the last leaf, Unix milliseconds.</summary>
    public ulong Time { get; private set; } = head.Time;

    /// <summary>
    /// Checks signatures on all cores ahead of the execution, each under the key that the committed state names. A key that an earlier entry of the same batch replaces is
    /// checked again in its turn.
    /// </summary>
    public void VerifyAhead(IReadOnlyList<Entry> entries)
    {
        var keys = new Ed25519PublicKey?[entries.Count];
        for (var i = 0; i < entries.Count; i++)
        {
            keys[i] = engine.Find(entries[i].Topic.Kind)?.SignerOf(Find(entries[i].Topic)?.State, entries[i], Members);
        }

        var results = new bool[entries.Count];
        var strangers = new List<int>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            results[i] = keys[i] is { } key && signedHere.Knows(entries[i], key);
            if (!results[i] && keys[i] is not null)
            {
                strangers.Add(i);
            }
        }

        if (strangers.Count < 4)
        {
            strangers.ForEach(Verify);
        }
        else
        {
            Parallel.ForEach(strangers, Verify);
        }

        for (var i = 0; i < entries.Count; i++)
        {
            if (keys[i] is { } key)
            {
                _verified[entries[i].Digest] = (key, results[i]);
            }
        }

        void Verify(int i) => results[i] = entries[i].VerifiesUnder(keys[i]!.Value, genesis.Digest);
    }

    /// <summary>The key under which <see cref="VerifyAhead"/> checked the entry; null where nobody may sign it.</summary>
    public Ed25519PublicKey? SignerAhead(Entry entry) => _verified.TryGetValue(entry.Digest, out var ahead) ? ahead.Key : null;

    /// <summary>The sequencer's way: an entry that the contracts accept is given its place; any other leaves no trace.</summary>
    /// <returns>Null if it was accepted.</returns>
    public Rejection? Propose(Entry entry, ulong time)
    {
        var topic = Find(entry.Topic);
        var moment = new Moment(NextIndex, time, topic?.NextNumber ?? 0);
        switch (Judge(entry, topic, moment))
        {
            case Verdict.Rejected(var reason):
                return reason;
            case Verdict.Accepted(var state):
                Log(entry, moment, new Leaf(moment.Index, time, moment.Number, entry.SignedBytes).Encode(), state, effective: true);
                return null;
            default:
                throw new InvalidOperationException("A verdict has two cases.");
        }
    }

    /// <summary>The follower's way: the leaf stands in the log whatever the contracts say; a rejected entry has no effect.</summary>
    /// <returns>Null if it was accepted.</returns>
    /// <exception cref="ArgumentException">The leaf is not the next one of the log, of its topic, or of time: the caller checks that with <see cref="Follows"/>.</exception>
    public Rejection? Replay(Leaf leaf, Entry? entry, ReadOnlyMemory<byte> bytes)
    {
        if (!Follows(leaf, entry))
        {
            throw new ArgumentException("The leaf does not follow.", nameof(leaf));
        }

        var moment = new Moment(leaf.Index, leaf.Time, leaf.Number);
        if (entry is null)
        {
            // Nobody's topic: the bytes are kept, because they are part of the tree.
            _leaves.Add(new StoredLeaf(leaf.Index, bytes, false));
            _positions.Add(default);
            Time = leaf.Time;
            return Rejection.Malformed;
        }

        var topic = Find(entry.Topic);
        var verdict = Judge(entry, topic, moment);
        var rejection = (verdict as Verdict.Rejected)?.Reason;
        Log(entry, moment, bytes, verdict is Verdict.Accepted(var state) ? state : topic?.State, rejection is null);
        return rejection;
    }

    /// <summary>Whether the leaf is the next one: index, time and the topic's number.</summary>
    public bool Follows(Leaf leaf, Entry? entry) =>
        leaf.Index == NextIndex && leaf.Time >= Time && leaf.Number == (entry is null ? 0 : Find(entry.Topic)?.NextNumber ?? 0);

    private Verdict Judge(Entry entry, LiveTopic? topic, Moment moment)
    {
        var seconds = moment.Time / 1000;
        if (entry.ValidUntil < seconds)
        {
            return new Verdict.Rejected(Rejection.Expired);
        }

        if (entry.ValidUntil > seconds + LongestValidity)
        {
            return new Verdict.Rejected(Rejection.ValidTooLong);
        }

        if (_digests.ContainsKey(entry.Digest) || store.FindRecent(entry.Digest) is not null)
        {
            return new Verdict.Rejected(Rejection.Duplicate);
        }

        if (engine.Find(entry.Topic.Kind) is not { } contract)
        {
            return new Verdict.Rejected(Rejection.UnknownType);
        }

        if (contract.SignerOf(topic?.State, entry, Members) is not { } signer || !Verifies(entry, signer))
        {
            return new Verdict.Rejected(Rejection.BadSignature);
        }

        return contract.Evaluate(topic?.State, entry, moment, Members);
    }

    private bool Verifies(Entry entry, Ed25519PublicKey signer) =>
        _verified.TryGetValue(entry.Digest, out var ahead) && ahead.Key == signer ? ahead.Verifies : entry.VerifiesUnder(signer, genesis.Digest);

    private LiveTopic? Find(Topic topic) => _changed.TryGetValue(topic, out var live) ? live : topics.Find(topic);

    private void Log(Entry entry, Moment moment, ReadOnlyMemory<byte> leaf, ITopicState? state, bool effective)
    {
        _leaves.Add(new StoredLeaf(moment.Index, leaf, effective));
        _positions.Add(new LeafPosition(entry.Topic, moment.Number, entry.Digest, entry.ValidUntil));
        _changed[entry.Topic] = new LiveTopic(moment.Number + 1, state);
        _digests[entry.Digest] = moment.Index;
        Time = moment.Time;
        if (effective && state is OrganisationState organisation)
        {
            Members = Members.With(organisation);
        }
    }
}
