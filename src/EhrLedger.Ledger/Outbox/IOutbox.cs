using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Outbox;

/// <summary>
/// An author's batches on their way to the ledger, in the author's own store. What stands here was acknowledged to somebody: it is never lost, and it stays for as long as a log could
/// still lose it.
/// </summary>
public interface IOutbox
{
    /// <summary>Number that the author's next batch will get: one more than the newest here.</summary>
    ulong NextNumber { get; }

    /// <summary>The batch of this number. Null if there is none.</summary>
    OutboxItem? Find(ulong number);

    /// <summary>Batches from a number on, in their order and without a gap; fewer than asked for at the end.</summary>
    IReadOnlyList<OutboxItem> FindFrom(ulong first, int count);

    /// <summary>Completes when a batch has been added since the task was asked for.</summary>
    Task WaitForBatchAsync(CancellationToken cancellationToken);

    /// <summary>Keeps a new signature of a batch whose first one has expired.</summary>
    void KeepSigned(ulong number, ReadOnlyMemory<byte> entry);
}

/// <summary>One batch in the outbox.</summary>
/// <param name="Number">The author's own count.</param>
/// <param name="Type">RecordsAnchored or AuthorReads.</param>
/// <param name="Body">The encoded <see cref="BatchBody"/>.</param>
/// <param name="EntryBytes">The signed entry as it was made last.</param>
/// <param name="Since">When the batch was made.</param>
public sealed record OutboxItem(ulong Number, EntryType Type, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> EntryBytes, DateTimeOffset Since);
