using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Ledger.Replication;

/// <summary>
/// Where one node keeps its copy of the log, its tree and the topics' states. One writer at a time, any number of readers, who see only what is committed.
/// Every method throws <see cref="StoreFailedException"/> when the store is broken; after a failed <see cref="Append"/> the caller reads the head again, because the write may or may not be there.
/// </summary>
public interface ILogStore : ITreeHashes, IDisposable
{
    /// <summary>The committed end of the log. Cost: O(log n).</summary>
    LogHead ReadHead();

    /// <summary>Writes all of it in one transaction, or nothing. Returns when it is on the disk.</summary>
    void Append(LogAppend batch);

    /// <summary>Leaves in order from <paramref name="first"/>, at most <paramref name="count"/>; fewer at the end.</summary>
    IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count);

    /// <summary>Null before the topic's first entry.</summary>
    TopicRecord? FindTopic(Topic topic);

    /// <summary>Leaves of one topic in order of their number, from <paramref name="firstNumber"/>, at most <paramref name="count"/>.</summary>
    IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count);

    /// <summary>All topics of one kind with their states; for the members at start-up.</summary>
    IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind);

    /// <summary>Index of the entry with these signed bytes, as long as a replay of it could still be valid; null otherwise.</summary>
    ulong? FindRecent(Digest entry);

    /// <summary>The newest checkpoint with a quorum of cosignatures, as a signed note. Null before the first.</summary>
    byte[]? ReadFinal();

    /// <summary>Keeps the note. May be lost in a crash: it can be had again.</summary>
    void SaveFinal(byte[] note);
}

/// <summary>The committed end of a log.</summary>
/// <param name="Size">Number of leaves.</param>
/// <param name="Time">Time of the last leaf, Unix milliseconds; 0 for the empty log.</param>
/// <param name="Frontier">The tree's right edge, as the tree encoded it; empty for the empty log.</param>
public sealed record LogHead(ulong Size, ulong Time, ReadOnlyMemory<byte> Frontier);

/// <summary>A leaf as it stands in the store.</summary>
/// <param name="Index">Position in the log.</param>
/// <param name="Bytes">The leaf of docs/formats.md.</param>
/// <param name="Effective">False for an entry that the contracts reject: it is logged all the same, and has no effect.</param>
public sealed record StoredLeaf(ulong Index, ReadOnlyMemory<byte> Bytes, bool Effective);

/// <summary>A topic as it stands in the store.</summary>
/// <param name="NextNumber">Number that the topic's next entry gets.</param>
/// <param name="State">Canonical bytes; empty where no entry of the topic had an effect.</param>
public sealed record TopicRecord(ulong NextNumber, ReadOnlyMemory<byte> State);

/// <summary>What one group commit writes.</summary>
/// <param name="First">Size of the log before; the store refuses any other.</param>
/// <param name="Leaves">In order.</param>
/// <param name="Positions">Topic and number of each leaf, digest of its entry and the time (Unix seconds) until which a replay of it could be valid.</param>
/// <param name="Topics">The topics touched, as they are after it.</param>
/// <param name="Hashes">New hashes of the tree.</param>
/// <param name="Head">The end after it.</param>
public sealed record LogAppend(
    ulong First,
    IReadOnlyList<StoredLeaf> Leaves,
    IReadOnlyList<LeafPosition> Positions,
    IReadOnlyList<KeyValuePair<Topic, TopicRecord>> Topics,
    IReadOnlyList<StoredHash> Hashes,
    LogHead Head);

/// <summary>Where a leaf stands in its topic, and until when its signed bytes must be remembered.</summary>
public readonly record struct LeafPosition(Topic Topic, ulong Number, Digest Entry, ulong ValidUntil);

/// <summary>The store can't be read or written. What was being written may or may not be there.</summary>
public sealed class StoreFailedException(string message, Exception? cause = null) : IOException(message, cause);
