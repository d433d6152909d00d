using System.Collections.Concurrent;
using EhrLedger.Ledger.Replication;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Storage;

/// <summary>
/// One SQLite database for a hot path: a single writer whose commits are on the disk when they return (WAL, synchronous=FULL), and any number of readers that see only what is
/// committed. Statements are prepared once per connection. The WAL is copied into the database beside the writer, not by the commit that happens to fill it.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private const int CacheWrites = 9; // SQLITE_DBSTATUS_CACHE_WRITE: pages that a connection has written, here to the WAL.
    private const int PagesPerCheckpoint = 4_000;
    private const int MostPages = 4 * PagesPerCheckpoint;
    private const int ShortPause = 20; // ms that commits wait for readers at most, where it can be tried again soon
    private const int LongPause = 500; // and where it can't

    private readonly string _connectionString;
    private readonly Lock _writing = new();
    private readonly SqliteSession _writer;
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly ConcurrentBag<Snapshot> _snapshots = [];
    private long _changes;
    private int _atCheckpoint;
    private int _atRestart;
    private int _checkpoints;
    private Task _checkpoint = Task.CompletedTask;
    private volatile bool _disposed;

    /// <param name="path">The file; its schema stands already.</param>
    public SqliteFile(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        _writer = Open();
        _writer.Execute("PRAGMA wal_autocheckpoint=0");
    }

    /// <summary>Runs in one transaction that is committed, and on the disk, when this returns. What it throws undoes all.</summary>
    /// <exception cref="StoreFailedException">The disk is full or broken. The transaction may or may not be there.</exception>
    public T Write<T>(Func<SqliteSession, T> work)
    {
        try
        {
            return Commit(work);
        }
        finally
        {
            // Also where it failed: it may be there.
            Interlocked.Increment(ref _changes);
        }
    }

    /// <summary>As above, for work that returns nothing.</summary>
    public void Write(Action<SqliteSession> work) => Write<object?>(session =>
    {
        work(session);
        return null;
    });

    /// <summary>As above, for tables that nobody reads with <see cref="ReadSettled"/>: what its readers have in memory stays good.</summary>
    /// <exception cref="StoreFailedException">As above.</exception>
    public void WriteBeside(Action<SqliteSession> work) => Commit<object?>(session =>
    {
        work(session);
        return null;
    });

    /// <summary>As <see cref="WriteBeside"/>, but the transaction need not be on the disk when this returns: a power cut may undo it, but harms nothing else.</summary>
    /// <exception cref="StoreFailedException">The disk is full or broken.</exception>
    public void WriteLazily(Action<SqliteSession> work)
    {
        lock (_writing)
        {
            try
            {
                _writer.Execute("PRAGMA synchronous=NORMAL");
                try
                {
                    WriteBeside(work);
                }
                finally
                {
                    _writer.Execute("PRAGMA synchronous=FULL");
                }
            }
            catch (SqliteException sqlite)
            {
                throw new StoreFailedException($"SQLite error {sqlite.SqliteErrorCode} in a write.", sqlite);
            }
        }
    }

    /// <summary>Runs on a reader; what it reads is one committed state per statement.</summary>
    /// <exception cref="StoreFailedException">The disk is broken.</exception>
    public T Read<T>(Func<SqliteSession, T> work)
    {
        var session = _readers.TryTake(out var idle) ? idle : Open();
        try
        {
            return work(session);
        }
        catch (SqliteException sqlite)
        {
            throw new StoreFailedException($"SQLite error {sqlite.SqliteErrorCode} in a read.", sqlite);
        }
        finally
        {
            if (_disposed)
            {
                session.Dispose();
            }
            else
            {
                _readers.Add(session);
            }
        }
    }

    /// <summary>
    /// As <see cref="Read"/>, for work of several statements on tables that only <see cref="Write"/> changes: all see one committed state. A reader keeps it, and with it SQLite's pages in memory,
    /// for as long as no such write has been made; it is never older than the last that has returned.
    /// </summary>
    /// <exception cref="StoreFailedException">The disk is broken.</exception>
    public T ReadSettled<T>(Func<SqliteSession, T> work)
    {
        var snapshot = _snapshots.TryTake(out var idle) ? idle : new Snapshot(Open());
        var kept = false;
        try
        {
            snapshot.Begin(Interlocked.Read(ref _changes));
            var result = work(snapshot.Session);
            kept = true;
            return result;
        }
        catch (SqliteException sqlite)
        {
            throw new StoreFailedException($"SQLite error {sqlite.SqliteErrorCode} in a read.", sqlite);
        }
        finally
        {
            if (_disposed)
            {
                snapshot.Session.Dispose();
            }
            else
            {
                // While the WAL is copied, nobody may hold on to an old end of it.
                if (!kept || Volatile.Read(ref _checkpoints) > 0)
                {
                    snapshot.End();
                }

                _snapshots.Add(snapshot);
            }
        }
    }

    /// <summary>
    /// Copies the whole WAL into the database and cuts it to nothing: what was deleted before, and so overwritten in the database's pages, is in neither file any more.
    /// </summary>
    /// <returns>False while a reader holds on to an older state: try again.</returns>
    /// <exception cref="StoreFailedException">The disk is full or broken.</exception>
    public bool TryScrub()
    {
        try
        {
            lock (_writing)
            {
                return TryCheckpoint("TRUNCATE", LongPause);
            }
        }
        catch (SqliteException sqlite)
        {
            throw new StoreFailedException($"SQLite error {sqlite.SqliteErrorCode} in a checkpoint.", sqlite);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _checkpoint.Wait();
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        while (_snapshots.TryTake(out var snapshot))
        {
            snapshot.Session.Dispose();
        }

        lock (_writing)
        {
            _writer.Dispose();
        }
    }

    private T Commit<T>(Func<SqliteSession, T> work)
    {
        lock (_writing)
        {
            try
            {
                _writer.Execute("BEGIN IMMEDIATE");
                var result = work(_writer);
                _writer.Execute("COMMIT");
                CheckpointWhereDue();
                return result;
            }
            catch (Exception failure)
            {
                _writer.TryRollback();
                if (failure is SqliteException sqlite)
                {
                    throw new StoreFailedException($"SQLite error {sqlite.SqliteErrorCode} in a write.", sqlite);
                }

                throw;
            }
        }
    }

    /// <summary>
    /// Under the writer's lock. A commit that copied the WAL itself would make those behind it wait for tens of milliseconds; only where copying beside the writer came to no end,
    /// because at each try somebody was reading, it does.
    /// </summary>
    private void CheckpointWhereDue()
    {
        var written = _writer.Count(CacheWrites);
        if (unchecked(written - _atRestart) > MostPages)
        {
            _atRestart = _atCheckpoint = written;
            try
            {
                TryCheckpoint("RESTART", LongPause);
            }
            catch (SqliteException)
            {
                // The commit is on the disk, and the WAL has it.
            }
        }
        else if (unchecked(written - _atCheckpoint) > PagesPerCheckpoint && _checkpoint.IsCompleted && !_disposed)
        {
            _atCheckpoint = written;
            _checkpoint = Task.Run(Checkpoint);
        }
    }

    private void Checkpoint()
    {
        Interlocked.Increment(ref _checkpoints);
        try
        {
            LetGo();

            // Most of it while others write; the little that they have added meanwhile with nobody writing, so that the WAL begins anew.
            Read(session => session.Execute("PRAGMA wal_checkpoint(PASSIVE)"));
            lock (_writing)
            {
                if (!_disposed && TryCheckpoint("RESTART", ShortPause))
                {
                    _atRestart = _writer.Count(CacheWrites);
                }
            }
        }
        catch (Exception failure) when (failure is StoreFailedException or SqliteException)
        {
            // Nothing is lost, the WAL has it; it is tried again, and at the latest by the commit that makes the WAL too long.
        }
        finally
        {
            Interlocked.Decrement(ref _checkpoints);
        }
    }

    /// <summary>Under the writer's lock: nobody writes for as long as this waits for readers of an older state.</summary>
    /// <param name="mode">RESTART, after which the next commit begins the WAL anew, or TRUNCATE, which cuts it to nothing as well.</param>
    /// <param name="patience">In milliseconds.</param>
    /// <returns>False where a reader was there all the time.</returns>
    private bool TryCheckpoint(string mode, int patience)
    {
        Interlocked.Increment(ref _checkpoints);
        try
        {
            LetGo();
            _writer.Execute($"PRAGMA busy_timeout={patience}");
            try
            {
                return _writer.Find($"PRAGMA wal_checkpoint({mode})", row => row.GetInt64(0) == 0);
            }
            finally
            {
                _writer.Execute("PRAGMA busy_timeout=30000");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _checkpoints);
        }
    }

    /// <summary>Lets go of what idle readers hold: the WAL can't begin anew before the oldest of it.</summary>
    private void LetGo()
    {
        var idle = new List<Snapshot>();
        while (_snapshots.TryTake(out var snapshot))
        {
            snapshot.End();
            idle.Add(snapshot);
        }

        idle.ForEach(_snapshots.Add);
    }

    private SqliteSession Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        var session = new SqliteSession(connection);
        session.Execute("PRAGMA busy_timeout=30000");
        session.Execute("PRAGMA journal_mode=WAL");
        session.Execute("PRAGMA synchronous=FULL");
        session.Execute("PRAGMA temp_store=MEMORY");
        session.Execute("PRAGMA cache_size=-16000");
        session.Execute("PRAGMA secure_delete=ON");
        return session;
    }

    /// <summary>A reader that holds on to one committed state.</summary>
    private sealed class Snapshot(SqliteSession session)
    {
        private long? _changes;

        public SqliteSession Session => session;

        /// <summary>Goes on to the newest state unless this one is as new in what counts.</summary>
        /// <param name="changes">How many writes there had been, read beforehand.</param>
        public void Begin(long changes)
        {
            if (_changes != changes)
            {
                End();
                session.Execute("BEGIN");
                _changes = changes;
            }
        }

        public void End()
        {
            if (_changes is not null)
            {
                session.TryRollback();
                _changes = null;
            }
        }
    }
}
