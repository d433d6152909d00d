using System.Text;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Tests.MerkleLog;
using EhrLedger.Tests.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Custody;

/// <summary>A custodian's view of a real replica that the sequencer writes.</summary>
public sealed class ReplicaViewTests
{
    private static readonly Cosigner Witness = TestKeys.Witness(1);

    private static readonly Genesis Genesis = Genesis.Create(
        "Three",
        TestKeys.Origin,
        DateTimeOffset.UnixEpoch,
        Consortium.Hospital.Id,
        TestKeys.Log.Verifier.ToString(),
        [.. new[] { Consortium.Hospital, Consortium.Clinic, Consortium.Insurer }.Select(party => party.Member)],
        Encoding.UTF8.GetString(QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [Witness.Verifier]).Encode()),
        custodyThreshold: 2);

    [Test]
    public async Task Sees_the_newest_state_and_what_is_final()
    {
        using var store = new LogStore();
        var alarms = new Alarms();
        var replica = new LogReplica(Genesis, new ContractEngine(new OrganisationContract(Genesis.Digest), new SubjectContract(Genesis.Digest)), store);
        var finality = new Finality(replica, store, alarms);
        var sequencer = new Sequencer(replica, TimeProvider.System, alarms, new SequencerSettings());
        using var stop = new CancellationTokenSource();
        var running = sequencer.RunAsync(stop.Token);

        using var key = new Dice(1).SigningKey();
        var subject = new SubjectId(key.Public);
        var entries = new ConsentEntries(subject, key, Genesis.Digest);
        var validUntil = DateTimeOffset.UtcNow + Entry.UsualValidity;
        var open = entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, default), validUntil);
        await sequencer.SubmitAsync(open.SignedBytes, CommitLevel.Durable, CancellationToken.None);
        var cosignedAt = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var body = new CheckpointBody(LogOrigin.Parse(TestKeys.Origin)!, replica.Size, replica.Tree.Root);
        var note = SignedCheckpoint.Sign(body, TestKeys.Log).With(Witness.Cosign(body, cosignedAt));
        Assert.That(await finality.OfferAsync(note.Encode(), CancellationToken.None), Is.True);
        await sequencer.SubmitAsync(entries.StartEpoch(new EpochStarted(1, Digest.Of("1"u8)), validUntil).SignedBytes, CommitLevel.Durable, CancellationToken.None);

        var view = new ReplicaView(replica, finality);
        Assert.Multiple(() =>
        {
            Assert.That((view.FinalSize, view.FinalAsOf), Is.EqualTo((1ul, cosignedAt)));
            Assert.That(view.FindSubject(subject)!.CurrentEpoch, Is.EqualTo(1), "Newest, though not final.");
            Assert.That(view.FindEffective(0)!.Entry.Digest, Is.EqualTo(open.Digest));
            Assert.That(view.FindEffective(1)!.Moment.Number, Is.EqualTo(1));
            Assert.That(view.FindEffective(2), Is.Null);
            Assert.That(view.FindSubject(new Dice(2).Subject()), Is.Null);
        });
        await stop.CancelAsync();
        await running;
    }

    [Test]
    public void Has_nothing_final_before_the_first_checkpoint()
    {
        using var store = new LogStore();
        var replica = new LogReplica(Genesis, new ContractEngine(), store);
        var view = new ReplicaView(replica, new Finality(replica, store, new Alarms()));
        Assert.That((view.FinalSize, view.FinalAsOf), Is.EqualTo((0ul, DateTimeOffset.UnixEpoch)));
    }

    private sealed class Alarms : IAlarmSink
    {
        public void Raise(AlarmKind kind, string detail) => Assert.Fail($"{kind}: {detail}");
    }

    private sealed class LogStore : ILogStore
    {
        private readonly StoredHashesInMemory _hashes = new();
        private readonly List<StoredLeaf> _leaves = [];
        private readonly Dictionary<Topic, TopicRecord> _topics = [];
        private LogHead _head = new(0, 0, ReadOnlyMemory<byte>.Empty);

        public LogHead ReadHead() => _head;

        public void Append(LogAppend batch)
        {
            _hashes.Add(batch.Hashes);
            _leaves.AddRange(batch.Leaves);
            foreach (var (topic, record) in batch.Topics)
            {
                _topics[topic] = record;
            }

            _head = batch.Head;
        }

        public IReadOnlyList<StoredLeaf> ReadLeaves(ulong first, int count) => [.. _leaves.Skip((int)first).Take(count)];

        public TopicRecord? FindTopic(Topic topic) => _topics.GetValueOrDefault(topic);

        public IReadOnlyList<StoredLeaf> ReadTopic(Topic topic, ulong firstNumber, int count) => throw new NotSupportedException();

        public IReadOnlyList<(Topic Topic, TopicRecord Record)> ReadTopics(TopicKind kind) => [.. _topics.Where(pair => pair.Key.Kind == kind).Select(pair => (pair.Key, pair.Value))];

        public ulong? FindRecent(Digest entry) => null;

        public byte[]? ReadFinal() => null;

        public void SaveFinal(byte[] note)
        {
        }

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken) =>
            _hashes.ReadAsync(level, firstIndex, count, cancellationToken);

        public void Dispose()
        {
        }
    }
}
