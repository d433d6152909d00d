using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Custody;

/// <summary>The grantees' index of the subjects that this node keeps rows for: its own, and those of authors that it is a replica for.</summary>
internal sealed class GranteeIndex(SqliteFile file, HolderKey holder)
{
    /// <summary>Files a row under this holder's own tokens, inside the caller's transaction. Filing it again changes nothing.</summary>
    public void File(
        SqliteSession session, OrganisationId author, SubjectId subject, RecordVersion record, bool current, Digest header, IReadOnlyList<Token> tokens, ReadOnlyMemory<byte> sealedRow)
    {
        session.Execute(
            "UPDATE index_rows SET Current = 0 WHERE RecordId = $1 AND Version <= $2 AND Author = $3 AND HeaderDigest <> $4", record.Record.ToArray(), (long)record.Version, author.Key.ToArray(), header.ToArray());
        var newer = session.Find("SELECT 1 FROM index_rows WHERE RecordId = $1 AND Version > $2 AND Author = $3 LIMIT 1", _ => true, record.Record.ToArray(), (long)record.Version, author.Key.ToArray());
        var id = session.Find(
            """
            INSERT INTO index_rows (Subject, RecordId, Version, Current, HeaderDigest, Sealed, Author) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (HeaderDigest) DO NOTHING RETURNING Id
            """,
            row => (long?)row.GetInt64(0),
            subject.Key.ToArray(),
            record.Record.ToArray(),
            (long)record.Version,
            current && !newer,
            header.ToArray(),
            sealedRow.ToArray(),
            author.Key.ToArray());
        if (id is not null)
        {
            foreach (var token in tokens)
            {
                session.Execute("INSERT OR IGNORE INTO index_tokens (Value, IndexRowId) VALUES ($1, $2)", holder.File(subject, token).ToArray(), id.Value);
            }
        }
    }

    /// <summary>Current rows of a subject that have at least one token of every group, in the order in which they were filed.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="allOf">Each group at least one token. No group: every current row.</param>
    /// <param name="after">Rows filed after this id; 0 for the first page.</param>
    /// <param name="count">Most rows.</param>
    /// <param name="granted">Which records may be shown at all.</param>
    public IReadOnlyList<(long Id, RecordVersion Record, Digest Header, byte[] Sealed)> Find(SubjectId subject, IReadOnlyList<IReadOnlyList<Token>> allOf, long after, int count, Func<RecordId, bool> granted)
    {
        if (allOf.Count == 0)
        {
            return [.. file.Read(session => session.Query(
                    "SELECT Id, RecordId, Version, HeaderDigest, Sealed FROM index_rows WHERE Subject = $1 AND Current = 1 AND Id > $2 ORDER BY Id", Read, subject.Key.ToArray(), after))
                .Where(row => granted(row.Record.Record))
                .Take(count)];
        }

        HashSet<long>? ids = null;
        foreach (var anyOf in allOf)
        {
            var group = new HashSet<long>();
            foreach (var token in anyOf)
            {
                group.UnionWith(file.Read(session => session.Query("SELECT IndexRowId FROM index_tokens WHERE Value = $1", row => row.GetInt64(0), holder.File(subject, token).ToArray())));
            }

            if (ids is null)
            {
                ids = group;
            }
            else
            {
                ids.IntersectWith(group);
            }
        }

        return [.. (ids ?? []).Where(id => id > after).Order()
            .Select(id => file.Read(session => session.Find(
                "SELECT Id, RecordId, Version, HeaderDigest, Sealed FROM index_rows WHERE Id = $1 AND Subject = $2 AND Current = 1",
                row => ((long, RecordVersion, Digest, byte[])?)Read(row),
                id,
                subject.Key.ToArray())))
            .OfType<(long Id, RecordVersion Record, Digest Header, byte[] Sealed)>()
            .Where(row => granted(row.Record.Record))
            .Take(count)];
    }

    private static (long Id, RecordVersion Record, Digest Header, byte[] Sealed) Read(SqliteRow row) => (
        row.GetInt64(0),
        new RecordVersion(RecordId.FromBytes(row.GetBytes(1)), (uint)row.GetInt64(2)),
        Digest.FromBytes(row.GetBytes(3)),
        row.GetBytes(4));
}
