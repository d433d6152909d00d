using System.Net;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>A limit on the size of files stands for the full disk: writes fail, and nothing else does.</summary>
[Platform("Linux")]
public sealed class FullDiskTests
{
    [Test]
    public async Task Refuses_clearly_loses_nothing_and_recovers([Values(0, 1)] int victim)
    {
        using var consortium = await TestConsortium.StartAsync();
        var node = consortium.Nodes[victim];
        await node.StopAsync();
        await node.StartAsync(ignoresFileSizeSignal: true);
        var acknowledged = new List<(ulong Index, Entry Entry)>();
        await SubmitAsync(10);
        await node.LimitFilesAsync("200000");
        await SubmitAsync(400);
        var failed = await node.FindHealthAsync();
        Assert.That(failed!.Store, Is.False);
        using (var health = await node.Client.GetAsync("/health"))
        {
            Assert.That(health.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        }

        Assert.That((await node.AlarmsAsync()).Select(alarm => alarm.Kind), Has.Some.EqualTo("StoreFailed"));
        await node.LimitFilesAsync("unlimited");
        await Eventually.BecomesTrueAsync("entries are logged again", async () =>
            (await consortium.Sequencer.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes)).Status == HttpStatusCode.OK);
        var size = (await consortium.Sequencer.FindHealthAsync())!.Size;
        await consortium.BecomesFinalEverywhereAsync(size);
        foreach (var one in consortium.Nodes)
        {
            var log = await one.ReadLogAsync(size);
            Assert.That(acknowledged.All(entry => log[(int)entry.Index].Span.SequenceEqual(entry.Entry.SignedBytes.Span)));
            Assert.That((await consortium.AuditAsync(one)).Finding, Is.Null);
        }

        async Task SubmitAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var entry = Entries.OpenSubject(consortium);
                var (status, answer, text) = await consortium.Sequencer.SubmitAsync(entry.SignedBytes, "durable");
                if (answer is not null)
                {
                    acknowledged.Add((answer.Index, entry));
                }
                else
                {
                    Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), text);
                    Assert.That(text, Does.Contain("urn:ehrledger:unavailable"));
                    break;
                }
            }

            if (victim != 0)
            {
                await Eventually.BecomesTrueAsync("the follower has noticed", async () => count <= 10 || (await node.AlarmsAsync()).Any(alarm => alarm.Kind == "StoreFailed"));
            }
        }
    }
}
