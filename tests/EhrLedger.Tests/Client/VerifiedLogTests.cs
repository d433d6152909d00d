using EhrLedger.Client.Log;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class VerifiedLogTests
{
    [Test]
    public async Task Successive_checkpoints_are_shown_to_be_one_history()
    {
        await using var world = await GrownAsync(1);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        Assert.That(await log.RefreshAsync(default), Is.True);
        await world.Clinic.Author.UpdateMembershipAsync();
        await world.Clinic.Author.UpdateMembershipAsync();
        Assert.That(await log.RefreshAsync(default), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(log.Newest!.Size, Is.EqualTo(3));
            Assert.That(log.IsFresh, Is.True);
            Assert.That(alarms.Raised, Is.Empty);
            Assert.That(KnownHead.TryParse(log.Newest.Encode()), Is.EqualTo(log.Newest));
        });
    }

    [Test]
    public async Task A_head_older_than_ten_minutes_is_not_fresh()
    {
        await using var world = await GrownAsync(1);
        using var log = world.Log(new WorldAlarms());
        await log.RefreshAsync(default);
        Assert.That(log.IsFresh, Is.True);
        foreach (var node in world.Nodes)
        {
            world.Handler.Down[node.Name] = 0;
        }

        world.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.That(await log.RefreshAsync(default), Is.False);
        Assert.That(log.IsFresh, Is.False);
    }

    [Test]
    public async Task Another_root_at_a_known_size_is_a_fork_and_names_who_gave_it()
    {
        await using var world = await GrownAsync(2);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        await log.RefreshAsync(default);
        var forked = Cosigned(world, 2, Digest.Of("other history"u8));
        Assert.That(await log.AcceptAsync(forked, log.Nodes[1], default), Is.EqualTo(Continuity.Contradicted));
        Assert.That(alarms.Raised.Single().Kind, Is.EqualTo(AlarmKind.ForkedLog));
        Assert.That(alarms.Raised.Single().Detail, Does.StartWith("clinic"));
    }

    [Test]
    public async Task A_longer_tree_that_does_not_continue_the_known_one_is_a_fork()
    {
        await using var world = await GrownAsync(2);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms, new KnownHead(1, Digest.Of("what this wallet saw"u8), world.Clock.GetUtcNow()));
        var longer = Cosigned(world, 2, world.Hospital.Replica.Tree.Root);
        Assert.That(await log.AcceptAsync(longer, log.Nodes[0], default), Is.EqualTo(Continuity.Contradicted));
        Assert.That(alarms.Kinds, Is.EqualTo(new[] { AlarmKind.ForkedLog }));
        Assert.That(log.Newest!.Size, Is.EqualTo(1));
    }

    [Test]
    public async Task A_shorter_tree_that_was_cosigned_later_is_a_log_that_went_back()
    {
        await using var world = await GrownAsync(3);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        await log.RefreshAsync(default);
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        var rewound = Cosigned(world, 1, await world.Hospital.Replica.Tree.RootAtAsync(1, default));
        Assert.That(await log.AcceptAsync(rewound, log.Nodes[2], default), Is.EqualTo(Continuity.Contradicted));
        Assert.That(alarms.Raised.Single().Kind, Is.EqualTo(AlarmKind.RewoundLog));
        Assert.That(alarms.Raised.Single().Detail, Does.StartWith("insurer"));
    }

    [Test]
    public async Task A_member_that_gives_a_wrong_consistency_proof_is_named_and_another_ones_is_taken()
    {
        await using var world = await GrownAsync(1);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        await log.RefreshAsync(default);
        await world.Clinic.Author.UpdateMembershipAsync();
        world.Handler.Changed = (request, reply) => request is { Node: "hospital", Path: "/ledger/consistency" } ? WorldReply.Ok([0x80]) : reply;
        Assert.That(await log.RefreshAsync(default), Is.True);
        Assert.That(log.Newest!.Size, Is.EqualTo(2));
        Assert.That(alarms.Raised.Single(), Is.EqualTo((AlarmKind.LyingPeer, alarms.Raised[0].Detail)));
        Assert.That(alarms.Raised[0].Detail, Does.StartWith("hospital"));
    }

    [Test]
    public async Task A_checkpoint_that_nobody_can_connect_is_not_built_upon()
    {
        await using var world = await GrownAsync(1);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        await log.RefreshAsync(default);
        await world.Clinic.Author.UpdateMembershipAsync();
        world.Handler.Instead = request => request.Path == "/ledger/consistency" ? WorldHandler.Respond(WorldReply.Problem(503, "away")) : null;
        Assert.That(await log.RefreshAsync(default), Is.False);
        Assert.That(log.Newest!.Size, Is.EqualTo(1));
        Assert.That(alarms.Raised, Is.Empty);
    }

    [Test]
    public async Task A_checkpoint_without_a_quorum_is_a_lie()
    {
        await using var world = await GrownAsync(1);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var alone = SignedCheckpoint.Sign(new CheckpointBody(LogOrigin.Parse(world.Genesis.Origin)!, 1, world.Hospital.Replica.Tree.Root), world.LogSigner);
        world.Handler.Changed = (request, reply) => request.Path == "/log/checkpoint" ? WorldReply.Ok(alone.Encode()) : reply;
        Assert.That(await log.RefreshAsync(default), Is.False);
        Assert.That(log.Newest, Is.Null);
        Assert.That(alarms.Raised.Select(alarm => alarm.Kind), Is.All.EqualTo(AlarmKind.LyingPeer).And.Exactly(3).Items);
    }

    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(3, 2)]
    [TestCase(4, 2)]
    [TestCase(7, 3)]
    public async Task So_many_members_are_asked_that_one_is_honest(int members, int asked)
    {
        await using var world = ConsortiumWorld.Start(members);
        using var log = world.Log(new WorldAlarms());
        Assert.That(log.Consortium.HeadsToAsk, Is.EqualTo(asked));
    }

    /// <summary>A quorum that colludes: nothing less can cosign another history.</summary>
    private static CosignedCheckpoint Cosigned(ConsortiumWorld world, ulong size, Digest root)
    {
        var body = new CheckpointBody(LogOrigin.Parse(world.Genesis.Origin)!, size, root);
        var note = SignedCheckpoint.Sign(body, world.LogSigner).With(world.Nodes.Select(node => node.Cosigner.Cosign(body, world.Clock.GetUtcNow())));
        return EhrLedger.Client.Consortium.Open(world.Genesis.Bytes, world.Genesis.Digest)!.Policy.Open(note)!;
    }

    private static async Task<ConsortiumWorld> GrownAsync(int leaves)
    {
        var world = ConsortiumWorld.Start();
        for (var i = 0; i < leaves; i++)
        {
            await world.Hospital.Author.UpdateMembershipAsync();
        }

        return world;
    }
}
