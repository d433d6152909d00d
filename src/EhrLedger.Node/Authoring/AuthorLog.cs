using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// The author's group commit. Whatever has arrived while the last one was being written makes up the next: rows are numbered and put into one batch of writes and one of
/// reads, the batches are chained and signed, and everything is written in one transaction. Only then is anybody told that it is done, and only then does a page that shows something go
/// out. The vault has its own file and its own group commit, one step ahead: while records are being written, the secrets of the next ones are.
/// </summary>
internal sealed class AuthorLog
{
    private const int LargestCommit = 2_048;
    private static readonly byte[] NoHash = new byte[Digest.Length];

    private readonly GroupCommit<Item> _secrets;
    private readonly GroupCommit<Item> _rows;
    private readonly SqliteFile _records;
    private readonly VaultStore _vault;
    private readonly OutboxStore _outbox;
    private readonly ReadRows _reads;
    private readonly VersionWriter _versions;
    private readonly OrganisationId _author;
    private readonly Ed25519PrivateKey _key;
    private readonly Digest _genesis;
    private readonly SignedHere _signedHere;
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private ulong _nextBatch;
    private Digest _lastBatch;

    public AuthorLog(
        SqliteFile records,
        VaultStore vault,
        OutboxStore outbox,
        ReadRows reads,
        VersionWriter versions,
        OrganisationId author,
        Ed25519PrivateKey key,
        Digest genesis,
        SignedHere signedHere,
        TimeProvider time,
        IAlarmSink alarms)
    {
        _records = records;
        _vault = vault;
        _outbox = outbox;
        _reads = reads;
        _versions = versions;
        _author = author;
        _key = key;
        _genesis = genesis;
        _signedHere = signedHere;
        _time = time;
        _alarms = alarms;
        _secrets = new GroupCommit<Item>(KeepSecrets, Refuse, item => item.Versions.Count, LargestCommit);
        _rows = new GroupCommit<Item>(Commit, Refuse, item => item.Versions.Count + item.Reads.Count, LargestCommit);
        ReadChain();
    }

    /// <summary>Told of the outbox number after each commit that has something to deposit.</summary>
    public Action<ulong>? Anchored { get; set; }

    /// <summary>Told after each commit, and before those who wait for it, of the row of a patient (0: the directory) that something was written about; also where nobody knows whether it was.</summary>
    public Action<long>? Changed { get; set; }

    /// <summary>Told of each entry of the directory after its commit.</summary>
    public Action<string, string>? DirectoryWritten { get; set; }

    /// <summary>Told after each commit that has versions in it, whoever they are about; also where nobody knows whether it is there.</summary>
    public Action? Written { get; set; }

    /// <summary>Told after each commit of which nobody knows whether it is there.</summary>
    public Action? Failed { get; set; }

    /// <summary>Writes versions, all or none; they stand in one entry.</summary>
    /// <returns>Outbox number of the batch that anchors them; null where all are of the directory.</returns>
    /// <exception cref="StoreFailedException">Nothing was acknowledged; what was being written may or may not be there.</exception>
    public async Task<ulong?> WriteAsync(IReadOnlyList<AuthoredVersion> versions, Action<SqliteSession>? with, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var item = new Item(versions, [], with);
        (versions.Any(version => version.Sealed is not null) ? _secrets : _rows).Add(item);

        // From here on it is going to happen: giving up waiting must not make the caller believe that it did not.
        return await item.Done.Task;
    }

    /// <summary>Logs reads. When this has completed, what they name may be shown.</summary>
    /// <exception cref="StoreFailedException">Nothing may be shown.</exception>
    public async Task ReadAsync(IReadOnlyList<AuthoredRead> reads, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (reads.Count > 0)
        {
            var item = new Item([], reads, null);
            _rows.Add(item);
            await item.Done.Task;
        }
    }

    /// <summary>Logs reads, and keeps with them, in one transaction, what they are for: neither stands without the other.</summary>
    /// <param name="reads">None is possible.</param>
    /// <param name="with">Writes tables that nobody reads with <see cref="SqliteFile.ReadSettled"/>.</param>
    /// <param name="cancellationToken">Gives up before it has begun.</param>
    /// <exception cref="StoreFailedException">Nothing may be shown.</exception>
    public async Task ReadWithAsync(IReadOnlyList<AuthoredRead> reads, Action<SqliteSession> with, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (reads.Count == 0)
        {
            _records.WriteBeside(with);
            return;
        }

        var item = new Item([], reads, with);
        _rows.Add(item);
        await item.Done.Task;
    }

    /// <summary>Completes when cancelled; what still waits then fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] stages = [_secrets.UntilAsync(stopping.Token), _rows.UntilAsync(stopping.Token)];
        await Task.WhenAny(stages);
        await stopping.CancelAsync();
        await Task.WhenAll(stages);
    }

    private static void Refuse(List<Item> items) => items.ForEach(item => item.Done.TrySetException(new StoreFailedException("The node is stopping.")));

    private void KeepSecrets(List<Item> items)
    {
        try
        {
            _vault.Write(session => _versions.WriteVault(session, items.SelectMany(item => item.Versions).Where(version => version.Sealed is not null)));
        }
        catch (StoreFailedException failure)
        {
            Fail(items, failure);
            return;
        }

        _rows.AddForOthers(items);
    }

    private void Commit(List<Item> items)
    {
        try
        {
            var commit = new Numbering();
            var writes = Anchor(items.SelectMany(item => item.Versions), commit);
            var reads = Anchor(items.SelectMany(item => item.Reads), commit);
            var nextBatch = _nextBatch;
            var lastBatch = _lastBatch;
            var writeBatch = writes.Count == 0 ? null : Batch(EntryType.RecordsAnchored, writes.Batch!, ref nextBatch, ref lastBatch);
            var readBatch = reads.Count == 0 ? null : Batch(EntryType.AuthorReads, reads.Batch!, ref nextBatch, ref lastBatch);
            Action<Action<SqliteSession>> write = items.Exists(item => item.Versions.Count > 0 || (item.With is not null && item.Reads.Count == 0)) ? _records.Write : _records.WriteBeside;
            write(session =>
            {
                _versions.Write(session, items.SelectMany(item => item.Versions), writes, writeBatch?.Number);
                commit.Write(session);
                foreach (var item in items)
                {
                    item.With?.Invoke(session);
                }

                if (writeBatch is not null)
                {
                    OutboxStore.Add(session, writeBatch, null);
                }

                if (readBatch is not null)
                {
                    OutboxStore.Add(session, readBatch, _reads.Seal(reads.Encoded, reads.Questions));
                }
            });

            commit.Apply();
            TellWhoChanged(items);
            (_nextBatch, _lastBatch) = (nextBatch, lastBatch);
            if (readBatch is not null)
            {
                _reads.Added(readBatch.Number, reads.Rows);
            }

            if (writeBatch is not null || readBatch is not null)
            {
                _outbox.Added();
            }

            if (writeBatch is not null)
            {
                Anchored?.Invoke(writeBatch.Number);
            }

            foreach (var entry in items.SelectMany(item => item.Versions).Where(version => version.Sealed is null))
            {
                DirectoryWritten?.Invoke(entry.Type, entry.Id);
            }

            foreach (var item in items)
            {
                item.Done.TrySetResult(item.Versions.Any(version => version.Sealed is not null) ? writeBatch?.Number : null);
            }
        }
        catch (StoreFailedException failure)
        {
            TellWhoChanged(items);
            Fail(items, failure);
            Failed?.Invoke();

            // What was written may be there: go on from what the store says.
            TryReadChain();
        }

        FollowReads();
    }

    private void TellWhoChanged(List<Item> items)
    {
        foreach (var patientRow in items.SelectMany(item => item.Versions).Select(version => version.PatientRow).Distinct())
        {
            Changed?.Invoke(patientRow);
        }

        if (items.Exists(item => item.Versions.Count > 0))
        {
            Written?.Invoke();
        }
    }

    private void FollowReads()
    {
        try
        {
            _reads.FollowWhereDue();
        }
        catch (StoreFailedException)
        {
            // The rows themselves are on the disk, and where they stand is kept until it can be written.
            _alarms.Raise(AlarmKind.StoreFailed, "Where rows of reads stand could not be written.");
        }
    }

    private void Fail(List<Item> items, StoreFailedException failure)
    {
        _alarms.Raise(AlarmKind.StoreFailed, $"A group commit of {items.Count} requests failed.");
        foreach (var item in items)
        {
            item.Done.TrySetException(failure);
        }
    }

    private OutboxItem Batch(EntryType type, RowBatch rows, ref ulong next, ref Digest last)
    {
        var body = new BatchBody(next, last, rows.Root, RandomNumberGenerator.GetBytes(16)).Encode();
        var now = _time.GetUtcNow();
        var entry = Entry.Sign(type, _author.Topic, body, now + Entry.UsualValidity, _key, _genesis);
        _signedHere.Add(entry, _key.Public);
        var item = new OutboxItem(next, type, body, entry.SignedBytes, now);
        next++;
        last = Digest.Of(body);
        return item;
    }

    private static AnchoredWrites Anchor(IEnumerable<AuthoredVersion> versions, Numbering numbering)
    {
        var items = versions.Where(version => version.Sealed is not null).ToList();
        var rows = items.ConvertAll(version => version.Sealed!.Row(numbering.NextWrite(version.Link!)));
        return new AnchoredWrites(items, rows, rows.Count == 0 ? null : RowBatch.Of(rows));
    }

    private static AnchoredReads Anchor(IEnumerable<AuthoredRead> reads, Numbering numbering)
    {
        var items = reads.ToList();
        var rows = items.ConvertAll(read => new ReadRow(
            Salt.Generate(), read.Link.Subject, numbering.NextRead(read.Link), read.Level, read.Asking.QueryDigest, read.Records, read.Asking.Purpose, read.Asking.Person, read.Asking.Role));
        var encoded = rows.ConvertAll(row => row.Encode());
        var questions = items.Select(read => read.Asking.Question).OfType<Question>().Where(question => question.IsKept).DistinctBy(question => question.Digest).ToList();
        return new AnchoredReads(rows, encoded, questions, rows.Count == 0 ? null : RowBatch.Of(encoded));
    }

    private void TryReadChain()
    {
        try
        {
            ReadChain();
        }
        catch (StoreFailedException)
        {
            // The store is still broken: every commit fails until it can be read again.
        }
    }

    private void ReadChain()
    {
        (_nextBatch, _lastBatch) = _outbox.FindNewest() is { } newest ? (newest.Number + 1, Digest.Of(newest.Body)) : (0, Digest.FromBytes(NoHash));
    }

    private sealed record Item(IReadOnlyList<AuthoredVersion> Versions, IReadOnlyList<AuthoredRead> Reads, Action<SqliteSession>? With)
    {
        public TaskCompletionSource<ulong?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Versions with the rows that the ledger will commit to.</summary>
internal sealed record AnchoredWrites(IReadOnlyList<AuthoredVersion> Items, IReadOnlyList<WriteRow> Rows, RowBatch? Batch)
{
    public int Count => Items.Count;
}

/// <summary>Rows about reads that the ledger will commit to.</summary>
internal sealed record AnchoredReads(IReadOnlyList<ReadRow> Rows, IReadOnlyList<byte[]> Encoded, IReadOnlyList<Question> Questions, RowBatch? Batch)
{
    public int Count => Rows.Count;
}
