using Microsoft.Data.Sqlite;

namespace EhrLedger.Benchmarks.Ledger;

/// <summary>SQLite with one table and nothing else: what it costs to have the bytes on the disk.</summary>
internal sealed class RawInserts : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _value;

    public RawInserts(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Run("PRAGMA journal_mode=WAL");
        Run("PRAGMA synchronous=FULL");
        Run("CREATE TABLE raw(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO raw(bytes) VALUES($1)";
        _value = _insert.Parameters.Add("$1", SqliteType.Blob);
        _insert.Prepare();
    }

    /// <summary>One durable transaction for each batch.</summary>
    public void Insert(IReadOnlyList<ReadOnlyMemory<byte>> rows, int batch)
    {
        foreach (var chunk in rows.Chunk(batch))
        {
            Run("BEGIN IMMEDIATE");
            foreach (var row in chunk)
            {
                _value.Value = row.ToArray();
                _insert.ExecuteNonQuery();
            }

            Run("COMMIT");
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
