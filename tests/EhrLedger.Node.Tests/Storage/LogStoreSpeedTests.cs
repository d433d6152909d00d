using System.Diagnostics;
using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Storage.Log;
using EhrLedger.Node.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>The figures of docs/decisions/0002-sqlite-hot-path.md.</summary>
public sealed class LogStoreSpeedTests
{
    [Test, Explicit("A measurement; run alone.")]
    public async Task Prepared_statements_against_EF_Core([Values(1, 32, 256)] int batch)
    {
        using var folder = new TestFolder();
        using var raw = SqliteLogStore.Open(folder["raw.db"]);
        var rawTime = Measure(raw, batch, raw.Append);
        using (var same = SqliteLogStore.Open(folder["ef.db"]))
        {
            var options = new DbContextOptionsBuilder<LogDbContext>().UseSqlite($"Data Source={folder["ef.db"]}").Options;
            var efTime = Measure(same, batch, append => AppendByEf(options, append));
            await TestContext.Out.WriteLineAsync($"batch {batch}: prepared {rawTime:0.00} ms, EF Core {efTime:0.00} ms a commit (median); {efTime / rawTime:0.0} times");
        }

        var reads = Stopwatch.StartNew();
        for (var i = 0; i < 2_000; i++)
        {
            raw.ReadLeaves((ulong)(i % 30), 1);
        }

        var rawRead = reads.Elapsed.TotalMilliseconds * 1000 / 2_000;
        reads.Restart();
        var readOptions = new DbContextOptionsBuilder<LogDbContext>().UseSqlite($"Data Source={folder["ef.db"]}").Options;
        for (var i = 0; i < 2_000; i++)
        {
            using var context = new LogDbContext(readOptions);
            _ = context.Set<LeafRow>().AsNoTracking().Where(row => row.Index == i % 30).ToList();
        }

        await TestContext.Out.WriteLineAsync($"one leaf read: prepared {rawRead:0} µs, EF Core {reads.Elapsed.TotalMilliseconds * 1000 / 2_000:0} µs");
    }

    private static double Measure(ITreeHashes hashes, int batch, Action<LogAppend> append)
    {
        var tree = new MerkleTree(Frontier.Empty, hashes);
        var times = new List<double>();
        for (var round = 0; round < 60; round++)
        {
            var leaves = Enumerable.Range(0, batch).Select(_ => RandomNumberGenerator.GetBytes(400)).ToArray();
            var first = tree.Size;
            var grown = tree.Append([.. leaves.Select(leaf => MerkleHash.Leaf(leaf))]);
            var topics = leaves.Select(leaf => new Topic(TopicKind.Subject, Digest.Of(leaf))).ToArray();
            var watch = Stopwatch.StartNew();
            append(new LogAppend(
                first,
                [.. leaves.Select((leaf, i) => new StoredLeaf(first + (ulong)i, leaf, true))],
                [.. topics.Select(topic => new LeafPosition(topic, 0, topic.Name, 2_000))],
                [.. topics.Select(topic => KeyValuePair.Create(topic, new TopicRecord(1, new byte[100])))],
                grown.NewHashes,
                new LogHead(grown.Tree.Size, 1_000, grown.Tree.Frontier.Encode())));
            times.Add(watch.Elapsed.TotalMilliseconds);
            tree = grown.Tree;
        }

        times = [.. times.Skip(10).Order()];
        return times[times.Count / 2];
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
