using EhrLedger.Ledger.Replication;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Storage.Log;

/// <summary>The one connection that writes log.db, with its prepared commands. Not for two callers at once.</summary>
internal sealed class LogWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    public LogWriter(string path) => _connection = Sqlite.OpenDurable(path);

    /// <summary>Level and index of a stored hash as one key: see <see cref="HashRow"/>.</summary>
    public static long PositionOf(int level, ulong index) => ((long)level << 56) + checked((long)index);

    public void Append(LogAppend batch)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            var moved = Execute(
                "UPDATE head SET size = $a, time = $b, frontier = $c WHERE id = 1 AND size = $d",
                (long)batch.Head.Size, (long)batch.Head.Time, batch.Head.Frontier.ToArray(), (long)batch.First);
            if (moved != 1)
            {
                throw new StoreFailedException($"The log in the store does not end at {batch.First}.");
            }

            Insert(batch);
            Execute("DELETE FROM recent WHERE valid_until < $a", (long)(batch.Head.Time / 1000));
            Execute("COMMIT");
        }
        catch (StoreFailedException)
        {
            Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Without waiting for the disk: the note can be had again. (In WAL mode this can lose the note, never the file.)</summary>
    public void SaveFinal(byte[] note)
    {
        Execute("PRAGMA synchronous=NORMAL");
        Execute("INSERT INTO final(id, note) VALUES(1, $a) ON CONFLICT(id) DO UPDATE SET note = excluded.note", note);
        Execute("PRAGMA synchronous=FULL");
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    /// <summary>Closes the connection after a failure; whatever that failure still throws is the same one again.</summary>
    public void Abandon()
    {
        try
        {
            Dispose();
        }
        catch (SqliteException)
        {
            // Closed as far as it can be.
        }
    }

    private void Insert(LogAppend batch)
    {
        for (var i = 0; i < batch.Leaves.Count; i++)
        {
            var leaf = batch.Leaves[i];
            Execute("INSERT INTO leaves(idx, leaf, effective) VALUES($a, $b, $c)", (long)leaf.Index, leaf.Bytes.ToArray(), leaf.Effective ? 1L : 0L);
            var position = batch.Positions[i];
            if (position == default)
            {
                continue;
            }

            Execute("INSERT INTO topic_leaves(topic, number, idx) VALUES($a, $b, $c)", position.Topic.ToArray(), (long)position.Number, (long)leaf.Index);
            Execute(
                "INSERT INTO recent(digest, idx, valid_until) VALUES($a, $b, $c) ON CONFLICT(digest) DO NOTHING",
                position.Entry.ToArray(), (long)leaf.Index, (long)Math.Min(position.ValidUntil, long.MaxValue));
        }

        foreach (var (topic, record) in batch.Topics)
        {
            Execute(
                "INSERT INTO topics(topic, next_number, state) VALUES($a, $b, $c) ON CONFLICT(topic) DO UPDATE SET next_number = excluded.next_number, state = excluded.state",
                topic.ToArray(), (long)record.NextNumber, record.State.ToArray());
        }

        foreach (var hash in batch.Hashes)
        {
            Execute("INSERT INTO hashes(position, hash) VALUES($a, $b)", PositionOf(hash.Level, hash.Index), hash.Hash.ToArray());
        }
    }

    private int Execute(string sql, params ReadOnlySpan<object> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter($"${(char)('a' + i)}", DBNull.Value));
            }

            command.Prepare();
            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command.ExecuteNonQuery();
    }
}
