using System.Collections.Concurrent;
using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Client.Topics;

/// <summary>An author's batch, proven to stand in the log.</summary>
/// <param name="Leaf">Where.</param>
/// <param name="Type">RecordsAnchored or AuthorReads.</param>
/// <param name="Body">Its number and root.</param>
public sealed record ProvenBatch(ProvenLeaf Leaf, EntryType Type, BatchBody Body);

/// <summary>
/// Finds the entry of an author's outbox number on the author's topic. Topic numbers are dense, and each batch takes one, so an outbox number is never greater than its topic number: from any
/// batch on the way, the one wanted lies at least as many numbers ahead as its outbox number does. A few requests are enough. What is found is remembered. Thread-safe.
/// </summary>
public sealed class BatchLocator(VerifiedLog log)
{
    private const int PageSize = 64;

    private readonly ConcurrentDictionary<(OrganisationId Author, ulong Number), ProvenBatch> _found = new();

    /// <summary>Finds a batch.</summary>
    /// <param name="author">Whose.</param>
    /// <param name="number">Its outbox number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if no member has it, proven: it is not logged, not final yet, or withheld.</returns>
    public async Task<ProvenBatch?> FindAsync(OrganisationId author, ulong number, CancellationToken cancellationToken)
    {
        if (_found.TryGetValue((author, number), out var known))
        {
            return known;
        }

        // The author first: it has the topic whole, and knows that its own rows are looked at.
        foreach (var node in log.Nodes.OrderBy(node => node.Organisation == author ? 0 : 1))
        {
            if (await FindAtAsync(node, author, number, cancellationToken).ConfigureAwait(false) is { } leaf
                && await ProveAsync(node, author, number, leaf, cancellationToken).ConfigureAwait(false) is { } batch)
            {
                return _found.GetOrAdd((author, number), batch);
            }
        }

        return null;
    }

    private async Task<Leaf?> FindAtAsync(NodeClient node, OrganisationId author, ulong number, CancellationToken cancellationToken)
    {
        var at = number;
        while (true)
        {
            var answer = await node.Ledger.ReadTopicAsync(author.Topic, at, PageSize, cancellationToken).ConfigureAwait(false);
            log.Note(node, answer);
            if (!answer.TryGet(out var page) || page.Leaves.Count == 0)
            {
                return null;
            }

            var next = at + (ulong)page.Leaves.Count;
            foreach (var leaf in page.Leaves)
            {
                if (BatchOf(leaf, author) is not { } batch)
                {
                    continue;
                }

                if (batch.Number == number)
                {
                    return leaf;
                }

                // A topic that is past the number without having shown it does not have it.
                if (batch.Number > number)
                {
                    return null;
                }

                next = Math.Max(next, leaf.Number + (number - batch.Number));
            }

            at = next;
        }
    }

    private async Task<ProvenBatch?> ProveAsync(NodeClient node, OrganisationId author, ulong number, Leaf leaf, CancellationToken cancellationToken)
    {
        var answer = await node.Ledger.ProveAsync(leaf.Index, null, cancellationToken).ConfigureAwait(false);
        log.Note(node, answer);
        if (!answer.TryGet(out var proof) || await log.AcceptAsync(proof.Under, node, cancellationToken).ConfigureAwait(false) != Continuity.Shown)
        {
            return null;
        }

        if (BatchOf(proof.Leaf.Leaf, author) is not { } batch || batch.Number != number || proof.Leaf.Entry is not { } entry)
        {
            log.Raise(AlarmKind.TamperedLog, node, $"gives another entry at index {leaf.Index} than it proves");
            return null;
        }

        return new ProvenBatch(proof.Leaf, entry.Type, batch);
    }

    /// <summary>Only what the author has signed counts: somebody else's entry on its topic is invalid, and could only be there to mislead.</summary>
    private BatchBody? BatchOf(Leaf leaf, OrganisationId author) =>
        Entry.TryParse(leaf.Entry) is { } entry
            && entry.Topic == author.Topic
            && (entry.Type == EntryType.RecordsAnchored || entry.Type == EntryType.AuthorReads)
            && log.Members.KeysOf(author).Any(key => entry.VerifiesUnder(key, log.Consortium.Digest))
            ? BatchBody.TryParse(entry.Body)
            : null;
}
