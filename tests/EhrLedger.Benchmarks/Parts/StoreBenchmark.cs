using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Storage.Log;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Benchmarks.Parts;

/// <summary>The log's hot path with prepared statements against the same rows through EF Core: the figures of docs/decisions/0002-sqlite-hot-path.md.</summary>
internal static class StoreBenchmark
{
    private const int Rounds = 50;
    private const int Reads = 2_000;

    public static Section Run()
    {
        var section = new Section("store", "The log's hot path: prepared statements against EF Core", null);
        section.Table("one transaction, synchronous=FULL", "prepared ms", "EF Core ms", "EF Core against prepared");
        var folder = ChildServer.NewFolder();
        try
        {
            foreach (var batch in (int[])[1, 32, 256])
            {
                var (raw, ef) = (new List<double>(), new List<double>());
                using var prepared = SqliteLogStore.Open(Path.Combine(folder, $"prepared-{batch}.db"));
                using var same = SqliteLogStore.Open(Path.Combine(folder, $"ef-{batch}.db"));
                var options = OptionsOf(folder, batch);
                var (one, other) = (new Log(prepared), new Log(same));
                for (var round = -10; round < Rounds; round++)
                {
                    var (a, b) = (one.Append(batch, prepared.Append), other.Append(batch, append => AppendByEf(options, append)));
                    if (round >= 0)
                    {
                        raw.Add(a);
                        ef.Add(b);
                    }
                }

                section.Row(batch == 1 ? "append of 1 leaf" : $"append of {batch} leaves", Spread.Of(raw).Print("0.00"), Spread.Of(ef).Print("0.00"), Spread.Of(ef.Zip(raw, (b, a) => b / a)).Print("0.0"));
                if (batch == 256)
                {
                    ReadOne(section, prepared, options);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return section;
    }

    private static void ReadOne(Section section, SqliteLogStore prepared, DbContextOptions<LogDbContext> options)
    {
        var next = 0;
        var seconds = Alternation.Time(
            5,
            TimeSpan.FromMilliseconds(100),
            () => prepared.ReadLeaves((ulong)(next++ % Reads), 1),
            () =>
            {
                using var context = new LogDbContext(options);
                var index = next++ % Reads;
                _ = context.Set<LeafRow>().AsNoTracking().Where(row => row.Index == index).ToList();
            });
        section.Row("read of one leaf", Spread.Of(seconds[0]).Print("0.000", 1e3), Spread.Of(seconds[1]).Print("0.000", 1e3), Alternation.Ratio(seconds[1], seconds[0]).Print("0.0"));
    }

    private static DbContextOptions<LogDbContext> OptionsOf(string folder, int batch) =>
        new DbContextOptionsBuilder<LogDbContext>().UseSqlite(string.Create(CultureInfo.InvariantCulture, $"Data Source={Path.Combine(folder, $"ef-{batch}.db")};Pooling=False")).Options;

    /// <summary>A log that grows by leaves of 400 bytes, each with a topic of its own.</summary>
    private sealed class Log(ITreeHashes hashes)
    {
        private MerkleTree _tree = new(Frontier.Empty, hashes);

        /// <returns>Milliseconds that the store took.</returns>
        public double Append(int count, Action<LogAppend> append)
        {
            var leaves = Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetBytes(400)).ToArray();
            var first = _tree.Size;
            var grown = _tree.Append([.. leaves.Select(leaf => MerkleHash.Leaf(leaf))]);
            var topics = leaves.Select(leaf => new Topic(TopicKind.Subject, Digest.Of(leaf))).ToArray();
            var appended = new LogAppend(
                first,
                [.. leaves.Select((leaf, i) => new StoredLeaf(first + (ulong)i, leaf, true))],
                [.. topics.Select(topic => new LeafPosition(topic, 0, topic.Name, 2_000))],
                [.. topics.Select(topic => KeyValuePair.Create(topic, new TopicRecord(1, new byte[100])))],
                grown.NewHashes,
                new LogHead(grown.Tree.Size, 1_000, grown.Tree.Frontier.Encode()));
            var start = Stopwatch.GetTimestamp();
            append(appended);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            _tree = grown.Tree;
            return elapsed;
        }
    }

    private static void AppendByEf(DbContextOptions<LogDbContext> options, LogAppend batch)
    {
        using var context = new LogDbContext(options);
        context.ChangeTracker.AutoDetectChangesEnabled = false;
        context.AddRange(batch.Leaves.Select(leaf => new LeafRow { Index = (long)leaf.Index, Leaf = leaf.Bytes.ToArray(), Effective = leaf.Effective }));
        context.AddRange(batch.Positions.Select((position, i) => new TopicLeafRow { Topic = position.Topic.ToArray(), Number = (long)position.Number, Index = (long)batch.First + i }));
        context.AddRange(batch.Positions.Select((position, i) => new RecentRow { Digest = position.Entry.ToArray(), Index = (long)batch.First + i, ValidUntil = (long)position.ValidUntil }));
        context.AddRange(batch.Topics.Select(topic => new TopicRow { Topic = topic.Key.ToArray(), NextNumber = 1, State = topic.Value.State.ToArray() }));
        context.AddRange(batch.Hashes.Select(hash => new HashRow { Position = ((long)hash.Level << 56) + (long)hash.Index, Hash = hash.Hash.ToArray() }));
        context.Update(new HeadRow { Id = 1, Size = (long)batch.Head.Size, Time = 1, Frontier = batch.Head.Frontier.ToArray() });
        context.SaveChanges();
    }
}
