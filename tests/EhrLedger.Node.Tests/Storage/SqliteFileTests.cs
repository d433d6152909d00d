using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

// How far a WAL grows depends on when its readers get a turn: they have the processors for themselves.
[NonParallelizable]
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
    public async Task Keeps_the_WAL_within_bounds_although_somebody_is_reading_at_every_moment()
    {
        var path = Path.Combine(_folder, "h.db");
        using var file = new SqliteFile(path);
        file.Write(session => session.Execute("CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"));
        file.Write(session => session.Execute("INSERT INTO blobs VALUES (0, x'00')"));
        using var stopping = new CancellationTokenSource();
        using var oneBegan = new SemaphoreSlim(0);
        using var otherBegan = new SemaphoreSlim(0);

        // Neither ends a read before the other has begun one.
        var one = OnAThreadOfItsOwn(() => ReadUntilStopped(oneBegan, otherBegan));
        await oneBegan.WaitAsync();
        var other = OnAThreadOfItsOwn(() => ReadUntilStopped(otherBegan, oneBegan));
        var bytes = new byte[BytesPerCommit];
        for (var i = 1; i <= Commits; i++)
        {
            file.Write(session => session.Execute("INSERT INTO blobs VALUES ($1, $2)", (long)i, bytes));
        }

        await stopping.CancelAsync();
        await Task.WhenAll(one, other);
        Assert.That(new FileInfo(path + "-wal").Length, Is.LessThan(Commits / 2 * BytesPerCommit));

        static Task OnAThreadOfItsOwn(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        void ReadUntilStopped(SemaphoreSlim began, SemaphoreSlim next)
        {
            try
            {
                while (true)
                {
                    file.Read(session => session.Find("SELECT id FROM blobs ORDER BY id", row =>
                    {
                        began.Release();
                        next.Wait(stopping.Token);
                        return row.GetInt64(0);
                    }));
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
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

    [Test]
    public async Task Settled_readers_see_every_write_that_has_returned_and_one_state_at_a_time()
    {
        using var file = new SqliteFile(Path.Combine(_folder, "e.db"));
        file.Write(session => session.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER)"));
        file.Write(session => session.Execute("CREATE TABLE beside (a INTEGER PRIMARY KEY)"));
        file.Write(session => session.Execute("INSERT INTO t VALUES (1, 0), (2, 0)"));
        var written = 0L;
        using var stopping = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var wrong = 0;
            while (!stopping.IsCancellationRequested)
            {
                var least = Interlocked.Read(ref written);
                var (one, other) = file.ReadSettled(session => (ValueOf(session, 1), ValueOf(session, 2)));
                wrong += one != other || one < least ? 1 : 0;
            }

            return wrong;
        })).ToList();
        for (var i = 1L; i <= 500; i++)
        {
            file.Write(session => session.Execute("UPDATE t SET b = $1", i));
            Interlocked.Exchange(ref written, i);
            file.WriteBeside(session => session.Execute("INSERT INTO beside VALUES ($1)", i));
        }

        await stopping.CancelAsync();
        Assert.That(await Task.WhenAll(readers), Is.All.Zero);
        Assert.That(file.Read(session => session.Find("SELECT COUNT(*) FROM beside", row => row.GetInt64(0))), Is.EqualTo(500));

        static long ValueOf(SqliteSession session, long key) => session.Find("SELECT b FROM t WHERE a = $1", row => row.GetInt64(0), key);
    }

    [Test]
    public async Task Settled_readers_do_not_make_the_WAL_grow_without_end()
    {
        var path = Path.Combine(_folder, "f.db");
        using var file = new SqliteFile(path);
        file.Write(session => session.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY)"));
        file.Write(session => session.Execute("CREATE TABLE beside (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"));
        using var stopping = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            while (!stopping.IsCancellationRequested)
            {
                file.ReadSettled(session => session.Query("SELECT a FROM t", row => row.GetInt64(0)));
            }
        });
        var bytes = new byte[BytesPerCommit];
        for (var i = 1; i <= Commits; i++)
        {
            file.WriteBeside(session => session.Execute("INSERT INTO beside VALUES ($1, $2)", (long)i, bytes));
        }

        await stopping.CancelAsync();
        await reading;
        Assert.That(new FileInfo(path + "-wal").Length, Is.LessThan(Commits / 2 * BytesPerCommit));
    }

    [Test]
    public void A_settled_reader_whose_work_fails_can_be_used_again()
    {
        using var file = new SqliteFile(Path.Combine(_folder, "g.db"));
        file.Write(session => session.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY)"));
        Assert.That(() => file.ReadSettled(session => session.Execute("SELECT nothing FROM t")), Throws.TypeOf<StoreFailedException>());
        Assert.That(() => file.ReadSettled<int>(_ => throw new InvalidOperationException()), Throws.InvalidOperationException);
        Assert.That(file.ReadSettled(session => session.Query("SELECT a FROM t", row => row.GetInt64(0))), Is.Empty);
    }
}
