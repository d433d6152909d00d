using EhrLedger.Node.Relaying;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Relaying;

/// <summary>A stranger who has a relay wait for a member that never answers takes what the relay has for strangers, and nothing that the node needs for itself.</summary>
public sealed class BusyRelayTests
{
    [Test]
    public async Task Says_that_it_is_busy_and_goes_on_as_soon_as_it_is_not()
    {
        await using var silent = await FakePeer.StartAsync();
        var waiting = 0;
        silent.Answer = async context =>
        {
            Interlocked.Add(ref waiting, context.Request.Path == "/gateway" ? 1 : 0);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var consortium = await TestConsortium.StartAsync(impostor: silent.Address);
        var relay = consortium.Nodes[1];
        var target = consortium.Impostor!.Organisation.ToString();
        using var giveUp = new CancellationTokenSource();
        var held = Enumerable.Range(0, RelaySlots.Most).Select(_ => AskAsync(relay, target, giveUp.Token)).ToList();
        await Eventually.BecomesTrueAsync("all of them wait", () => Task.FromResult(Volatile.Read(ref waiting) == RelaySlots.Most));

        Assert.That(await AskAsync(relay, target, CancellationToken.None), Is.EqualTo(503));
        Assert.That((await relay.CreateAsync(Resources.Patient("Unhindered"))).Status, Is.EqualTo(201));

        await giveUp.CancelAsync();
        Assert.That(async () => await Task.WhenAll(held), Throws.InstanceOf<OperationCanceledException>());
        await Eventually.BecomesTrueAsync("there is room again", async () => await AskAsync(relay, consortium.Nodes[2].Organisation.ToString(), CancellationToken.None) == 502);
    }

    private static async Task<int> AskAsync(TestNode relay, string target, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent([1]);
        using var answer = await relay.Client.PostAsync($"/relay/{target}", content, cancellationToken);
        return (int)answer.StatusCode;
    }
}
