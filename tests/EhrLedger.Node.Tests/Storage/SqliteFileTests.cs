using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class SqliteFileTests
{
    private const int Commits = 160;
    private const int BytesPerCommit = 1 << 20;
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ehrledger-sqlite-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Keeps_the_WAL_within_bounds_and_every_commit_while_others_read()
    {
        var path = Path.Combine(_folder, "a.db");
        using (var schema = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            schema.Open();
            using var create = schema.CreateCommand();
            create.CommandText = "CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
            create.ExecuteNonQuery();
        }

        using (var file = new SqliteFile(path))
        {
            using var stopping = new CancellationTokenSource();
            var reading = Task.Run(() =>
            {
                while (!stopping.IsCancellationRequested)
                {
                    file.Read(session => session.Query("SELECT id FROM blobs", row => row.GetInt64(0)));
                }
            });
            var bytes = new byte[BytesPerCommit];
            for (var i = 1; i <= Commits; i++)
            {
                file.Write(session => session.Execute("INSERT INTO blobs VALUES ($1, $2)", (long)i, bytes));
            }

            await stopping.CancelAsync();
            await reading;
            Assert.That(new FileInfo(path + "-wal").Length, Is.LessThan(Commits / 2 * BytesPerCommit));
        }

        using var again = new SqliteFile(path);
        Assert.That(again.Read(session => session.Find("SELECT COUNT(*) FROM blobs", row => row.GetInt64(0))), Is.EqualTo(Commits));
    }

    [Test]
    public void Gives_back_what_was_written_whatever_the_order_of_its_parameters()
    {
        using var file = new SqliteFile(Path.Combine(_folder, "b.db"));
        file.Write(session => session.Execute("CREATE TABLE t (a INTEGER, b BLOB, c INTEGER)"));
        Assert.That(file.Write(session => session.Execute("INSERT INTO t (c, b, a) VALUES ($3, $2, $1)", 7, Array.Empty<byte>(), true)), Is.EqualTo(1));
        file.Write(session => session.Execute("INSERT INTO t VALUES ($1, $2, $3)", (long?)null, (byte[]?)null, long.MinValue));
        Assert.That(file.Read(session => session.Query("SELECT * FROM t", row => (row.IsNull(0), row.GetInt64(0), row.IsNull(1), row.GetBytes(1).Length, row.GetBoolean(2), row.GetInt64(2)))), Is.EqualTo(new[]
        {
            (false, 7, false, 0, true, 1),
            (true, 0L, true, 0, true, long.MinValue),
        }));
    }

    [Test]
    public void A_statement_that_fails_can_be_run_again()
    {
        using var file = new SqliteFile(Path.Combine(_folder, "c.db"));
        file.Write(session => session.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY)"));
        void Insert(long number) => file.Write(session => session.Execute("INSERT INTO t VALUES ($1)", number));
        Insert(1);
        Assert.That(() => Insert(1), Throws.TypeOf<StoreFailedException>());
        Insert(2);
        Assert.That(() => file.Read(session => session.Find("SELECT a FROM t ORDER BY a", row => row.GetInt64(0) == 1 ? throw new InvalidOperationException() : 0)), Throws.InvalidOperationException);
        Assert.That(file.Read(session => session.Query("SELECT a FROM t ORDER BY a", row => row.GetInt64(0))), Is.EqualTo(new[] { 1L, 2L }));
    }

    [Test]
    public void A_value_of_another_type_is_no_value()
    {
        using var file = new SqliteFile(Path.Combine(_folder, "d.db"));
        file.Write(session => session.Execute("CREATE TABLE t (a, b)"));
        file.Write(session => session.Execute("INSERT INTO t VALUES ('12', 12)"));
        Assert.That(() => file.Read(session => session.Find("SELECT a FROM t", row => row.GetInt64(0))), Throws.TypeOf<InvalidCastException>());
        Assert.That(() => file.Read(session => session.Find("SELECT b FROM t", row => row.GetBytes(0))), Throws.TypeOf<InvalidCastException>());
    }
}
