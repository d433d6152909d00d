using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Keys;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Access;

/// <summary>Tells what the author itself did with one subject's records: its salted rows, numbered without gaps, each held against the batch that the ledger has.</summary>
internal sealed class AuthorReadReader(WalletSession session)
{
    /// <summary>Asks an author for its reads of a subject, from a number on.</summary>
    public Task<Answer<SubjectReads>> AskAsync(NodeClient author, SubjectKeys keys, ulong from, CancellationToken cancellationToken) =>
        author.Wallet.ReadReadsAsync(session.Request(author.Organisation, keys, SubjectRequestKind.Reads, from), keys.Identity, cancellationToken);

    /// <summary>Reads all rows.</summary>
    /// <param name="view">Brought up to date.</param>
    /// <param name="first">The first rows, where they were asked for already.</param>
    /// <param name="findings">What is wrong is added.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<List<AccessEvent>> ReadAsync(SubjectView view, Task<Answer<SubjectReads>>? first, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        var events = new List<AccessEvent>();
        if (session.Nodes.Find(author) is not { } node)
        {
            findings.Add(new Finding(FindingKind.NoAnswer, author, view.Category, "The organisation is no member that is known."));
            return events;
        }

        var next = 0UL;
        while (true)
        {
            var answer = await (first ?? AskAsync(node, view.Keys, next, cancellationToken)).ConfigureAwait(false);
            first = null;
            session.Log.Note(node, answer);
            if (!answer.TryGet(out var page))
            {
                findings.Add(new Finding(FindingKind.NoAnswer, author, view.Category, $"Its reads from {next} on were not given."));
                return events;
            }

            foreach (var read in page.Reads)
            {
                if (read.Row.Number < next)
                {
                    findings.Add(new Finding(FindingKind.RowNotInLog, author, view.Category, $"Read {read.Row.Number} was given twice, or out of turn."));
                    return events;
                }

                if (read.Row.Number > next)
                {
                    findings.Add(new Finding(FindingKind.RowMissing, author, view.Category, $"Reads {next} to {read.Row.Number - 1} are missing."));
                }

                next = read.Row.Number + 1;
                events.Add(await TellAsync(view, read, findings, cancellationToken).ConfigureAwait(false));
            }

            if (page.Reads.Count == 0 || next >= page.NextNumber)
            {
                await CloseAsync(view, page.NextNumber, next, findings, cancellationToken).ConfigureAwait(false);
                return events;
            }
        }
    }

    private async Task CloseAsync(SubjectView view, ulong said, ulong given, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        if (given < said)
        {
            findings.Add(new Finding(FindingKind.RowMissing, author, view.Category, $"Reads {given} to {said - 1} are missing."));
        }

        var tie = session.State.Find(view.Relationship.Index)!;
        var mark = tie.Mark(view.Category);
        if (said < mark.ReadsNext)
        {
            findings.Add(new Finding(FindingKind.RowsCut, author, view.Category, $"There are {said} reads where {mark.ReadsNext} were seen."));
        }
        else if (said > mark.ReadsNext)
        {
            await session.NoteAsync(session.State.With(tie.With(mark with { ReadsNext = said })), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<AccessEvent> TellAsync(SubjectView view, ReadRowInBatch read, List<Finding> findings, CancellationToken cancellationToken)
    {
        var author = view.Relationship.Organisation;
        var row = read.Row;
        var batch = await session.Batches.FindAsync(author, read.Batch, cancellationToken).ConfigureAwait(false);
        if (batch is null)
        {
            findings.Add(new Finding(FindingKind.RowNotFinalYet, author, view.Category, $"The batch {read.Batch} of read {row.Number} is not final, or not to be had."));
        }
        else if (row.Subject != view.Keys.Subject || batch.Type != EntryType.AuthorReads || !read.Path.Verifies(row.LeafHash(), batch.Body.Root))
        {
            findings.Add(new Finding(FindingKind.RowNotInLog, author, view.Category, $"Read {row.Number} does not stand in batch {read.Batch}."));
            batch = null;
        }

        return new AccessEvent(
            AccessKind.AuthorRead,
            batch?.Leaf.Time,
            batch?.Leaf.Leaf.Index,
            view.Category,
            author,
            null,
            author,
            batch is not null,
            row.Person,
            row.Role,
            row.Purpose,
            row.Records,
            row.Level,
            true,
            []);
    }
}
