using System.Collections.Immutable;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Records;

/// <summary>Reads the patient's own records: rows from the author, each held against the ledger; halves opened with the wallet's keys; ciphertexts from whoever has them.</summary>
internal sealed class OwnRecordReader(WalletSession session)
{
    private static readonly TimeSpan Punctual = TimeSpan.FromMinutes(1);

    /// <summary>Reads and opens every row.</summary>
    public async Task<OwnRecords> ReadAsync(SubjectView view, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var records = new List<OwnRecord>();
        using var secrets = new OpenedEncapsulations(session, view);
        foreach (var (row, halves) in await ReadCurrentAsync(view, findings, cancellationToken).ConfigureAwait(false))
        {
            var header = row.Sealed.Header;
            if (await OpenAsync(view, row.Sealed, halves, secrets, cancellationToken).ConfigureAwait(false) is not { } content)
            {
                findings.Add(new Finding(FindingKind.NotOpenable, header.Author, view.Category, $"Row {row.Sealed.Row.Number}, {header.Record}, does not open."));
                continue;
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
                content));
        }

        return new OwnRecords(records, findings.TrueForAll(finding => finding.Kind == FindingKind.LateArrival), findings);
    }

    /// <summary>K1 and place of every version of these records, for a grant of single records. The caller disposes of the keys.</summary>
    /// <returns>Null if one can't be had, opened or proven.</returns>
    public async Task<IReadOnlyList<RecordKey>?> FindKeysAsync(SubjectView view, ImmutableHashSet<RecordId> wanted, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var keys = new List<RecordKey>();
        using var secrets = new OpenedEncapsulations(session, view);
        foreach (var (row, halves) in await ReadCurrentAsync(view, findings, cancellationToken).ConfigureAwait(false))
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
    private async Task<List<CurrentRow>> ReadCurrentAsync(SubjectView view, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        var rows = await ReadRowsAsync(view, findings, cancellationToken).ConfigureAwait(false);
        var last = new Dictionary<RecordVersion, ulong>();
        foreach (var row in rows)
        {
            last[row.Sealed.Header.Record] = row.Sealed.Row.Number;
        }

        var current = new List<CurrentRow>();
        foreach (var row in rows)
        {
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

        return current;
    }

    private async Task<List<CheckedRow>> ReadRowsAsync(SubjectView view, List<Finding> findings, CancellationToken cancellationToken)
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
            var answer = await node.Wallet.ReadRecordsAsync(session.Request(author, view.Keys, SubjectRequestKind.Records, next), view.Keys.Identity, cancellationToken).ConfigureAwait(false);
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

    private static async Task<byte[]?> OpenAsync(SubjectView view, SealedRecordRow record, SealedHalves halves, OpenedEncapsulations secrets, CancellationToken cancellationToken)
    {
        if (record.Header.Subject != view.Keys.Subject
            || await secrets.FirstAsync(record.Header.Epoch, halves.First, cancellationToken).ConfigureAwait(false) is not { } first
            || await secrets.SecondAsync(halves.Second, cancellationToken).ConfigureAwait(false) is not { } second
            || await secrets.Fetch(node => node.Records.ReadCiphertextAsync(record.Row.Ciphertext, view.Keys.Subject.Topic, cancellationToken)).ConfigureAwait(false) is not { } ciphertext)
        {
            return null;
        }

        return RecordOpener.OpenAsPatient(record.Header, record.Row.Commitment, ciphertext, halves.First, first, halves.Second, second);
    }

    private static DateTimeOffset TimeOf(ulong millis) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(millis, 253_402_300_799_999));

    /// <summary>The secrets of the encapsulations that one reading meets: an author uses one for many records. Zeroed on Dispose.</summary>
    private sealed class OpenedEncapsulations(WalletSession session, SubjectView view) : IDisposable
    {
        // A new epoch could be claimed for every row, and deriving its key costs.
        private const uint EpochsAhead = 16;

        private readonly Dictionary<(uint? Epoch, Digest Encapsulation), OpeningSecret?> _secrets = [];

        public async Task<OpeningSecret?> FirstAsync(uint epoch, SealedHalf half, CancellationToken cancellationToken) =>
            epoch > view.Epoch + EpochsAhead ? null : await OpenAsync(epoch, half.Encapsulation, () => view.Keys.SealingKey(epoch), cancellationToken).ConfigureAwait(false);

        public Task<OpeningSecret?> SecondAsync(SealedHalf half, CancellationToken cancellationToken) =>
            OpenAsync(null, half.Encapsulation, () => view.Keys.SelfKey, cancellationToken);

        /// <summary>From the author first, then from anyone.</summary>
        public async Task<byte[]?> Fetch(Func<NodeClient, Task<Answer<byte[]>>> ask)
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

            var bytes = await Fetch(node => node.Records.ReadEncapsulationAsync(encapsulation, view.Keys.Subject.Topic, cancellationToken)).ConfigureAwait(false);
            return _secrets[(epoch, encapsulation)] = bytes is null ? null : OpeningSecret.SetUp(key(), bytes, epoch is null ? SealedFor.Self : SealedFor.Category);
        }
    }
}
