using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Storage.Log;

/// <summary>One connection that reads log.db, with its prepared commands. Not for two callers at once.</summary>
internal sealed class LogReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _head;
    private readonly SqliteCommand _leaves;
    private readonly SqliteCommand _hashes;
    private readonly SqliteCommand _topic;
    private readonly SqliteCommand _topicLeaves;
    private readonly SqliteCommand _topics;
    private readonly SqliteCommand _recent;
    private readonly SqliteCommand _final;

    public LogReader(string path)
    {
        _connection = Sqlite.OpenDurable(path);
        Sqlite.Execute(_connection, "PRAGMA query_only=ON; PRAGMA cache_size=-4096;");
        _head = Command("SELECT size, time, frontier FROM head WHERE id = 1");
        _leaves = Command("SELECT idx, leaf, effective FROM leaves WHERE idx >= $a AND idx < $b ORDER BY idx", "$a", "$b");
        _hashes = Command("SELECT hash FROM hashes WHERE position >= $a AND position < $b ORDER BY position", "$a", "$b");
        _topic = Command("SELECT next_number, state FROM topics WHERE topic = $a", "$a");
        _topicLeaves = Command(
            "SELECT l.idx, l.leaf, l.effective FROM topic_leaves t JOIN leaves l ON l.idx = t.idx WHERE t.topic = $a AND t.number >= $b ORDER BY t.number LIMIT $c", "$a", "$b", "$c");
        _topics = Command("SELECT topic, next_number, state FROM topics WHERE topic >= $a AND topic < $b ORDER BY topic", "$a", "$b");
        _recent = Command("SELECT idx FROM recent WHERE digest = $a", "$a");
        _final = Command("SELECT note FROM final WHERE id = 1");
    }

    public LogHead ReadHead()
    {
        using var rows = _head.ExecuteReader();
        return rows.Read()
            ? new LogHead((ulong)rows.GetInt64(0), (ulong)rows.GetInt64(1), (byte[])rows.GetValue(2))
            : throw new StoreFailedException("The log's store has no head.");
    }

    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count) => ReadAll(With(_leaves, (long)first, End((long)first, count)), Math.Min(count, 512));

    public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count) =>
        ReadAll(With(_topicLeaves, topic.ToArray(), (long)firstNumber, count), Math.Min(count, 512));

    public byte[] ReadHashes(int level, ulong firstIndex, int count)
    {
        var first = LogWriter.PositionOf(level, firstIndex);
        var bytes = new byte[count * Digest.Length];
        var read = 0;
        using var rows = With(_hashes, first, first + count).ExecuteReader();
        while (read < bytes.Length && rows.Read())
        {
            read += (int)rows.GetBytes(0, 0, bytes, read, Digest.Length);
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    public TopicRecord? FindTopic(Topic topic)
    {
        using var rows = With(_topic, topic.ToArray()).ExecuteReader();
        return rows.Read() ? new TopicRecord((ulong)rows.GetInt64(0), (byte[])rows.GetValue(1)) : null;
    }

    public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind)
    {
        var topics = new List<(Topic, TopicRecord)>();
        using var rows = With(_topics, new[] { (byte)kind }, new[] { (byte)(kind + 1) }).ExecuteReader();
        while (rows.Read())
        {
            if (Topic.TryFromBytes((byte[])rows.GetValue(0)) is not { } topic)
            {
                throw new StoreFailedException("The log's store holds a topic that is none.");
            }

            topics.Add((topic, new TopicRecord((ulong)rows.GetInt64(1), (byte[])rows.GetValue(2))));
        }

        return topics;
    }

    public ulong? FindRecent(Digest entry) => With(_recent, entry.ToArray()).ExecuteScalar() is long index ? (ulong)index : null;

    public byte[]? ReadFinal() => _final.ExecuteScalar() as byte[];

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_head, _leaves, _hashes, _topic, _topicLeaves, _topics, _recent, _final])
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static long End(long first, int count) => first > long.MaxValue - count ? long.MaxValue : first + count;

    private static List<StoredLeaf> ReadAll(SqliteCommand command, int expected)
    {
        var leaves = new List<StoredLeaf>(expected);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            leaves.Add(new StoredLeaf((ulong)rows.GetInt64(0), (byte[])rows.GetValue(1), rows.GetInt64(2) != 0));
        }

        return leaves;
    }

    private static SqliteCommand With(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter(name, DBNull.Value));
        }

        command.Prepare();
        return command;
    }
}
