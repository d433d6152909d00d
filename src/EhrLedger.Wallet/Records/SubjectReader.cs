using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Records;

/// <summary>Reads all that there is of one subject: its topic, who looked, and its records, which the device keeps.</summary>
internal sealed class SubjectReader(WalletSession session, SubjectTopics topics, OwnRecordReader records)
{
    // An idle log is cosigned anew every ten seconds.
    private static readonly TimeSpan RecentEnough = TimeSpan.FromSeconds(15);

    private readonly AuthorReadReader _reads = new(session);
    private readonly RecordKeeper _kept = new(session);

    /// <summary>What an author was asked for before its turn.</summary>
    /// <param name="Seen">How many rows this wallet had seen when it asked.</param>
    /// <param name="Reads">The author's own reads; null where it was not asked.</param>
    /// <param name="Records">Its records.</param>
    internal sealed record FirstRows((ulong Writes, ulong Reads) Seen, Task<Answer<SubjectReads>>? Reads, Task<Answer<SubjectRecords>>? Records);

    /// <summary>Asks the author for what stands first, so that the answer is on its way.</summary>
    public FirstRows Begin(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var keys = session.KeysOf(relationship, category);
        return session.State.Find(relationship) is { } tie && session.Nodes.Find(tie.Organisation) is { } author
            ? new FirstRows(SeenOf(relationship, category), _reads.AskAsync(author, keys, 0, cancellationToken), records.AskAsync(author, keys, 0, cancellationToken))
            : new FirstRows(default, null, null);
    }

    /// <summary>Reads everything of a subject. About one that this wallet has not opened on the ledger only its author is asked.</summary>
    public async Task<SubjectRead> ReadAsync(uint relationship, Category category, FirstRows first, CancellationToken cancellationToken)
    {
        if (session.Log.Newest is not { } newest || session.Now - newest.CosignedAt > RecentEnough)
        {
            await session.Log.RefreshAsync(cancellationToken).ConfigureAwait(false);
        }

        // Somebody has read more rows since: by what was asked for before, some would seem to be cut off.
        if (first.Seen != SeenOf(relationship, category))
        {
            first = new FirstRows(default, null, null);
        }

        var findings = new List<Finding>();
        var view = await topics.FindUnopenedAsync(relationship, category, cancellationToken).ConfigureAwait(false) ?? await topics.SyncAsync(relationship, category, cancellationToken).ConfigureAwait(false);
        var events = await ReadLogAsync(view, first.Reads, findings, cancellationToken).ConfigureAwait(false);
        return new SubjectRead(events, findings, await ReadRecordsAsync(view, first.Records, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Who looked, as entries and rows say.</summary>
    public async Task<List<AccessEvent>> ReadLogAsync(SubjectView view, Task<Answer<SubjectReads>>? first, List<Finding> findings, CancellationToken cancellationToken) =>
    [
        .. await new AccessLogReader(session).ReadAsync(view, findings, cancellationToken).ConfigureAwait(false),
        .. await _reads.ReadAsync(view, first, findings, cancellationToken).ConfigureAwait(false),
    ];

    /// <summary>The records, with what this device has opened before, and kept for the next time.</summary>
    public async Task<OwnRecords> ReadRecordsAsync(SubjectView view, Task<Answer<SubjectRecords>>? first, CancellationToken cancellationToken)
    {
        var before = await FindKeptAsync(view.Relationship.Index, view.Category, cancellationToken).ConfigureAwait(false);
        var read = await records.ReadAsync(view, before?.Records ?? [], first, cancellationToken).ConfigureAwait(false);
        await _kept.KeepAsync(view, before, read, cancellationToken).ConfigureAwait(false);
        return read;
    }

    private (ulong Writes, ulong Reads) SeenOf(uint relationship, Category category) =>
        session.State.Find(relationship)?.Mark(category) is { } mark ? (mark.WritesNext, mark.ReadsNext) : default;

    /// <summary>What this device has kept; null if nothing.</summary>
    public Task<KeptRecords?> FindKeptAsync(uint relationship, Category category, CancellationToken cancellationToken) => _kept.FindAsync(relationship, category, cancellationToken);
}
