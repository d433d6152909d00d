using System.Diagnostics;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Cli.Audits;

/// <summary>
/// The rules that every leaf of the ledger keeps, whatever it says: it can be read, stands at its own index, is no older than the one before, and is its topic's next (protocol.md,
/// Ledger). Signatures and contracts are not among them: members' nodes re-execute those before they cosign.
/// </summary>
/// <remarks>
/// What was checked since the last <see cref="Commit"/> is dropped when an audit stops, so it is kept apart. Memory is bounded: at the limit, topics that are new from then on are no
/// longer followed, and those that are known still are.
/// </remarks>
internal sealed class EntryRules
{
    /// <summary>Topics that are followed by default: about 100 MB.</summary>
    public const int UsualLimit = 1_000_000;

    private readonly Dictionary<Topic, ulong> _next;
    private readonly Dictionary<Topic, ulong> _uncommitted = [];
    private readonly int _limit;
    private (ulong Time, ulong? From) _reached;
    private (ulong Time, ulong? From) _committed;

    /// <summary>Before the first entry.</summary>
    /// <param name="limit">Most topics that are followed.</param>
    public EntryRules(int limit = UsualLimit)
        : this([], 0, null, limit)
    {
    }

    private EntryRules(Dictionary<Topic, ulong> next, ulong time, ulong? from, int limit)
    {
        _next = next;
        _limit = limit;
        _reached = _committed = (time, from);
    }

    /// <summary>Time of the last committed leaf, Unix milliseconds; 0 before the first.</summary>
    public ulong LastTime => _committed.Time;

    /// <summary>Index of the first entry whose topic is not followed. Null as long as all are.</summary>
    public ulong? UnfollowedFrom => _committed.From;

    /// <summary>The next number of each followed topic, as of the last commit.</summary>
    public IReadOnlyDictionary<Topic, ulong> NextNumbers => _next;

    /// <summary>Takes up what an earlier audit committed.</summary>
    public static EntryRules Resume(IEnumerable<KeyValuePair<Topic, ulong>> nextNumbers, ulong lastTime, ulong? unfollowedFrom, int limit = UsualLimit) =>
        new(nextNumbers.ToDictionary(), lastTime, unfollowedFrom, limit);

    /// <summary>Looks at the next entry.</summary>
    /// <returns>Null if it keeps the rules, or the one that it breaks.</returns>
    public string? Check(ulong index, ReadOnlyMemory<byte> bytes)
    {
        if (Leaf.TryParse(bytes) is not { } leaf)
        {
            return "it is no leaf in its only encoding.";
        }

        if (leaf.Index != index)
        {
            return $"it says that its index is {leaf.Index}.";
        }

        if (leaf.Time < _reached.Time)
        {
            return $"its time is {_reached.Time - leaf.Time} ms before that of the entry before.";
        }

        if (Entry.TryParse(leaf.Entry) is not { } entry)
        {
            return "what it holds is no entry in its only encoding.";
        }

        if (CheckNumber(index, entry.Topic, leaf.Number) is { } gap)
        {
            return gap;
        }

        _reached.Time = leaf.Time;
        return null;
    }

    /// <summary>Makes what was checked since last time part of <see cref="NextNumbers"/>.</summary>
    public void Commit()
    {
        foreach (var (topic, next) in _uncommitted)
        {
            _next[topic] = next;
        }

        _uncommitted.Clear();
        _committed = _reached;
    }

    private string? CheckNumber(ulong index, Topic topic, ulong number)
    {
        var isKnown = _uncommitted.TryGetValue(topic, out var next) || _next.TryGetValue(topic, out next);
        if (!isKnown && _reached.From is not null)
        {
            return null;
        }

        if (number != next)
        {
            return $"it is number {number} of its topic {topic}, whose next is {next}.";
        }

        if (isKnown || _next.Count + _uncommitted.Count < _limit)
        {
            // Topics that are in both are counted twice until the commit, so the limit may be met a bundle early, and never late.
            _uncommitted[topic] = checked(number + 1);
        }
        else
        {
            Debug.Assert(_reached.From is null, "Unknown topics are let through after that.");
            _reached.From = index;
        }

        return null;
    }
}
