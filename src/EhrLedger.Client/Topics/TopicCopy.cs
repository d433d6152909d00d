using EhrLedger.Client.Log;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Client.Topics;

/// <summary>One entry of a topic, proven, and judged by this client's own contract.</summary>
/// <param name="Proven">The leaf.</param>
/// <param name="Entry">What it says.</param>
/// <param name="Rejected">Null if the entry has an effect; why not, otherwise.</param>
public sealed record TopicEntry(ProvenLeaf Proven, Entry Entry, Rejection? Rejected)
{
    /// <summary>Whether it counts.</summary>
    public bool HasEffect => Rejected is null;
}

/// <summary>
/// A client's own copy of one topic, from its first entry on without gaps: every leaf proven, every entry executed again. Not thread-safe.
/// </summary>
/// <param name="topic">Which.</param>
/// <param name="contract">The rules of such topics.</param>
/// <param name="members">For the rules that ask who is a member.</param>
/// <param name="genesis">Digest of the genesis.</param>
public sealed class TopicCopy(Topic topic, IContract contract, KnownMembers members, Digest genesis)
{
    // How far ahead of the leaf's time an entry's valid-until may lie: docs/formats.md.
    private const ulong LongestValidity = 600;

    private readonly List<TopicEntry> _entries = [];
    private readonly HashSet<Digest> _digests = [];

    /// <summary>Which.</summary>
    public Topic Topic => topic;

    /// <summary>All entries, in order of their numbers.</summary>
    public IReadOnlyList<TopicEntry> Entries => _entries;

    /// <summary>The state after the last of them. Null where none had an effect yet.</summary>
    public ITopicState? State { get; private set; }

    /// <summary>Number of the entry that is not here yet.</summary>
    public ulong NextNumber => (ulong)_entries.Count;

    /// <summary>Takes the next leaf.</summary>
    /// <returns>False if it is not the next one of this topic.</returns>
    public bool TryAppend(ProvenLeaf leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (leaf.Leaf.Number != NextNumber || leaf.Entry is not { } entry || entry.Topic != topic || (_entries.Count > 0 && leaf.Leaf.Index <= _entries[^1].Proven.Leaf.Index))
        {
            return false;
        }

        var rejected = Judge(leaf.Leaf, entry);
        _digests.Add(entry.Digest);
        _entries.Add(new TopicEntry(leaf, entry, rejected));
        return true;
    }

    /// <summary>The proven leaves, for this client's own store, which must keep them from being changed.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024 + _entries.Sum(entry => entry.Proven.Bytes.Length + 3)).WriteArray(_entries.Count);
        foreach (var entry in _entries)
        {
            writer.WriteBytes(entry.Proven.Bytes.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Takes up what <see cref="Encode"/> wrote.</summary>
    /// <param name="authentic">From this client's own store, which keeps it from being changed: the proofs are not asked for again.</param>
    /// <returns>False, and the copy is empty, if the bytes are not that.</returns>
    public bool TryRestore(ReadOnlyMemory<byte> authentic)
    {
        if (CborReading.TryRead(authentic, reader => reader.ReadArray(0, int.MaxValue, item => item.ReadBytes(0, Entry.LargestSize + 64))) is { } leaves
            && _entries.Count == 0
            && leaves.All(bytes => ProvenLeaf.FromOwnStore(bytes) is { } leaf && TryAppend(leaf)))
        {
            return true;
        }

        _entries.Clear();
        _digests.Clear();
        State = null;
        return false;
    }

    // As Execution of the ledger does it; a duplicate has the same topic, so it is found here.
    private Rejection? Judge(Leaf leaf, Entry entry)
    {
        var seconds = leaf.Time / 1000;
        if (entry.ValidUntil < seconds)
        {
            return Rejection.Expired;
        }

        if (entry.ValidUntil > seconds + LongestValidity)
        {
            return Rejection.ValidTooLong;
        }

        if (_digests.Contains(entry.Digest))
        {
            return Rejection.Duplicate;
        }

        var now = members.ToMembers();
        if (contract.SignerOf(State, entry, now) is not { } signer || !entry.VerifiesUnder(signer, genesis))
        {
            return Rejection.BadSignature;
        }

        switch (contract.Evaluate(State, entry, new Moment(leaf.Index, leaf.Time, leaf.Number), now))
        {
            case Verdict.Accepted(var state):
                State = state;
                return null;
            case Verdict.Rejected(var reason):
                return reason;
            default:
                throw new InvalidOperationException("A verdict has two cases.");
        }
    }
}
