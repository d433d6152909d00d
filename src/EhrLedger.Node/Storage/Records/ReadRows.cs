using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Alarms;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Node.Storage.Records;

/// <summary>
/// Rows about reads. A commit writes all of its rows in one piece with their batch, at the end of one table; where each subject's rows stand is written later, many at a time, because each of
/// these lies somewhere else. What a stop leaves unwritten is made up for at the next start (docs/decisions/0019).
/// </summary>
internal sealed class ReadRows(SqliteFile file, StorageKeys keys, IAlarmSink alarms)
{
    private const string Column = "read-rows";
    private const int MostWaiting = 1_024;
    private const int MostRows = 100_000;
    private const int LongestRow = 1 << 20;

    private readonly Lock _lock = new();
    private readonly List<Place> _waiting = [];

    /// <summary>The rows of a batch as <see cref="OutboxStore.Add"/> takes them.</summary>
    /// <param name="rows">Encoded, in the order of the batch.</param>
    public byte[] Seal(IReadOnlyList<byte[]> rows)
    {
        var writer = new DeterministicCborWriter(16 + rows.Sum(row => row.Length + 5)).WriteArray(rows.Count);
        foreach (var row in rows)
        {
            writer.WriteBytes(row);
        }

        return keys.SealColumn(Column, writer.ToArray());
    }

    /// <summary>The rows of a batch again. Null if the bytes are not such a column.</summary>
    public static IReadOnlyList<byte[]>? TryOpen(StorageKeys keys, byte[] sealedRows) => keys.OpenColumn(Column, sealedRows) is not { } plain ? null : CborReading.TryRead(plain, reader =>
    {
        var rows = new byte[reader.ReadStartArray(0, MostRows)][];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = reader.ReadBytes(0, LongestRow).ToArray();
        }

        reader.ReadEndArray();
        return rows;
    });

    /// <summary>Makes up for what an earlier run left unwritten. Called once, before any row is numbered.</summary>
    /// <exception cref="Ledger.Replication.StoreFailedException">The disk is full or broken.</exception>
    public void Load()
    {
        var next = file.Read(session => session.Find("SELECT NextBatch FROM read_progress", row => row.GetInt64(0)));
        while (file.Read(session => session.Query(
            "SELECT Number, Rows FROM batches WHERE Number >= $1 AND Rows IS NOT NULL ORDER BY Number LIMIT 64", row => (row.GetInt64(0), row.GetBytes(1)), next)) is { Count: > 0 } batches)
        {
            foreach (var (number, sealedRows) in batches)
            {
                Added((ulong)number, [.. Open(number, sealedRows).Select(bytes => ReadRow.TryParse(bytes))]);
                next = number + 1;
            }

            Follow();
        }
    }

    /// <summary>Remembers where the rows of a batch stand, once it is committed. Batches come in their order.</summary>
    /// <param name="batch">Outbox number.</param>
    /// <param name="rows">All of the batch; null keeps the place of one that can't be read.</param>
    public void Added(ulong batch, IReadOnlyList<ReadRow?> rows)
    {
        lock (_lock)
        {
            for (var place = 0; place < rows.Count; place++)
            {
                if (rows[place] is { } row)
                {
                    _waiting.Add(new Place(row.Subject.Key.ToArray(), (long)row.Number, (long)batch, place));
                }
            }
        }
    }

    /// <summary>Follows where much is waiting.</summary>
    /// <exception cref="Ledger.Replication.StoreFailedException">As for <see cref="Follow"/>.</exception>
    public void FollowWhereDue()
    {
        lock (_lock)
        {
            if (_waiting.Count >= MostWaiting)
            {
                Follow();
            }
        }
    }

    /// <summary>Writes where the rows of all batches so far stand. Need not be on the disk: the batches are.</summary>
    /// <exception cref="Ledger.Replication.StoreFailedException">The disk is full or broken. It is tried again with the next call.</exception>
    public void Follow()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            // In the order of the table: what lies together is written together.
            var next = _waiting[^1].Batch + 1;
            _waiting.Sort((one, other) => one.Subject.AsSpan().SequenceCompareTo(other.Subject) is not 0 and var order ? order : one.Number.CompareTo(other.Number));
            file.WriteLazily(session =>
            {
                foreach (var place in _waiting)
                {
                    session.Execute("INSERT OR IGNORE INTO read_rows (Subject, Number, Batch, Place, Sealed) VALUES ($1, $2, $3, $4, x'')", place.Subject, place.Number, place.Batch, (long)place.Row);
                }

                session.Execute("INSERT INTO read_progress (Id, NextBatch) VALUES (1, $1) ON CONFLICT (Id) DO UPDATE SET NextBatch = $1", next);
            });
            _waiting.Clear();
        }
    }

    /// <summary>Rows about one subject, from a number on, in their order, with the outbox number of their batch and their path to its root.</summary>
    /// <exception cref="Ledger.Replication.StoreFailedException">The disk is broken.</exception>
    public IReadOnlyList<(ReadRow Row, ulong Batch, InclusionProof Path)> Find(SubjectId subject, long from, int count)
    {
        Follow();
        var found = new List<(ReadRow, ulong, InclusionProof)>();

        // A subject's rows stand in the order of their batches: one of these is open at a time.
        var (open, rows, tree) = (-1L, (IReadOnlyList<byte[]>)[], (RowBatch?)null);
        foreach (var (batch, place, sealedRow) in file.Read(session => session.Query(
            "SELECT Batch, Place, Sealed FROM read_rows WHERE Subject = $1 AND Number >= $2 ORDER BY Number LIMIT $3",
            row => (row.GetInt64(0), row.IsNull(1) ? (int?)null : (int)row.GetInt64(1), row.GetBytes(2)),
            subject.Key.ToArray(),
            from,
            (long)count)))
        {
            if (place is not { } index)
            {
                found.AddRange(OpenAlone(sealedRow) is { } alone ? [alone] : []);
                continue;
            }

            if (batch != open)
            {
                rows = file.Read(session => session.Find("SELECT Rows FROM batches WHERE Number = $1", row => row.GetBytes(0), batch)) is { } sealedRows ? Open(batch, sealedRows) : [];
                (open, tree) = (batch, rows.Count == 0 ? null : RowBatch.Of(rows));
            }

            if (tree is not null && index < rows.Count && ReadRow.TryParse(rows[index]) is { } read)
            {
                found.Add((read, (ulong)batch, tree.PathOf(index)));
            }
        }

        return found;
    }

    private IReadOnlyList<byte[]> Open(long number, byte[] sealedRows)
    {
        if (TryOpen(keys, sealedRows) is { } rows)
        {
            return rows;
        }

        alarms.Raise(AlarmKind.DamagedRecord, $"The rows of reads in batch {number} can't be read: the patients that they are about see a gap.");
        return [];
    }

    // From before rows lay with their batch.
    private (ReadRow, ulong, InclusionProof)? OpenAlone(byte[] sealedRow) =>
        keys.OpenColumn("read-row", sealedRow) is { } plain && StoredReadRow.TryParse(plain) is var (bytes, anchor) && ReadRow.TryParse(bytes) is { } row
            ? (row, anchor.EntryIndex, anchor.Path)
            : null;

    private readonly record struct Place(byte[] Subject, long Number, long Batch, int Row);
}
