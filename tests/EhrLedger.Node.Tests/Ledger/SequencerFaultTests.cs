using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Tests.Storage;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>A write of the sequencer fails; what was to be written is there or is not.</summary>
public sealed class SequencerFaultTests
{
    [Test]
    public async Task Goes_on_after_a_failed_write_and_acknowledges_only_what_is_there([Range(1, 6)] int failAt, [Values] bool persists)
    {
        using var keys = OrganisationKeys.Generate();
        var descriptor = keys.Describe("North", "hospital", "http://north");
        var genesis = Consortium.Found("Test", DateTimeOffset.UtcNow, keys.Organisation, [descriptor]);
        using var store = new MemoryLogStore(failAt, persists);
        var replica = new LogReplica(genesis, new ContractEngine(new OrganisationContract(genesis.Digest)), store);
        var alarms = new Alarms();
        var sequencer = new Sequencer(replica, TimeProvider.System, alarms, new SequencerSettings());
        using var over = new CancellationTokenSource();
        var loop = sequencer.RunAsync(over.Token);

        var places = new Dictionary<Entry, ulong>();
        for (var i = 0; i < 8; i++)
        {
            var entry = Entry.Sign(
                EntryType.MemberUpdated, keys.Organisation.Topic, new MemberUpdated(descriptor.Member with { Name = $"North {i}" }, null).Encode(),
                DateTimeOffset.UtcNow + Entry.UsualValidity, keys.Signing, genesis.Digest);
            var outcome = await sequencer.SubmitAsync(entry.SignedBytes, CommitLevel.Durable, CancellationToken.None);
            if (outcome is SubmitOutcome.Unavailable)
            {
                outcome = await sequencer.SubmitAsync(entry.SignedBytes, CommitLevel.Durable, CancellationToken.None);
            }

            places[entry] = ((SubmitOutcome.Logged)outcome).Index;
        }

        await over.CancelAsync();
        await loop;
        Assert.That(places.Values, Is.EqualTo(Enumerable.Range(0, 8)));
        Assert.That(places.All(place => Leaf.TryParse(replica.FindLeaf(place.Value)!.Bytes)!.Entry.Span.SequenceEqual(place.Key.SignedBytes.Span)));
        Assert.That(replica.Members.Find(keys.Organisation)!.Name, Is.EqualTo("North 7"));
        Assert.That((await MerkleTree.RestoreAsync(8, store, CancellationToken.None)).Root, Is.EqualTo(replica.Tree.Root));
        Assert.That(alarms.Kinds, Is.EqualTo((AlarmKind[])[AlarmKind.StoreFailed]));
    }

    private sealed class Alarms : IAlarmSink
    {
        public List<AlarmKind> Kinds { get; } = [];

        public void Raise(AlarmKind kind, string detail) => Kinds.Add(kind);
    }
}
