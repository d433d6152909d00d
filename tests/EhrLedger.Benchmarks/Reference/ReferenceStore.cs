using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Benchmarks.Reference;

/// <summary>One version of a resource in the clear, and what it is found by.</summary>
/// <param name="Type">Of the resource.</param>
/// <param name="Id">Logical id.</param>
/// <param name="Json">As it is answered.</param>
/// <param name="Patient">Such as <c>Patient/1</c>; null for none.</param>
/// <param name="Code"><c>system|code</c> of the first coding; null for none.</param>
/// <param name="Date">Of what it is about; null for none.</param>
/// <param name="Identifiers"><c>system|value</c>.</param>
internal sealed record PlainVersion(string Type, string Id, byte[] Json, string? Patient, string? Code, string? Date, IReadOnlyList<string> Identifiers);

/// <summary>
/// Plaintext in SQLite with a group commit: what arrives within a millisecond is written in one transaction, WAL with synchronous=FULL, and is on the disk when the task completes.
/// </summary>
internal sealed class ReferenceStore : IDisposable
{
    private static readonly TimeSpan GroupCommit = TimeSpan.FromMilliseconds(1);
    private readonly string _connectionString;
    private readonly Channel<(IReadOnlyList<PlainVersion> Versions, TaskCompletionSource Done)> _queue =
        Channel.CreateUnbounded<(IReadOnlyList<PlainVersion>, TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly System.Collections.Concurrent.ConcurrentBag<SqliteConnection> _readers = [];
    private readonly Thread _writer;

    /// <param name="path">Of the database.</param>
    /// <param name="searchable">With indices by patient and date, by code alone and by patient alone.</param>
    public ReferenceStore(string path, bool searchable)
    {
        _connectionString = $"Data Source={path};Pooling=False";
        using (var connection = Open())
        {
            Run(connection, """
                CREATE TABLE IF NOT EXISTS resources(type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, json BLOB NOT NULL, PRIMARY KEY(type, id, version)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS current(type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, patient TEXT, code TEXT, date TEXT, PRIMARY KEY(type, id)) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS by_patient_and_code ON current(type, patient, code);
                CREATE TABLE IF NOT EXISTS identifiers(type TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(type, value, id)) WITHOUT ROWID;
                """);
            if (searchable)
            {
                Run(connection, """
                    CREATE INDEX IF NOT EXISTS by_patient_and_date ON current(type, patient, date);
                    CREATE INDEX IF NOT EXISTS by_code ON current(type, code);
                    CREATE INDEX IF NOT EXISTS by_patient ON current(patient);
                    """);
            }
        }

        _writer = new Thread(WriteAll) { IsBackground = true, Name = "group commit" };
        _writer.Start();
    }

    /// <summary>Completes when all of them are on the disk, in one transaction.</summary>
    public Task WriteAsync(IReadOnlyList<PlainVersion> versions)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _queue.Writer.TryWrite((versions, done)) ? done.Task : throw new ObjectDisposedException(nameof(ReferenceStore));
    }

    // CROSS JOIN and INDEXED BY: without them SQLite reads all resources of the type, because it knows nothing of the tables yet.
    public byte[]? Find(string type, string id) => Read(
        "SELECT r.json FROM current c CROSS JOIN resources r ON r.type = c.type AND r.id = c.id AND r.version = c.version WHERE c.type = $1 AND c.id = $2",
        100, type, id) is [var json, ..] ? json : null;

    public List<byte[]> Search(string type, string patient, string code, int count) => Read(
        "SELECT r.json FROM current c INDEXED BY by_patient_and_code CROSS JOIN resources r ON r.type = c.type AND r.id = c.id AND r.version = c.version WHERE c.type = $1 AND c.patient = $2 AND c.code = $3 LIMIT 1000",
        count, type, patient, code);

    public List<byte[]> SearchByDate(string type, string patient, string from, string before, int count) => Read(
        "SELECT r.json FROM current c INDEXED BY by_patient_and_date CROSS JOIN resources r ON r.type = c.type AND r.id = c.id AND r.version = c.version WHERE c.type = $1 AND c.patient = $2 AND c.date >= $3 AND c.date < $4 LIMIT 1000",
        count, type, patient, from, before);

    public List<byte[]> SearchByCode(string type, string code, int count) => Read(
        "SELECT r.json FROM current c INDEXED BY by_code CROSS JOIN resources r ON r.type = c.type AND r.id = c.id AND r.version = c.version WHERE c.type = $1 AND c.code = $2 LIMIT 1000",
        count, type, code);

    public List<byte[]> Everything(string patient) => Read(
        "SELECT r.json FROM current c INDEXED BY by_patient CROSS JOIN resources r ON r.type = c.type AND r.id = c.id AND r.version = c.version WHERE c.patient = $1",
        int.MaxValue, patient);

    public string? FindByIdentifier(string type, string identifier) =>
        Read("SELECT CAST(id AS BLOB) FROM identifiers WHERE type = $1 AND value = $2", 1, type, identifier) is [var id, ..] ? System.Text.Encoding.UTF8.GetString(id) : null;

    public void Dispose()
    {
        _queue.Writer.Complete();
        _writer.Join();
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private List<byte[]> Read(string sql, int count, params string[] parameters)
    {
        var connection = _readers.TryTake(out var idle) ? idle : Open();
        using var command = Prepare(connection, sql, parameters.Length);
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i];
        }

        var rows = new List<byte[]>();
        using (var reader = command.ExecuteReader())
        {
            while (rows.Count < count && reader.Read())
            {
                rows.Add(reader.GetFieldValue<byte[]>(0));
            }
        }

        _readers.Add(connection);
        return rows;
    }

    private void WriteAll()
    {
        using var connection = Open();
        using var insert = Prepare(
            connection, "INSERT INTO resources SELECT $1, $2, 1 + coalesce((SELECT version FROM current WHERE type = $1 AND id = $2), 0), $3", 3);
        using var point = Prepare(
            connection,
            "INSERT INTO current VALUES($1, $2, 1, $3, $4, $5) ON CONFLICT(type, id) DO UPDATE SET version = version + 1, patient = excluded.patient, code = excluded.code, date = excluded.date", 5);
        using var identify = Prepare(connection, "INSERT OR IGNORE INTO identifiers VALUES($1, $2, $3)", 3);
        var batch = new List<TaskCompletionSource>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            Run(connection, "BEGIN IMMEDIATE");
            var since = Stopwatch.GetTimestamp();
            while (true)
            {
                while (_queue.Reader.TryRead(out var next))
                {
                    foreach (var version in next.Versions)
                    {
                        Execute(insert, version.Type, version.Id, version.Json);
                        Execute(point, version.Type, version.Id, version.Patient, version.Code, version.Date);
                        foreach (var identifier in version.Identifiers)
                        {
                            Execute(identify, version.Type, identifier, version.Id);
                        }
                    }

                    batch.Add(next.Done);
                }

                if (Stopwatch.GetElapsedTime(since) >= GroupCommit)
                {
                    break;
                }

                Thread.Sleep(GroupCommit - Stopwatch.GetElapsedTime(since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }

            Run(connection, "COMMIT");
            foreach (var done in batch)
            {
                done.SetResult();
            }
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        Run(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000");
        return connection;
    }

#pragma warning disable CA2100 // Constants of this class.
    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        var command = new SqliteCommand(sql, connection);
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${i}") });
        }

        return command;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100

    private static void Execute(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }
}
