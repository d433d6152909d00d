using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Node.Storage.Records;

/// <summary>The author's outbox in records.db, written in the transaction of what it anchors.</summary>
internal sealed class OutboxStore(SqliteFile file, TimeProvider time) : IOutbox
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Number and body of the newest batch; null before the first.</summary>
    public (ulong Number, byte[] Body)? FindNewest() => file.Read(session => session.Find(
        "SELECT Number, Body FROM batches ORDER BY Number DESC LIMIT 1", row => ((ulong, byte[])?)((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1))));

    /// <summary>Adds a batch, inside the caller's transaction. <see cref="Added"/> is to be called after the commit.</summary>
    public void Add(SqliteSession session, ulong number, EntryType type, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> entry) =>
        session.Execute(
            "INSERT INTO batches (Number, Type, Body, Entry, Since, LogIndex) VALUES ($1, $2, $3, $4, $5, NULL)",
            (long)number,
            (long)type.Number,
            body.ToArray(),
            entry.ToArray(),
            time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Wakes the pump.</summary>
    public void Added()
    {
        TaskCompletionSource added;
        lock (_lock)
        {
            added = _added;
            _added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        added.SetResult();
    }

    /// <inheritdoc/>
    public OutboxItem? FindOldestUnlogged() => file.Read(session => session.Find(
        "SELECT Number, Type, Body, Entry, Since FROM batches WHERE LogIndex IS NULL ORDER BY Number LIMIT 1",
        row => new OutboxItem(
            (ulong)row.GetInt64(0),
            new EntryType((uint)row.GetInt64(1)),
            row.GetFieldValue<byte[]>(2),
            row.GetFieldValue<byte[]>(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)))));

    /// <inheritdoc/>
    public async Task WaitForBatchAsync(CancellationToken cancellationToken)
    {
        Task added;
        lock (_lock)
        {
            added = _added.Task;
        }

        await added.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void KeepSigned(ulong number, ReadOnlyMemory<byte> entry) =>
        file.Write(session => session.Execute("UPDATE batches SET Entry = $1 WHERE Number = $2", entry.ToArray(), (long)number));

    /// <inheritdoc/>
    /// <remarks>May be lost in a crash: the author's own topic tells it again. Waiting for the disk here would hold up everybody who writes.</remarks>
    public void KeepLogged(ulong number, ulong index) =>
        file.WriteLazily(session => session.Execute("UPDATE batches SET LogIndex = $1 WHERE Number = $2", (long)index, (long)number));

    /// <summary>Where a batch stands in the log; null if it is not known to be there yet.</summary>
    public ulong? FindLogIndex(ulong number) => file.Read(session => session.Find(
        "SELECT LogIndex FROM batches WHERE Number = $1", row => row.IsDBNull(0) ? null : (ulong?)row.GetInt64(0), (long)number));
}
