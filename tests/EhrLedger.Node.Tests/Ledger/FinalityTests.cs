using System.Diagnostics;
using System.Net;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

public sealed class FinalityTests
{
    [Test]
    public async Task Three_nodes_reach_it_whichever_of_them_is_asked()
    {
        using var consortium = await TestConsortium.StartAsync();
        foreach (var node in consortium.Nodes)
        {
            var (status, answer, text) = await node.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes);
            Assert.That(status, Is.EqualTo(HttpStatusCode.OK), text);
            Assert.That(answer!.Level, Is.EqualTo(CommitLevel.Final));
            Assert.That(answer.Final, Is.Not.Null);
        }

        await consortium.BecomesFinalEverywhereAsync(3);
        foreach (var node in consortium.Nodes)
        {
            Assert.That((await consortium.AuditAsync(node)).Finding, Is.Null);
            Assert.That(await node.AlarmsAsync(), Is.Empty);
        }
    }

    [Test]
    public async Task One_follower_may_be_down_and_catches_up_when_it_is_back()
    {
        using var consortium = await TestConsortium.StartAsync();
        var away = consortium.Nodes[2];
        await away.StopAsync();
        for (var i = 0; i < 30; i++)
        {
            var (_, answer, text) = await consortium.Sequencer.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes);
            Assert.That(answer?.Level, Is.EqualTo(CommitLevel.Final), text);
        }

        await away.StartAsync();
        await away.BecomesFinalAsync(30);
        Assert.That((await consortium.AuditAsync(away)).Finding, Is.Null);
    }

    [Test]
    public async Task Without_a_quorum_an_entry_stays_durable_and_becomes_final_later()
    {
        using var consortium = await TestConsortium.StartAsync();
        consortium.Nodes[1].Kill();
        consortium.Nodes[2].Kill();
        var (_, answer, text) = await consortium.Sequencer.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes);
        Assert.That(answer?.Level, Is.EqualTo(CommitLevel.Durable), text);
        Assert.That(answer!.Final, Is.Null);

        await consortium.Nodes[1].StartAsync();
        await consortium.Sequencer.BecomesFinalAsync(1);
    }

    [Test, Explicit("A measurement; run alone.")]
    public async Task Takes_this_long_on_loopback()
    {
        using var consortium = await TestConsortium.StartAsync();
        var entries = Enumerable.Range(0, 600).Select(_ => Entries.OpenSubject(consortium).SignedBytes).ToArray();
        var times = new List<double>();
        foreach (var entry in entries)
        {
            var watch = Stopwatch.StartNew();
            await consortium.Sequencer.SubmitAsync(entry);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times = [.. times.Skip(100).Order()];
        await TestContext.Out.WriteLineAsync($"time to final: p50 {times[times.Count / 2]:0.0} ms, p99 {times[times.Count * 99 / 100]:0.0} ms");

        var many = Enumerable.Range(0, 6_000).Select(_ => Entries.OpenSubject(consortium).SignedBytes).ToArray();
        var total = Stopwatch.StartNew();
        await Parallel.ForEachAsync(many, new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (entry, _) => await consortium.Sequencer.SubmitAsync(entry, "durable"));
        await TestContext.Out.WriteLineAsync($"durable: {many.Length / total.Elapsed.TotalSeconds:0} entries/s");
        await consortium.BecomesFinalEverywhereAsync((ulong)(600 + many.Length));
        await TestContext.Out.WriteLineAsync($"final everywhere: {many.Length / total.Elapsed.TotalSeconds:0} entries/s");
        Assert.That(await consortium.Sequencer.AlarmsAsync(), Is.Empty);
    }
}
