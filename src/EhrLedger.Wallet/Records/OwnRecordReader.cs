using System.Collections.Immutable;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Keys;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Records;

/// <summary>Reads the patient's own records: rows from the author, each held against the ledger; halves opened with the wallet's keys; ciphertexts from whoever has them.</summary>
internal sealed class OwnRecordReader(WalletSession session)
{
    private static readonly TimeSpan Punctual = TimeSpan.FromMinutes(1);

    /// <summary>Reads every row, and opens what was not opened before.</summary>
    /// <param name="view">Brought up to date.</param>
    /// <param name="before">What this device opened earlier. Its rows are checked like all others; only its ciphertexts are not fetched again.</param>
    /// <param name="first">The author's first rows, where they were asked for already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OwnRecords> ReadAsync(SubjectView view, IReadOnlyList<OwnRecord> before, Task<Answer<SubjectRecords>>? first, CancellationToken cancellationToken)
    {
        var known = before.ToDictionary(record => (record.Version, record.Ciphertext), record => record.Content);
        var findings = new List<Finding>();
        var records = new List<OwnRecord>();
        using var secrets = new OpenedEncapsulations(this, view);
        var rows = await ReadCurrentAsync(view, first, findings, cancellationToken).ConfigureAwait(false);
        bool IsKnown(SealedRecordRow row) => known.ContainsKey((row.Header.Record, row.Row.Ciphertext));
        await foreach (var ((row, halves), ciphertext) in Ahead.AskAsync(
            rows.Current, current => IsKnown(current.Checked.Sealed) || !IsAbout(view, current.Checked.Sealed) ? Task.FromResult<byte[]?>(null) : FetchAsync(view, current.Checked.Sealed, cancellationToken)).ConfigureAwait(false))
        {
            var header = row.Sealed.Header;
            if (!known.TryGetValue((header.Record, row.Sealed.Row.Ciphertext), out var content))
            {
                if (ciphertext is null || await OpenAsync(view, row.Sealed, halves, ciphertext, secrets, cancellationToken).ConfigureAwait(false) is not { } opened)
                {
                    findings.Add(new Finding(FindingKind.NotOpenable, header.Author, view.Category, $"Row {row.Sealed.Row.Number}, {header.Record}, does not open."));
                    continue;
                }

                // Of a deletion, it is empty.
                content = opened;
            }

            records.Add(new OwnRecord(
                header.Record,
                view.Category,
                header.Author,
                row.Sealed.Row.Number,
                row.Sealed.Current,
                TimeOf(header.Time),
                row.Batch?.Leaf.Time,
                header.ContentType,
                content)
            {
                Ciphertext = row.Sealed.Row.Ciphertext,
            });
        }

        return new OwnRecords(records, findings.TrueForAll(finding => finding.Kind == FindingKind.LateArrival), findings) { Erased = rows.Erased };
    }

    /// <summary>Every sealing that the author has anchored about these versions, whether it opens (still) or not: what an erasure has to name.</summary>
    /// <param name="view">Brought up to date.</param>
    /// <param name="takes">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the author has not given all of its rows, or one of these is not final yet.</returns>
    public async Task<IReadOnlyList<NamedSealing>?> FindSealingsAsync(SubjectView view, Func<RecordHeader, bool> takes, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var rows = await ReadRowsAsync(view, null, findings, cancellationToken).ConfigureAwait(false);
        var taken = rows.Where(row => takes(row.Sealed.Header)).ToList();
        return findings.Exists(finding => finding.Kind is FindingKind.NoAnswer or FindingKind.RowMissing or FindingKind.RowsCut or FindingKind.RowNotInLog) || taken.Exists(row => row.Batch is null)
            ? null
            : [.. taken.Select(row => new NamedSealing(row.Sealed.Header, row.Sealed.Row, new Anchor(row.Batch!.Leaf.Leaf.Index, row.Sealed.Path)))];
    }

    /// <summary>K1 and place of every version of these records, for a grant of single records. The caller disposes of the keys.</summary>
    /// <returns>Null if one can't be had, opened or proven.</returns>
    public async Task<IReadOnlyList<RecordKey>?> FindKeysAsync(SubjectView view, ImmutableHashSet<RecordId> wanted, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var keys = new List<RecordKey>();
        using var secrets = new OpenedEncapsulations(this, view);
        foreach (var (row, halves) in (await ReadCurrentAsync(view, null, findings, cancellationToken).ConfigureAwait(false)).Current)
        {
            var header = row.Sealed.Header;
            if (!wanted.Contains(header.Record.Record))
            {
                continue;
            }

            // What no custodian would release is not worth a grant: its author is about to seal it anew.
            if (row.Batch is not { } batch
                || row.Ended
                || await secrets.FirstAsync(header.Epoch, halves.First, cancellationToken).ConfigureAwait(false) is not { } secret
                || RecordOpener.OpenHalf(header, halves.First, secret) is not { } half)
            {
                keys.ForEach(key => key.Dispose());
                return null;
            }

            keys.Add(new RecordKey(header, row.Sealed.Row, new Anchor(batch.Leaf.Leaf.Index, row.Sealed.Path), half));
        }

        if (keys.Select(key => key.Header.Record.Record).ToHashSet().SetEquals(wanted))
        {
            return keys;
        }

        keys.ForEach(key => key.Dispose());
        return null;
    }

    /// <summary>The rows that stand for their versions: all but those which a later row replaces because their epoch had ended. An author may leave out nothing else.</summary>
    private async Task<(List<CurrentRow> Current, HashSet<RecordVersion> Erased)> ReadCurrentAsync(SubjectView view, Task<Answer<SubjectRecords>>? first, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        var rows = await ReadRowsAsync(view, first, findings, cancellationToken).ConfigureAwait(false);
        var last = new Dictionary<RecordVersion, ulong>();
        foreach (var row in rows)
        {
            last[row.Sealed.Header.Record] = row.Sealed.Row.Number;
        }

        // An erasure is of versions: whatever other sealing of one turns up was made while it was on its way, and is no text to be shown.
        var named = view.Erasures.SelectMany(erasure => erasure.Headers).ToHashSet();
        var answered = view.Erasures.Where(erasure => erasure.AnswerOf(author) >= ErasureAnswer.Destroyed).SelectMany(erasure => erasure.Headers).ToHashSet();
        var erased = rows.Where(row => named.Contains(row.Sealed.Header.Digest)).Select(row => row.Sealed.Header.Record).ToHashSet();
        var current = new List<CurrentRow>();
        foreach (var row in rows)
        {
            if (erased.Contains(row.Sealed.Header.Record))
            {
                if (row.Sealed.Halves is not null && answered.Contains(row.Sealed.Header.Digest))
                {
                    findings.Add(new Finding(FindingKind.ErasedYetServed, author, view.Category, $"Row {row.Sealed.Row.Number} is said to be erased, and has its keys."));
                }

                continue;
            }

            var replaced = row.Ended && last[row.Sealed.Header.Record] > row.Sealed.Row.Number;
            if (row.Sealed.Halves is { } halves && !replaced)
            {
                current.Add(new CurrentRow(row, halves));
                if (row.Ended)
                {
                    findings.Add(new Finding(
                        FindingKind.EndedEpoch, author, view.Category, $"Row {row.Sealed.Row.Number} was sealed under epoch {row.Sealed.Header.Epoch}, which had ended."));
                }
            }
            else if (!replaced)
            {
                findings.Add(new Finding(FindingKind.NotOpenable, author, view.Category, $"Row {row.Sealed.Row.Number} is said to be sealed anew, without a reason or without a newer row."));
            }
        }

        return (current, erased);
    }

    /// <summary>Asks an author for its rows of a subject, from a number on.</summary>
    public Task<Answer<SubjectRecords>> AskAsync(NodeClient author, SubjectKeys keys, ulong from, CancellationToken cancellationToken) =>
        author.Wallet.ReadRecordsAsync(session.Request(author.Organisation, keys, SubjectRequestKind.Records, from), keys.Identity, cancellationToken);

    private async Task<List<CheckedRow>> ReadRowsAsync(SubjectView view, Task<Answer<SubjectRecords>>? first, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        var rows = new List<CheckedRow>();
        if (session.Nodes.Find(author) is not { } node)
        {
            findings.Add(new Finding(FindingKind.NoAnswer, author, view.Category, "The organisation is no member that is known."));
            return rows;
        }

        var next = 0UL;
        while (true)
        {
            var answer = await (first ?? AskAsync(node, view.Keys, next, cancellationToken)).ConfigureAwait(false);
            first = null;
            session.Log.Note(node, answer);
            if (!answer.TryGet(out var page))
            {
                findings.Add(new Finding(FindingKind.NoAnswer, author, view.Category, $"Rows from {next} on were not given."));
                return rows;
            }

            foreach (var record in page.Records)
            {
                if (record.Row.Number != next)
                {
                    if (record.Row.Number < next)
                    {
                        findings.Add(new Finding(FindingKind.RowNotInLog, author, view.Category, $"Row {record.Row.Number} was given twice, or out of turn."));
                        return rows;
                    }

                    findings.Add(new Finding(FindingKind.RowMissing, author, view.Category, $"Rows {next} to {record.Row.Number - 1} are missing."));
                }

                next = record.Row.Number + 1;
                rows.Add(await CheckAsync(view, record, findings, cancellationToken).ConfigureAwait(false));
            }

            if (page.Records.Count == 0 || next >= page.NextNumber)
            {
                await CloseAsync(view, page.NextNumber, next, findings, cancellationToken).ConfigureAwait(false);
                return rows;
            }
        }
    }

    /// <summary>The end of the list: nothing that was counted, now or before, may be missing.</summary>
    private async Task CloseAsync(SubjectView view, ulong said, ulong given, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        if (given < said)
        {
            findings.Add(new Finding(FindingKind.RowMissing, author, view.Category, $"Rows {given} to {said - 1} are missing."));
        }

        var tie = session.State.Find(view.Relationship.Index)!;
        var mark = tie.Mark(view.Category);
        if (said < mark.WritesNext)
        {
            findings.Add(new Finding(FindingKind.RowsCut, author, view.Category, $"There are {said} rows where {mark.WritesNext} were seen."));
        }
        else if (said > mark.WritesNext)
        {
            await session.NoteAsync(session.State.With(tie.With(mark with { WritesNext = said })), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<CheckedRow> CheckAsync(SubjectView view, SealedRecordRow record, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        if (record.Header.Subject != view.Keys.Subject || record.Header.Author != author)
        {
            findings.Add(new Finding(FindingKind.RowNotInLog, author, view.Category, $"Row {record.Row.Number} is about another subject, or of another author."));
            return new CheckedRow(record, null, false);
        }

        if (await session.Batches.FindAsync(author, record.Batch, cancellationToken).ConfigureAwait(false) is not { } batch)
        {
            findings.Add(new Finding(FindingKind.RowNotFinalYet, author, view.Category, $"The batch {record.Batch} of row {record.Row.Number} is not final, or not to be had."));
            return new CheckedRow(record, null, false);
        }

        if (batch.Type != EntryType.RecordsAnchored || !record.Path.Verifies(record.Row.LeafHash(), batch.Body.Root))
        {
            findings.Add(new Finding(FindingKind.RowNotInLog, author, view.Category, $"Row {record.Row.Number} does not stand in batch {record.Batch}."));
            return new CheckedRow(record, null, false);
        }

        if (batch.Leaf.Time - TimeOf(record.Header.Time) > Punctual)
        {
            findings.Add(new Finding(FindingKind.LateArrival, author, view.Category, $"Row {record.Row.Number} was sealed at {TimeOf(record.Header.Time):u} and anchored at {batch.Leaf.Time:u}."));
        }

        return new CheckedRow(record, batch, view.State is { } state && !state.EpochHoldsAt(record.Header.Epoch, batch.Leaf.Leaf.Index));
    }

    private static bool IsAbout(SubjectView view, SealedRecordRow record) => record.Header.Subject == view.Keys.Subject;

    private Task<byte[]?> FetchAsync(SubjectView view, SealedRecordRow record, CancellationToken cancellationToken) =>
        FetchAsync(view, node => node.Records.ReadCiphertextAsync(record.Row.Ciphertext, view.Keys.Subject.Topic, cancellationToken));

    /// <summary>From the author first, then from anyone.</summary>
    private async Task<byte[]?> FetchAsync(SubjectView view, Func<NodeClient, Task<Answer<byte[]>>> ask)
    {
        foreach (var node in session.Nodes.All.OrderBy(node => node.Organisation == view.Relationship.Organisation ? 0 : 1))
        {
            var answer = await ask(node).ConfigureAwait(false);
            session.Log.Note(node, answer);
            if (answer.TryGet(out var bytes))
            {
                return bytes;
            }
        }

        return null;
    }

    private static async Task<byte[]?> OpenAsync(
        SubjectView view, SealedRecordRow record, SealedHalves halves, byte[] ciphertext, OpenedEncapsulations secrets, CancellationToken cancellationToken) =>
        IsAbout(view, record)
        && await secrets.FirstAsync(record.Header.Epoch, halves.First, cancellationToken).ConfigureAwait(false) is { } first
        && await secrets.SecondAsync(halves.Second, cancellationToken).ConfigureAwait(false) is { } second
            ? RecordOpener.OpenAsPatient(record.Header, record.Row.Commitment, ciphertext, halves.First, first, halves.Second, second)
            : null;

    private static DateTimeOffset TimeOf(ulong millis) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(millis, 253_402_300_799_999));

    /// <summary>The secrets of the encapsulations that one reading meets: an author uses one for many records. Zeroed on Dispose.</summary>
    private sealed class OpenedEncapsulations(OwnRecordReader reader, SubjectView view) : IDisposable
    {
        // A new epoch could be claimed for every row, and deriving its key costs.
        private const uint EpochsAhead = 16;

        private readonly Dictionary<(uint? Epoch, Digest Encapsulation), OpeningSecret?> _secrets = [];

        public async Task<OpeningSecret?> FirstAsync(uint epoch, SealedHalf half, CancellationToken cancellationToken) =>
            epoch > view.Epoch + EpochsAhead ? null : await OpenAsync(epoch, half.Encapsulation, () => view.Keys.SealingKey(epoch), cancellationToken).ConfigureAwait(false);

        public Task<OpeningSecret?> SecondAsync(SealedHalf half, CancellationToken cancellationToken) =>
            OpenAsync(null, half.Encapsulation, () => view.Keys.SelfKey, cancellationToken);

        public void Dispose()
        {
            foreach (var secret in _secrets.Values)
            {
                secret?.Dispose();
            }
        }

        private async Task<OpeningSecret?> OpenAsync(uint? epoch, Digest encapsulation, Func<XWingPrivateKey> key, CancellationToken cancellationToken)
        {
            if (_secrets.TryGetValue((epoch, encapsulation), out var known))
            {
                return known;
            }

            var bytes = await reader.FetchAsync(view, node => node.Records.ReadEncapsulationAsync(encapsulation, view.Keys.Subject.Topic, cancellationToken)).ConfigureAwait(false);
            return _secrets[(epoch, encapsulation)] = bytes is null ? null : OpeningSecret.SetUp(key(), bytes, epoch is null ? SealedFor.Self : SealedFor.Category);
        }
    }
}
