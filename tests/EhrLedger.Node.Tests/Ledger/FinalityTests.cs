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
}
