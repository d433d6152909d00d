using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Alarms;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Storage.Records;

/// <summary>
/// Rows about reads. A commit writes all of its rows in one piece with their batch, at the end of one table; where each subject's rows stand is written later, many at a time, because each of
/// these lies somewhere else. What a stop leaves unwritten is made up for at the next start (docs/decisions/0019).
/// </summary>
internal sealed class ReadRows(SqliteFile file, StorageKeys keys, IAlarmSink alarms)
{
    private const string Column = "read-rows/2";
    private const string WithoutQuestions = "read-rows";
    private const int MostWaiting = 1_024;
    private const int MostRows = 100_000;
    private const int LongestRow = 1 << 20;
    private const int BatchesAtOnce = 64;

    private readonly Lock _lock = new();
    private readonly List<Place> _waiting = [];

    /// <summary>The rows of a batch as <see cref="OutboxStore.Add"/> takes them.</summary>
    /// <param name="rows">Encoded, in the order of the batch.</param>
    /// <param name="questions">That the rows have digests of.</param>
    public byte[] Seal(IReadOnlyList<byte[]> rows, IReadOnlyList<Question> questions)
    {
        var writer = new DeterministicCborWriter(16 + rows.Sum(row => row.Length + 5) + questions.Sum(question => (question.Text.Length * 3) + question.Client.Length + 48)).WriteArray(2).WriteArray(rows.Count);
        foreach (var row in rows)
        {
            writer.WriteBytes(row);
        }

        writer.WriteArray(questions.Count);
        foreach (var question in questions)
        {
            writer.WriteArray(3).WriteBytes(question.Salt.ToArray()).WriteText(question.Text).WriteText(question.Client);
        }

        return keys.SealColumn(Column, writer.ToArray());
    }

    /// <summary>The rows of a batch again. Null if the bytes are not such a column.</summary>
    public static IReadOnlyList<byte[]>? TryOpen(StorageKeys keys, byte[] sealedRows) => TryOpenAll(keys, sealedRows)?.Rows;

    private static (IReadOnlyList<byte[]> Rows, IReadOnlyList<Question> Questions)? TryOpenAll(StorageKeys keys, byte[] sealedRows) =>
        keys.OpenColumn(Column, sealedRows) is { } plain
            ? CborReading.TryRead(plain, reader =>
            {
                reader.ReadStartArray(2);
                var rows = ReadAll(reader);
                var questions = reader.ReadArray(0, MostRows, item =>
                {
                    item.ReadStartArray(3);
                    var question = new Question(Salt.FromBytes(item.ReadBytes(Salt.Length).Span), item.ReadText(Question.LongestKept), item.ReadText(Question.LongestClient));
                    item.ReadEndArray();
                    return question;
                });
                reader.ReadEndArray();
                return ((IReadOnlyList<byte[]>)rows, (IReadOnlyList<Question>)questions);
            }, out var both) ? both : null
            : keys.OpenColumn(WithoutQuestions, sealedRows) is { } old && CborReading.TryRead(old, ReadAll) is { } alone ? (alone, []) : null;

    private static byte[][] ReadAll(StrictCborReader reader)
    {
        var rows = new byte[reader.ReadStartArray(0, MostRows)][];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = reader.ReadBytes(0, LongestRow).ToArray();
        }

        reader.ReadEndArray();
        return rows;
    }

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

    /// <summary>Where rows about a subject stand: batches and places in them, in the order of their numbers.</summary>
    /// <exception cref="Ledger.Replication.StoreFailedException">The disk is broken.</exception>
    public IReadOnlyList<(ulong Batch, int Place)> PlacesOf(SubjectId subject)
    {
        Follow();
        return file.Read(session => session.Query(
            "SELECT Batch, Place FROM read_rows WHERE Subject = $1 AND Place IS NOT NULL ORDER BY Number", row => ((ulong)row.GetInt64(0), (int)row.GetInt64(1)), subject.Key.ToArray()));
    }

    /// <summary>A batch of reads; null for what is none, or can't be read.</summary>
    public ReadBatch? FindBatch(ulong number) =>
        file.Read(session => session.Find("SELECT Number, Since, Rows FROM batches WHERE Number = $1 AND Rows IS NOT NULL", ReadBatchRow, (long)Math.Min(number, long.MaxValue))) is { Rows: not null } found ? OpenBatch(found) : null;

    /// <summary>All batches of reads, the newest first, down to those that were made before a time.</summary>
    /// <param name="since">Null for no end.</param>
    public IEnumerable<ReadBatch> Walk(DateTimeOffset? since)
    {
        for (var place = long.MaxValue; ;)
        {
            var portion = file.Read(session => session.Query(
                "SELECT Number, Since, Rows FROM batches WHERE Number < $1 AND Rows IS NOT NULL ORDER BY Number DESC LIMIT $2", ReadBatchRow, place, (long)BatchesAtOnce));
            foreach (var found in portion)
            {
                // Rows of one batch were asked for before it was made, and clocks may be set back: a little further is looked than asked for.
                if (found.Since < since?.AddHours(-1).ToUnixTimeMilliseconds())
                {
                    yield break;
                }

                place = found.Number;
                if (OpenBatch(found) is { } batch)
                {
                    yield return batch;
                }
            }

            if (portion.Count == 0)
            {
                yield break;
            }
        }
    }

    private static (long Number, long Since, byte[] Rows) ReadBatchRow(SqliteRow row) => (row.GetInt64(0), row.GetInt64(1), row.GetBytes(2));

    private ReadBatch? OpenBatch((long Number, long Since, byte[] Rows) found) => TryOpenAll(keys, found.Rows) is var (rows, questions)
        ? new ReadBatch((ulong)found.Number, DateTimeOffset.FromUnixTimeMilliseconds(found.Since), rows, questions.DistinctBy(question => question.Digest).ToDictionary(question => question.Digest))
        : null;

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
