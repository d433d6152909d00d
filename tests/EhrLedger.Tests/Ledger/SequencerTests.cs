using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

[CancelAfter(20_000)]
public sealed class SequencerTests
{
    [Test]
    public async Task Bounds_the_bytes_that_wait_and_takes_more_when_they_are_written(CancellationToken cancellationToken)
    {
        await using var world = ConsortiumWorld.Asleep();
        var entries = new List<Entry>();
        for (ulong number = 0, index = 0; index < 3; number++, index++)
        {
            var previous = entries.Count == 0 ? default : Digest.Of(entries[^1].Body.Span);
            entries.Add(Entry.Sign(
                EntryType.RecordsAnchored,
                world.Hospital.Organisation.Topic,
                new BatchBody(number, previous, Digest.Of([1]), new byte[16]).Encode(),
                world.Clock.GetUtcNow() + Entry.UsualValidity,
                world.Hospital.SigningKey,
                world.Genesis.Digest));
        }

        var room = entries[0].SignedBytes.Length + entries[1].SignedBytes.Length;
        var sequencer = new Sequencer(world.Hospital.Replica, world.Clock, world.NodeAlarms, new SequencerSettings { MostQueuedBytes = room });
        var waiting = entries.Take(2).Select(entry => sequencer.SubmitAsync(entry.SignedBytes, CommitLevel.Durable, cancellationToken).AsTask()).ToList();
        Assert.That(await sequencer.SubmitAsync(entries[2].SignedBytes, CommitLevel.Durable, cancellationToken), Is.InstanceOf<SubmitOutcome.Unavailable>());

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = sequencer.RunAsync(stop.Token);
        Assert.That(await Task.WhenAll(waiting), Is.All.InstanceOf<SubmitOutcome.Logged>());
        Assert.That(await sequencer.SubmitAsync(entries[2].SignedBytes, CommitLevel.Durable, cancellationToken), Is.InstanceOf<SubmitOutcome.Logged>());
        await stop.CancelAsync();
        await running;
    }
}
