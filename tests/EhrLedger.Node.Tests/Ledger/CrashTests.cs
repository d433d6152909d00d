using System.Collections.Concurrent;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>kill -9 in the middle of a storm of entries: whatever was acknowledged as durable is there afterwards, and the log is whole.</summary>
public sealed class CrashTests
{
    private static IEnumerable<object[]> Crashes => Sample.Of<object[]>([0, 20261101], [1, 20261104], [2, 20261105], [0, 20261102], [0, 20261103]);

    [TestCaseSource(nameof(Crashes))]
    public async Task Loses_nothing_that_was_acknowledged(int victim, int seed)
    {
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        using var consortium = await TestConsortium.StartAsync();
        var entries = Enumerable.Range(0, 1_000).Select(_ => Entries.OpenSubject(consortium)).ToArray();
        var acknowledged = new ConcurrentDictionary<ulong, Entry>();
        var storm = Parallel.ForEachAsync(entries, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (entry, _) =>
        {
            // As a wallet does: again and again, anywhere, until it is told that the entry is durable.
            ulong? place;
            while ((place = await FindPlaceAsync(consortium.Nodes[Random.Shared.Next(3)], entry)) is null)
            {
                await Task.Delay(50, CancellationToken.None);
            }

            acknowledged[place.Value] = entry;
        });
        for (var kill = 0; kill < 2; kill++)
        {
            await Task.Delay(random.Next(30, 700), CancellationToken.None);
            consortium.Nodes[victim].Kill();
            await consortium.Nodes[victim].StartAsync();
        }

        await storm;
        var size = (await consortium.Sequencer.FindHealthAsync())!.Size;
        Assert.That(acknowledged, Has.Count.EqualTo(entries.Length), "no two entries have one place");
        Assert.That(size, Is.EqualTo(entries.Length), "no entry has two");
        await consortium.BecomesFinalEverywhereAsync(size);
        foreach (var node in consortium.Nodes)
        {
            Assert.That((await consortium.AuditAsync(node)).Finding, Is.Null);
            var log = await node.ReadLogAsync(size);
            Assert.That(acknowledged.All(one => log[(int)one.Key].Span.SequenceEqual(one.Value.SignedBytes.Span)), $"{node.Name} lost an acknowledged entry; seed {seed}");
            Assert.That((await node.AlarmsAsync()).Select(alarm => alarm.Kind).Except(["EntryNotLogged"]), Is.Empty);
        }
    }

    private static async Task<ulong?> FindPlaceAsync(TestNode node, Entry entry)
    {
        try
        {
            return (await node.SubmitAsync(entry.SignedBytes, "durable")).Answer?.Index;
        }
        catch (Exception cut) when (cut is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }
}
