using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EhrLedger.Node.Storage;

/// <summary>
/// A connection with its prepared statements. Parameters are $1, $2, … in order. Used by one thread at a time. The statements are SQLite's own: a command of Microsoft.Data.Sqlite costs
/// more than most of what is run here (docs/decisions/0002).
/// </summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, Statement> _prepared = [];
    private readonly sqlite3 _database = connection.Handle ?? throw new ArgumentException("The connection is not open.", nameof(connection));

    /// <summary>Runs a statement. Returns the number of rows that it, or the last before it that changes rows, has changed.</summary>
    /// <exception cref="SqliteException">As for all of these.</exception>
    public int Execute(string sql, params ReadOnlySpan<SqliteValue> parameters)
    {
        var statement = Bind(sql, parameters);
        try
        {
            while (Step(statement))
            {
                // What a PRAGMA says is of no interest.
            }

            return raw.sqlite3_changes(_database);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>Reads every row.</summary>
    public List<T> Query<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<SqliteValue> parameters)
    {
        var statement = Bind(sql, parameters);
        try
        {
            var rows = new List<T>();
            while (Step(statement))
            {
                rows.Add(read(new SqliteRow(statement)));
            }

            return rows;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>The first row, or the default where there is none.</summary>
    public T? Find<T>(string sql, Func<SqliteRow, T> read, params ReadOnlySpan<SqliteValue> parameters)
    {
        var statement = Bind(sql, parameters);
        try
        {
            return Step(statement) ? read(new SqliteRow(statement)) : default;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>One of SQLite's counters of a connection, since it was opened; it wraps around.</summary>
    public int Count(int counter) => raw.sqlite3_db_status(_database, counter, out var current, out _, 0) == raw.SQLITE_OK ? current : 0;

    /// <summary>Undoes what was begun, if anything was.</summary>
    public void TryRollback()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // There was no transaction, or SQLite has rolled it back itself, as it does on a full disk.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
        {
            statement.Handle.Dispose();
        }

        connection.Dispose();
    }

    private sqlite3_stmt Bind(string sql, ReadOnlySpan<SqliteValue> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var statement))
        {
            _prepared.Add(sql, statement = Prepare(sql, parameters.Length));
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            Check(parameters[i].BindTo(statement.Handle, statement.Places[i]));
        }

        return statement.Handle;
    }

    private Statement Prepare(string sql, int parameters)
    {
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        return new Statement(handle, [.. Enumerable.Range(1, parameters).Select(number => raw.sqlite3_bind_parameter_index(handle, string.Create(CultureInfo.InvariantCulture, $"${number}")))]);
    }

    /// <summary>Whether there is a row.</summary>
    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        Check(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result);
        return false;
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);

    /// <param name="Handle">The prepared statement.</param>
    /// <param name="Places">Where SQLite has $1, $2, …</param>
    private sealed record Statement(sqlite3_stmt Handle, int[] Places);
}
