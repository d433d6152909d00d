using System.Net.Http.Json;
using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>One member's store is changed behind its back, or by itself: the two others say so, and name it.</summary>
public sealed class TamperingTests
{
    [Test]
    public async Task A_changed_byte_in_a_leaf_is_found_and_its_owner_named([Values(0, 1)] int culprit)
    {
        using var consortium = await TestConsortium.StartAsync();
        await FillAsync(consortium, consortium.Sequencer, 20);
        await consortium.BecomesFinalEverywhereAsync(20);
        var tampered = consortium.Nodes[culprit];
        await tampered.StopAsync();
        using (var database = new SqliteConnection($"Data Source={tampered.LogFile};Pooling=False"))
        {
            database.Open();
            using var change = database.CreateCommand();
            change.CommandText = "SELECT leaf FROM leaves WHERE idx = 7";
            var leaf = (byte[])change.ExecuteScalar()!;
            leaf[leaf.Length / 2] ^= 1;
            change.CommandText = "UPDATE leaves SET leaf = $leaf WHERE idx = 7";
            change.Parameters.AddWithValue("$leaf", leaf);
            Assert.That(change.ExecuteNonQuery(), Is.EqualTo(1));
        }

        await tampered.StartAsync();
        foreach (var other in consortium.Nodes.Except([tampered]))
        {
            using var response = await other.Client.PostAsync("/admin/patrol", null);
            var findings = await response.Content.ReadFromJsonAsync<FindingLine[]>();
            Assert.That(findings!.Single().Kind, Is.EqualTo("TamperedLog"));
            Assert.That(findings![0].Member, Is.EqualTo(tampered.Organisation.ToString()));
            Assert.That(findings[0].Detail, Does.Contain("index 7"));
            Assert.That(await other.CriesAsync("TamperedLog", tampered.Organisation));
        }

        using var own = await tampered.Client.PostAsync("/admin/patrol", null);
        Assert.That((await own.Content.ReadFromJsonAsync<FindingLine[]>())!.All(finding => finding is { Kind: "TamperedLog", Member: "" }));
        Assert.That((await consortium.AuditAsync(tampered)).Finding, Is.Not.Null);
    }

    [Test]
    public async Task Patrols_find_it_without_being_asked()
    {
        using var consortium = await TestConsortium.StartAsync();
        await FillAsync(consortium, consortium.Sequencer, 5);
        await consortium.BecomesFinalEverywhereAsync(5);
        Change(consortium.Sequencer, "UPDATE leaves SET leaf = zeroblob(200) WHERE idx = 2");
        foreach (var other in consortium.Nodes.Skip(1))
        {
            await Eventually.BecomesTrueAsync($"{other.Name} cries", () => other.CriesAsync("TamperedLog", consortium.Sequencer.Organisation));
        }
    }

    [Test]
    public async Task A_store_whose_end_was_changed_does_not_start()
    {
        using var consortium = await TestConsortium.StartAsync(1);
        await FillAsync(consortium, consortium.Sequencer, 5);
        await consortium.Sequencer.StopAsync();
        Change(consortium.Sequencer, "UPDATE hashes SET hash = zeroblob(32) WHERE position = 4");
        var refused = await Assert.ThrowsAsync<AssertionException>(() => consortium.Sequencer.StartAsync());
        Assert.That(refused!.Message, Does.Contain("damaged or changed"));
        Assert.That(consortium.Sequencer.Process.ExitCode, Is.EqualTo(4));
    }

    [Test]
    public async Task An_old_copy_of_the_sequencers_store_is_noticed_by_both_others()
    {
        using var consortium = await TestConsortium.StartAsync();
        await FillAsync(consortium, consortium.Sequencer, 5);
        await consortium.BecomesFinalEverywhereAsync(5);
        await consortium.Sequencer.StopAsync();
        var old = consortium.Sequencer.CopyLog("old");
        await consortium.Sequencer.StartAsync();
        await FillAsync(consortium, consortium.Sequencer, 5);
        await consortium.BecomesFinalEverywhereAsync(10);
        foreach (var other in consortium.Nodes.Skip(1))
        {
            await Eventually.BecomesTrueAsync($"{other.Name} has seen all", async () => await SeenAsync(other, consortium.Sequencer) >= 10);
        }

        await consortium.Sequencer.StopAsync();
        consortium.Sequencer.RestoreLog(old);
        await consortium.Sequencer.StartAsync();
        foreach (var other in consortium.Nodes.Skip(1))
        {
            await Eventually.BecomesTrueAsync($"{other.Name} cries", () => other.CriesAsync("RewoundLog", consortium.Sequencer.Organisation));
        }

        Assert.That(await consortium.Sequencer.AlarmsAsync(), Has.Some.Matches<AlarmLine>(alarm => alarm?.Kind == "RewoundLog"));
    }

    [Test]
    public async Task Two_histories_are_noticed_by_both_who_were_shown_one_each()
    {
        using var consortium = await TestConsortium.StartAsync();
        var (sequencer, east, south) = (consortium.Nodes[0], consortium.Nodes[1], consortium.Nodes[2]);
        await FillAsync(consortium, sequencer, 3);
        await consortium.BecomesFinalEverywhereAsync(3);
        await sequencer.StopAsync();
        var before = sequencer.CopyLog("before");

        south.Kill();
        await sequencer.StartAsync();
        await FillAsync(consortium, sequencer, 4);
        await east.BecomesFinalAsync(7);
        await sequencer.StopAsync();

        east.Kill();
        sequencer.RestoreLog(before);
        await south.StartAsync();
        await sequencer.StartAsync();
        await FillAsync(consortium, sequencer, 4);
        await south.BecomesFinalAsync(7);

        await east.StartAsync();
        await Eventually.BecomesTrueAsync("East sees the fork", async () => (await east.AlarmsAsync()).Any(alarm => alarm.Kind == "ForkedLog"));
        await Eventually.BecomesTrueAsync("East names South or the sequencer", async () =>
            await east.CriesAsync("ForkedLog", south.Organisation) || await east.CriesAsync("ForkedLog", sequencer.Organisation));
        await Eventually.BecomesTrueAsync("South names East", () => south.CriesAsync("ForkedLog", east.Organisation));
    }

    private static async Task FillAsync(TestConsortium consortium, TestNode node, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.That((await node.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes)).Answer, Is.Not.Null);
        }
    }

    private static void Change(TestNode node, string sql)
    {
        using var database = new SqliteConnection($"Data Source={node.LogFile};Pooling=False");
        database.Open();
        using var change = database.CreateCommand();
#pragma warning disable CA2100 // A statement of this test's own.
        change.CommandText = sql;
#pragma warning restore CA2100
        change.ExecuteNonQuery();
    }

    private static async Task<long> SeenAsync(TestNode node, TestNode other)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(node.Data, "watch.db")};Pooling=False;Mode=ReadOnly");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT Size FROM seen_heads WHERE Organisation = $name";
        command.Parameters.AddWithValue("$name", other.Organisation.ToString());
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }
}
