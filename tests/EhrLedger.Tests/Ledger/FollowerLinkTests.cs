using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

public sealed class FollowerLinkTests
{
    [Test]
    [CancelAfter(15_000)]
    public async Task Tells_followers_what_is_final_without_waiting_for_the_next_round(CancellationToken cancellationToken)
    {
        // Rounds of an idle log are 20 s apart: whatever a follower knows within 15 s, it was told at once.
        await using var world = ConsortiumWorld.Start(idle: TimeSpan.FromSeconds(20));
        var previous = default(Digest);
        for (ulong number = 0; number < 50; number++)
        {
            var body = new BatchBody(number, previous, Digest.Of([1]), new byte[16]).Encode();
            previous = Digest.Of(body);
            var entry = Entry.Sign(
                EntryType.RecordsAnchored, world.Hospital.Organisation.Topic, body, world.Clock.GetUtcNow() + Entry.UsualValidity, world.Hospital.SigningKey, world.Genesis.Digest);
            await world.LogAsync(entry).WaitAsync(cancellationToken);
        }

        Assert.That(world.Nodes.Select(node => node.Finality.Size), Is.All.EqualTo(50));
    }
}
