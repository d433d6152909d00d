using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Node.Storage.Records;

/// <summary>The author's outbox in records.db, written in the transaction of what it anchors.</summary>
internal sealed class OutboxStore(SqliteFile file) : IOutbox
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Number and body of the newest batch; null before the first.</summary>
    public (ulong Number, byte[] Body)? FindNewest() => file.Read(session => session.Find(
        "SELECT Number, Body FROM batches ORDER BY Number DESC LIMIT 1", row => ((ulong, byte[])?)((ulong)row.GetInt64(0), row.GetBytes(1))));

    /// <summary>Adds a batch, inside the caller's transaction. <see cref="Added"/> is to be called after the commit.</summary>
    /// <param name="session">In the transaction.</param>
    /// <param name="item">The batch.</param>
    /// <param name="sealedRows">As <see cref="ReadRows.Seal"/> makes them; null for a batch of writes.</param>
    public static void Add(SqliteSession session, OutboxItem item, byte[]? sealedRows) =>
        session.Execute(
            "INSERT INTO batches (Number, Type, Body, Entry, Since, Rows) VALUES ($1, $2, $3, $4, $5, $6)",
            (long)item.Number,
            (long)item.Type.Number,
            item.Body.ToArray(),
            item.EntryBytes.ToArray(),
            item.Since.ToUnixTimeMilliseconds(),
            sealedRows);

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
    public ulong NextNumber => file.Read(session => session.Find("SELECT MAX(Number) FROM batches", row => row.IsNull(0) ? 0 : (ulong)row.GetInt64(0) + 1));

    /// <inheritdoc/>
    public OutboxItem? Find(ulong number) => FindFrom(number, 1) is [var item] && item.Number == number ? item : null;

    /// <inheritdoc/>
    public IReadOnlyList<OutboxItem> FindFrom(ulong first, int count) => file.Read(session => session.Query(
        "SELECT Number, Type, Body, Entry, Since FROM batches WHERE Number >= $1 ORDER BY Number LIMIT $2",
        row => new OutboxItem(
            (ulong)row.GetInt64(0),
            new EntryType((uint)row.GetInt64(1)),
            row.GetBytes(2),
            row.GetBytes(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))),
        (long)first,
        (long)count));

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
        file.WriteBeside(session => session.Execute("UPDATE batches SET Entry = $1 WHERE Number = $2", entry.ToArray(), (long)number));
}
