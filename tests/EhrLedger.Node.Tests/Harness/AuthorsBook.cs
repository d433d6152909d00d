using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>What an author's database says that it has anchored, and what its node's published log says.</summary>
internal sealed class AuthorsBook
{
    private AuthorsBook(
        IReadOnlyList<WrittenVersion> versions, IReadOnlyList<WriteRow> superseded, IReadOnlyList<ReadRow> reads, IReadOnlyList<(EntryType Type, BatchBody Body)> batches) =>
        (Versions, Superseded, Reads, Batches) = (versions, superseded, reads, batches);

    /// <summary>Every version of every patient's record.</summary>
    public IReadOnlyList<WrittenVersion> Versions { get; }

    /// <summary>Rows of sealings that a newer one has replaced.</summary>
    public IReadOnlyList<WriteRow> Superseded { get; }

    /// <summary>Every row about a read.</summary>
    public IReadOnlyList<ReadRow> Reads { get; }

    /// <summary>The author's batches in the final part of the log, in order.</summary>
    public IReadOnlyList<(EntryType Type, BatchBody Body)> Batches { get; }

    /// <summary>Waits until the outbox is empty and final, then holds every row against the log: its path, the chain of batches, the numbers of each subject.</summary>
    public static async Task<AuthorsBook> OpenAsync(TestNode author)
    {
        var batches = new List<(EntryType Type, BatchBody Body)>();
        ulong read = 0;
        await Eventually.BecomesTrueAsync($"the outbox of {author.Name} is final", async () =>
        {
            var size = (await author.FindHealthAsync())?.FinalSize ?? 0;
            foreach (var entry in (await author.ReadLogAsync(size, read)).Select(bytes => Entry.TryParse(bytes)!))
            {
                read++;
                if (entry.Topic == author.Organisation.Topic && (entry.Type == EntryType.RecordsAnchored || entry.Type == EntryType.AuthorReads))
                {
                    batches.Add((entry.Type, BatchBody.TryParse(entry.Body)!));
                }
            }

            return batches.Count >= CountBatches(author);
        }, 60);
        Assert.That(batches.Select(batch => batch.Body.Number), Is.EqualTo(Enumerable.Range(0, batches.Count)), "batches are gap-free");
        for (var i = 1; i < batches.Count; i++)
        {
            Assert.That(batches[i].Body.Previous, Is.EqualTo(Digest.Of(batches[i - 1].Body.Encode())), "batches are chained");
        }

        using var keys = new StorageKeys(author.Keys.Root);
        var versions = Query(author, "SELECT Sealed FROM versions WHERE Batch IS NOT NULL", row => VersionMeta.TryParse(keys.OpenColumn("version", row.GetFieldValue<byte[]>(0)))!)
            .Select(meta =>
            {
                var row = WriteRow.TryParse(meta.Anchoring!.Row)!;
                AssertStands(batches, EntryType.RecordsAnchored, Anchor.TryParse(meta.Anchoring.Path)!, row.LeafHash());
                return new WrittenVersion(meta.Type, meta.Id, RecordHeader.TryParse(meta.Anchoring.Header)!, row);
            })
            .ToList();
        var superseded = Query(author, "SELECT Sealed FROM superseded", row => SupersededSealing.TryParse(keys.OpenColumn("superseded", row.GetFieldValue<byte[]>(0)))!)
            .Select(old =>
            {
                var row = WriteRow.TryParse(old.Row)!;
                AssertStands(batches, EntryType.RecordsAnchored, Anchor.TryParse(old.Path)!, row.LeafHash());
                return row;
            })
            .ToList();
        var reads = Query(author, "SELECT Number, Rows FROM batches WHERE Rows IS NOT NULL", row => (Number: (int)row.GetInt64(0), Rows: ReadRows.TryOpen(keys, row.GetFieldValue<byte[]>(1))!))
            .SelectMany(batch =>
            {
                Assert.That(batches[batch.Number].Type, Is.EqualTo(EntryType.AuthorReads));
                Assert.That(RowBatch.Of(batch.Rows).Root, Is.EqualTo(batches[batch.Number].Body.Root), "a batch has its rows");
                return batch.Rows.Select(row => ReadRow.TryParse(row)!);
            })
            .ToList();
        foreach (var numbers in versions.Select(version => version.Row).Concat(superseded).GroupBy(row => row.Subject, row => row.Number).Concat(reads.GroupBy(read => read.Subject, read => read.Number)))
        {
            Assert.That(numbers.Order(), Is.EqualTo(Enumerable.Range(0, numbers.Count())), $"rows of {numbers.Key} are gap-free");
        }

        return new AuthorsBook(versions, superseded, reads, batches);
    }

    /// <summary>How many batches the author has made, logged or not.</summary>
    public static long CountBatches(TestNode author) => Query(author, "SELECT COUNT(*) FROM batches", row => row.GetInt64(0)).Single();

    private static void AssertStands(List<(EntryType Type, BatchBody Body)> batches, EntryType type, Anchor anchor, Digest leaf)
    {
        Assert.That(anchor.EntryIndex, Is.LessThan((ulong)batches.Count));
        var (found, body) = batches[(int)anchor.EntryIndex];
        Assert.That(found, Is.EqualTo(type));
        Assert.That(anchor.Verifies(leaf, body.Root), "a row stands in its batch");
    }

    private static List<T> Query<T>(TestNode author, string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(author.Data, "records.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}

/// <summary>One version, with the row that the ledger commits to.</summary>
internal sealed record WrittenVersion(string Type, string Id, RecordHeader Header, WriteRow Row);
