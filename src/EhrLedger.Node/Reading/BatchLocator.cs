using System.Collections.Concurrent;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;

namespace EhrLedger.Node.Reading;

/// <summary>
/// Finds the entry that anchors an author's batch, in this node's own copy of the log. The author's topic has a few entries besides its batches, so the batch's place is at its number or a
/// little behind it.
/// </summary>
internal sealed class BatchLocator(LogReplica replica)
{
    private const int MostInMemory = 100_000;
    private readonly ConcurrentDictionary<(OrganisationId Author, ulong Number), (ulong Index, Digest Root, EntryType Type)> _found = new();

    /// <summary>Index and root of the batch; null if it is not logged, or is no batch of records.</summary>
    public (ulong Index, Digest Root)? Find(OrganisationId author, ulong number) =>
        FindAny(author, number) is var (index, root, type) && type == EntryType.RecordsAnchored ? (index, root) : null;

    /// <summary>The same for a batch of records or of reads.</summary>
    public (ulong Index, Digest Root, EntryType Type)? FindAny(OrganisationId author, ulong number)
    {
        if (_found.TryGetValue((author, number), out var known))
        {
            return known;
        }

        for (var place = number; replica.ReadTopic(author.Topic, place, 1) is [var stored];)
        {
            var batch = BatchAt(stored);
            if (batch is { Body: var body, Type: var type } && stored.Effective && body.Number == number)
            {
                if (_found.Count >= MostInMemory)
                {
                    _found.Clear();
                }

                return _found[(author, number)] = (stored.Index, body.Root, type);
            }

            // A batch before it: jump by what is missing. Anything else (a change of membership, an entry without effect): the next place.
            place += batch is { Body.Number: var at } && at < number ? number - at : 1;
        }

        return null;
    }

    private static (BatchBody Body, EntryType Type)? BatchAt(StoredLeaf stored) =>
        Leaf.TryParse(stored.Bytes) is { } leaf && Entry.TryParse(leaf.Entry) is { } entry && BatchBody.TryParse(entry.Body) is { } body ? (body, entry.Type) : null;
}
