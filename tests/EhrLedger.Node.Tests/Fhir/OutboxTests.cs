using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>An author whose sequencer is away: it writes, and reads what it wrote.</summary>
public sealed class OutboxTests
{
    [Test]
    public async Task An_author_writes_and_reads_while_the_sequencer_is_down_and_all_becomes_final_when_it_is_back()
    {
        using var consortium = await TestConsortium.StartAsync();
        var author = consortium.Nodes[1];
        var patient = await author.RegisterPatientAsync("Early");
        consortium.Sequencer.Kill();

        var kept = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            kept.Add(await author.KeepAsync(Resources.Observation(patient, value: i)));
        }

        var late = await author.RegisterPatientAsync("Late");
        Assert.That((await author.GetAsync($"Patient/{late}")).Status, Is.EqualTo(200));
        Assert.That((await author.GetAsync($"Observation?patient={patient}")).Ids, Is.EquivalentTo(kept));
        Assert.That((ulong)AuthorsBook.CountBatches(author), Is.GreaterThan((await author.FindHealthAsync())!.Size));

        // The author may stop as well: its outbox stays.
        author.Kill();
        await author.StartAsync();
        Assert.That((await author.GetAsync($"Observation?patient={patient}")).Ids, Is.EquivalentTo(kept));

        await consortium.Sequencer.StartAsync();
        var book = await AuthorsBook.OpenAsync(author);
        Assert.That(book.Versions.Select(version => version.Id), Is.SupersetOf(kept.Append(late)));
        foreach (var node in consortium.Nodes)
        {
            await node.BecomesFinalAsync((await author.FindHealthAsync())!.FinalSize);
            Assert.That((await consortium.AuditAsync(node)).Finding, Is.Null);
        }
    }

    [Test]
    public async Task What_a_sequencers_store_has_lost_is_submitted_again()
    {
        using var consortium = await TestConsortium.StartAsync();
        var author = consortium.Sequencer;
        var patient = await author.RegisterPatientAsync("Rewound");
        await AuthorsBook.OpenAsync(author);
        await author.StopAsync();
        var before = author.CopyLog("before");
        foreach (var other in consortium.Nodes.Skip(1))
        {
            other.Kill();
        }

        // On the disk of one, and so not final.
        await author.StartAsync();
        var size = (await author.FindHealthAsync())!.Size;
        var kept = new List<string> { await author.KeepAsync(Resources.Observation(patient, value: 1)), await author.KeepAsync(Resources.Observation(patient, value: 2)) };
        await Eventually.BecomesTrueAsync("both are logged", async () => (await author.FindHealthAsync())!.Size == size + 2);
        await author.StopAsync();
        author.RestoreLog(before);
        foreach (var node in consortium.Nodes)
        {
            await node.StartAsync();
        }

        var book = await AuthorsBook.OpenAsync(author);
        Assert.That(book.Versions.Select(version => version.Id), Is.SupersetOf(kept));
        await consortium.BecomesFinalEverywhereAsync(size + 2);
        Assert.That(await author.AlarmsAsync(), Is.Empty);
    }
}
