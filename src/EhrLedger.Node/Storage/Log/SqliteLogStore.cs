using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Storage.Log;

/// <summary>
/// log.db. One connection writes, under a lock; readers take a connection from a pool and see what is committed. WAL with synchronous=FULL: an append has returned only when the disk has it.
/// The commands are prepared once; why they are not EF Core's is in docs/decisions/0002-sqlite-hot-path.md.
/// </summary>
internal sealed class SqliteLogStore : ILogStore
{
    private readonly LogReaders _readers;
    private readonly Lock _writing = new();
    private readonly string _path;
    private LogWriter? _writer;

    private SqliteLogStore(string path)
    {
        _path = path;
        _readers = new LogReaders(path);
    }

    /// <summary>Opens the file, makes it where it is absent, and brings its schema up to date.</summary>
    /// <exception cref="StoreFailedException">The file can't be opened, or is no such database.</exception>
    public static SqliteLogStore Open(string path)
    {
        try
        {
            Sqlite.Migrate<LogDbContext>(path, options => new LogDbContext(options));
            var store = new SqliteLogStore(path) { _writer = new LogWriter(path) };
            return store;
        }
        catch (SqliteException broken)
        {
            throw Failed(broken);
        }
    }

    /// <inheritdoc/>
    public void Append(LogAppend batch) => Write(writer => writer.Append(batch));

    /// <inheritdoc/>
    public void SaveFinal(byte[] note) => Write(writer => writer.SaveFinal(note));

    /// <inheritdoc/>
    public LogHead ReadHead() => Read(reader => reader.ReadHead());

    /// <inheritdoc/>
    public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count) => first > long.MaxValue || count <= 0 ? [] : Read(reader => reader.ReadLeaves(first, count));

    /// <inheritdoc/>
    public TopicRecord? FindTopic(Topic topic) => Read(reader => reader.FindTopic(topic));

    /// <inheritdoc/>
    public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count) =>
        firstNumber > long.MaxValue || count <= 0 ? [] : Read(reader => reader.ReadTopic(topic, firstNumber, count));

    /// <inheritdoc/>
    public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind) => Read(reader => reader.ReadTopics(kind));

    /// <inheritdoc/>
    public ulong? FindRecent(Digest entry) => Read(reader => reader.FindRecent(entry));

    /// <inheritdoc/>
    public byte[]? ReadFinal() => Read(reader => reader.ReadFinal());

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(Read(reader => reader.ReadHashes(level, firstIndex, count)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_writing)
        {
            _writer?.Dispose();
            _writer = null;
        }

        _readers.Dispose();
    }

    private void Write(Action<LogWriter> write)
    {
        lock (_writing)
        {
            try
            {
                write(_writer ??= new LogWriter(_path));
            }
            catch (SqliteException broken)
            {
                // What SQLite leaves open after an I/O error is not worth a guess: the next write starts on a new connection.
                _writer?.Abandon();
                _writer = null;
                throw Failed(broken);
            }
        }
    }

    private T Read<T>(Func<LogReader, T> read)
    {
        try
        {
            return _readers.Use(read);
        }
        catch (Exception broken) when (broken is SqliteException or InvalidCastException or FormatException)
        {
            throw Failed(broken);
        }
    }

    private static StoreFailedException Failed(Exception broken) => broken is SqliteException { SqliteErrorCode: 13 }
        ? new StoreFailedException("The disk that holds the log is full.", broken)
        : new StoreFailedException($"The log's store can't be used: {broken.Message}", broken);
}
