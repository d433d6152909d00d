using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Tests.Harness;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>A fourth member lies in every way that it can think of: the others go on, bounded in time and memory, and name it where it can be named.</summary>
public sealed class LyingPeerTests
{
    [Test]
    public async Task Endless_answers_are_cut_off_and_named() => await OthersGoOnAsync(
        async context =>
        {
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        },
        "LyingPeer");

    [Test]
    public async Task Silence_holds_nobody_up() => await OthersGoOnAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted), null);

    [Test]
    public async Task Nonsense_is_named() => await OthersGoOnAsync(context => context.Response.Body.WriteAsync(new byte[] { 1, 2, 3 }).AsTask(), "LyingPeer");

    [Test]
    public async Task Cosignatures_that_are_none_do_not_count()
    {
        var lie = new ReplicateAnswer.Cosigned(1, "\u2014 ehrledger/nobody/witness AAAAAAAAAAAAAAAAAAAAAAAA").Encode();
        await OthersGoOnAsync(context => context.Response.Body.WriteAsync(lie).AsTask(), "LyingPeer");
    }

    [Test]
    public async Task Another_members_checkpoint_with_wrong_tiles_is_tampering()
    {
        await using var liar = await FakePeer.StartAsync();
        using var consortium = await TestConsortium.StartAsync(3, liar.Address);
        liar.Answer = async context =>
        {
            if (context.Request.Path == "/log/checkpoint")
            {
                await context.Response.Body.WriteAsync(await consortium.Sequencer.Client.GetByteArrayAsync("/log/checkpoint"));
            }
            else
            {
                await context.Response.Body.WriteAsync(new byte[32]);
            }
        };
        Assert.That((await consortium.Sequencer.SubmitAsync(Entries.OpenSubject(consortium).SignedBytes)).Answer!.Level, Is.EqualTo(CommitLevel.Final));
        var organisation = consortium.Genesis.Members[^1].Organisation;
        foreach (var node in consortium.Nodes)
        {
            await Eventually.BecomesTrueAsync($"{node.Name} names the liar", () => node.CriesAsync("TamperedLog", organisation));
        }
    }

    private static async Task OthersGoOnAsync(RequestDelegate lie, string? alarm)
    {
        await using var liar = await FakePeer.StartAsync();
        using var consortium = await TestConsortium.StartAsync(3, liar.Address);
        liar.Answer = lie;
        for (var i = 0; i < 10; i++)
        {
            var (_, answer, text) = await consortium.Nodes[i % 3].SubmitAsync(Entries.OpenSubject(consortium).SignedBytes);
            // Whoever submits is answered after 10 s at the latest, and a silent follower is left after 20: had this waited for the liar, it would not be final.
            Assert.That(answer?.Level, Is.EqualTo(CommitLevel.Final), text);
        }

        var organisation = consortium.Genesis.Members[^1].Organisation;
        foreach (var node in consortium.Nodes.Where(_ => alarm is not null))
        {
            await Eventually.BecomesTrueAsync($"{node.Name} names the liar", () => node.CriesAsync(alarm!, organisation));
        }

        Assert.That((await consortium.AuditAsync(consortium.Sequencer)).Finding, Is.Null);
    }
}
