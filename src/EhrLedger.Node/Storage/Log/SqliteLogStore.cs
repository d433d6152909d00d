using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Storage.Log;

/// <summary>
/// log.db: leaves, the tree's hashes, the topics' states and the end of the log, all of one group commit in one transaction. The schema is EF Core's (<see cref="LogDbContext"/>); the
/// statements are not, for the reason that docs/decisions/0002-sqlite-hot-path.md measures.
/// </summary>
internal sealed class SqliteLogStore : ILogStore
{
    private readonly SqliteFile _file;

    private SqliteLogStore(SqliteFile file) => _file = file;

    /// <summary>Opens the file, makes it where it is absent, and brings its schema up to date.</summary>
    /// <exception cref="StoreFailedException">The file can't be opened, or is no such database.</exception>
    public static SqliteLogStore Open(string path)
    {
        try
        {
            using (var schema = new LogDbContext(Schema.Of<LogDbContext>(path)))
            {
                Schema.BringUpToDate(schema);
            }

            return new SqliteLogStore(new SqliteFile(path));
        }
        catch (SqliteException broken)
        {
            throw new StoreFailedException($"SQLite error {broken.SqliteErrorCode} while the log's store was opened.", broken);
        }
    }

    /// <inheritdoc/>
    public void Append(LogAppend batch) => _file.Write(session =>
    {
        var moved = session.Execute(
            "UPDATE head SET size = $1, time = $2, frontier = $3 WHERE id = 1 AND size = $4",
            (long)batch.Head.Size, (long)batch.Head.Time, batch.Head.Frontier.ToArray(), (long)batch.First);
        if (moved != 1)
        {
            throw new StoreFailedException($"The log in the store does not end at {batch.First}.");
        }

        for (var i = 0; i < batch.Leaves.Count; i++)
        {
            InsertLeaf(session, batch.Leaves[i], batch.Positions[i]);
        }

        foreach (var (topic, record) in batch.Topics)
        {
            session.Execute(
                "INSERT INTO topics(topic, next_number, state) VALUES($1, $2, $3) ON CONFLICT(topic) DO UPDATE SET next_number = excluded.next_number, state = excluded.state",
                topic.ToArray(), (long)record.NextNumber, record.State.ToArray());
        }

        foreach (var hash in batch.Hashes)
        {
            session.Execute("INSERT INTO hashes(position, hash) VALUES($1, $2)", PositionOf(hash.Level, hash.Index), hash.Hash.ToArray());
        }

        session.Execute("DELETE FROM recent WHERE valid_until < $1", (long)(batch.Head.Time / 1000));
    });

    /// <inheritdoc/>
    public LogHead ReadHead() =>
        Read(session => session.Find("SELECT size, time, frontier FROM head WHERE id = 1", row => new LogHead((ulong)row.GetInt64(0), (ulong)row.GetInt64(1), BytesAt(row, 2))))
        ?? throw new StoreFailedException("The log's store has no head.");

    /// <inheritdoc/>
    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count) => first > long.MaxValue || count <= 0
        ? []
        : Read(session => session.Query("SELECT idx, leaf, effective FROM leaves WHERE idx >= $1 ORDER BY idx LIMIT $2", ReadLeaf, (long)first, (long)count));

    /// <inheritdoc/>
    public TopicRecord? FindTopic(Topic topic) => Read(session => session.Find(
        "SELECT next_number, state FROM topics WHERE topic = $1", row => new TopicRecord((ulong)row.GetInt64(0), BytesAt(row, 1)), topic.ToArray()));

    /// <inheritdoc/>
    public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count) => firstNumber > long.MaxValue || count <= 0
        ? []
        : Read(session => session.Query(
            "SELECT l.idx, l.leaf, l.effective FROM topic_leaves t JOIN leaves l ON l.idx = t.idx WHERE t.topic = $1 AND t.number >= $2 ORDER BY t.number LIMIT $3",
            ReadLeaf, topic.ToArray(), (long)firstNumber, (long)count));

    /// <inheritdoc/>
    public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind) => Read(session => session.Query(
        "SELECT topic, next_number, state FROM topics WHERE topic >= $1 AND topic < $2 ORDER BY topic",
        row => (
            Topic.TryFromBytes(BytesAt(row, 0)) ?? throw new StoreFailedException("The log's store holds a topic that is none."),
            new TopicRecord((ulong)row.GetInt64(1), BytesAt(row, 2))),
        (byte[])[(byte)kind], (byte[])[(byte)(kind + 1)]));

    /// <inheritdoc/>
    public ulong? FindRecent(Digest entry) =>
        Read(session => session.Find<ulong?>("SELECT idx FROM recent WHERE digest = $1", row => (ulong)row.GetInt64(0), entry.ToArray()));

    /// <inheritdoc/>
    public byte[]? ReadFinal() => Read(session => session.Find("SELECT note FROM final WHERE id = 1", row => BytesAt(row, 0)));

    /// <inheritdoc/>
    public void SaveFinal(byte[] note) => _file.WriteLazily(session =>
        session.Execute("INSERT INTO final(id, note) VALUES(1, $1) ON CONFLICT(id) DO UPDATE SET note = excluded.note", note));

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var first = PositionOf(level, firstIndex);
        var hashes = Read(session => session.Query(
            "SELECT hash FROM hashes WHERE position >= $1 AND position < $2 ORDER BY position", row => BytesAt(row, 0), first, first + count));
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(hashes.Count == count ? hashes.SelectMany(hash => hash).ToArray() : Array.Empty<byte>());
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Level and index share one integer key: see HashRow.
    private static long PositionOf(int level, ulong index) => ((long)level << 56) + (long)index;

    private static void InsertLeaf(SqliteSession session, StoredLeaf leaf, LeafPosition position)
    {
        session.Execute("INSERT INTO leaves(idx, leaf, effective) VALUES($1, $2, $3)", (long)leaf.Index, leaf.Bytes.ToArray(), leaf.Effective ? 1L : 0L);
        if (position == default)
        {
            return;
        }

        session.Execute("INSERT INTO topic_leaves(topic, number, idx) VALUES($1, $2, $3)", position.Topic.ToArray(), (long)position.Number, (long)leaf.Index);
        session.Execute(
            "INSERT INTO recent(digest, idx, valid_until) VALUES($1, $2, $3) ON CONFLICT(digest) DO NOTHING",
            position.Entry.ToArray(), (long)leaf.Index, (long)Math.Min(position.ValidUntil, long.MaxValue));
    }

    private static StoredLeaf ReadLeaf(SqliteRow row) => new((ulong)row.GetInt64(0), BytesAt(row, 1), row.GetInt64(2) != 0);

    private static byte[] BytesAt(SqliteRow row, int column) => row.GetBytes(column);

    private T Read<T>(Func<SqliteSession, T> read)
    {
        try
        {
            return _file.Read(read);
        }
        catch (Exception broken) when (broken is InvalidCastException or FormatException or OverflowException)
        {
            throw new StoreFailedException("The log's store holds a value of another type.", broken);
        }
    }
}
