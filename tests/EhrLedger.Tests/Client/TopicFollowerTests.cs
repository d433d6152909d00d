using EhrLedger.Client.Log;
using EhrLedger.Client.Topics;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class TopicFollowerTests
{
    [Test]
    public async Task Every_entry_is_here_and_proven()
    {
        await using var world = await GrownAsync(5);
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        var followed = await new TopicFollower(log).FollowAsync(copy, default);
        Assert.Multiple(() =>
        {
            Assert.That(followed.Outcome, Is.EqualTo(TopicOutcome.Complete));
            Assert.That(followed.Fresh, Is.True);
            Assert.That(followed.Heads, Is.EqualTo(2));
            Assert.That(copy.Entries, Has.Count.EqualTo(5));
            Assert.That(copy.Entries.All(entry => entry.HasEffect), Is.True);
            Assert.That(alarms.Raised, Is.Empty);
        });
        var kept = Copy(world, log);
        Assert.That(kept.TryRestore(copy.Encode()), Is.True);
        Assert.That(kept.State!.Encode(), Is.EqualTo(copy.State!.Encode()));
        Assert.That(Copy(world, log).TryRestore(new byte[] { 0x81, 0x40 }), Is.False);
    }

    [Test]
    public async Task A_member_that_hides_the_last_entry_behind_a_true_size_is_named()
    {
        await using var world = await GrownAsync(3);
        var topic = world.Hospital.Organisation.Topic;
        var asked = Asked(world, topic);
        Tamper(world, topic, asked[0], node => node.WriteHead(new(topic, 2, node.Replica.Size, node.Replica.Tree.Root, 1)));
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        Assert.That((await new TopicFollower(log).FollowAsync(copy, default)).Outcome, Is.EqualTo(TopicOutcome.Complete));
        Assert.That(copy.Entries, Has.Count.EqualTo(3));
        Assert.That(alarms.Raised.Single().Kind, Is.EqualTo(AlarmKind.TopicWithheld));
        Assert.That(alarms.Raised.Single().Detail, Does.StartWith(asked[0].Name));
    }

    [Test]
    public async Task A_member_that_is_only_behind_is_not_blamed()
    {
        await using var world = await GrownAsync(3);
        var topic = world.Hospital.Organisation.Topic;
        var root = await world.Hospital.Replica.Tree.RootAtAsync(2, default);
        Tamper(world, topic, Asked(world, topic)[0], node => node.WriteHead(new(topic, 2, 2, root, 1)));
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        Assert.That((await new TopicFollower(log).FollowAsync(copy, default)).Outcome, Is.EqualTo(TopicOutcome.Complete));
        Assert.That(copy.Entries, Has.Count.EqualTo(3));
        Assert.That(alarms.Raised, Is.Empty);
    }

    [Test]
    public async Task A_head_over_another_tree_is_a_fork_signed_by_its_member()
    {
        await using var world = await GrownAsync(3);
        var topic = world.Hospital.Organisation.Topic;
        var liar = Asked(world, topic)[0];
        Tamper(world, topic, liar, node => node.WriteHead(new(topic, 3, 3, EhrLedger.Crypto.Digest.Of("other"u8), 1)));
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        Assert.That((await new TopicFollower(log).FollowAsync(copy, default)).Outcome, Is.EqualTo(TopicOutcome.Complete));
        Assert.That(alarms.Kinds, Is.EqualTo(new[] { AlarmKind.ForkedLog }));
        Assert.That(alarms.Raised[0].Detail, Does.StartWith(liar.Name));
    }

    [Test]
    public async Task A_member_that_signs_entries_and_does_not_give_them_is_named()
    {
        await using var world = await GrownAsync(2);
        var topic = world.Hospital.Organisation.Topic;
        foreach (var node in world.Nodes)
        {
            Tamper(world, topic, node, own => own.WriteHead(new(topic, 4, own.Replica.Size, own.Replica.Tree.Root, 1)));
        }

        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        Assert.That((await new TopicFollower(log).FollowAsync(copy, default)).Outcome, Is.EqualTo(TopicOutcome.Withheld));
        Assert.That(copy.Entries, Has.Count.EqualTo(2));
        Assert.That(alarms.Raised.Select(alarm => alarm.Kind), Is.All.EqualTo(AlarmKind.TopicWithheld));
        Assert.That(alarms.Raised, Is.Not.Empty);
    }

    [Test]
    public async Task A_changed_leaf_is_noticed_and_the_true_one_taken_from_another_member()
    {
        await using var world = await GrownAsync(3);
        var topic = world.Hospital.Organisation.Topic;
        var liar = Asked(world, topic)[0];
        world.Handler.Changed = (request, reply) => request.Node == liar.Name && request.Query.Contains("first=", StringComparison.Ordinal) ? WorldReply.Ok(Flip(reply.Body)) : reply;
        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        var copy = Copy(world, log);
        Assert.That((await new TopicFollower(log).FollowAsync(copy, default)).Outcome, Is.EqualTo(TopicOutcome.Complete));
        Assert.That(copy.Entries, Has.Count.EqualTo(3));
        Assert.That(alarms.Raised, Has.Count.EqualTo(1));
        Assert.That(alarms.Raised[0].Detail, Does.StartWith(liar.Name));
    }

    [Test]
    public async Task A_batch_is_found_by_its_outbox_number_among_other_entries()
    {
        await using var world = ConsortiumWorld.Start();
        using var key = EhrLedger.Crypto.Hpke.XWingPrivateKey.Generate();
        using var subject = Ed25519PrivateKey.Generate();
        var author = world.Hospital.Author;
        using var kept = new KeptSubject(EhrLedger.Consent.Subjects.Category.Laboratory, new(subject.Public), 0, key.Public, key.Public, world.Hospital.Blobs);
        for (var i = 0; i < 4; i++)
        {
            await author.UpdateMembershipAsync();
            await author.WriteAsync(kept, WalletText);
        }

        var alarms = new WorldAlarms();
        using var log = world.Log(alarms);
        for (var number = 0UL; number < 4; number++)
        {
            world.Handler.Seen.Clear();
            var batch = await new BatchLocator(log).FindAsync(world.Hospital.Organisation, number, default);
            Assert.That(batch!.Body.Number, Is.EqualTo(number));
            Assert.That(batch.Leaf.Leaf.Number, Is.EqualTo((2 * number) + 1));
            Assert.That(world.Handler.Seen, Has.Count.LessThanOrEqualTo(4));
        }

        Assert.That(await new BatchLocator(log).FindAsync(world.Hospital.Organisation, 4, default), Is.Null);
        Assert.That(alarms.Raised, Is.Empty);
    }

    [Test]
    public async Task A_member_that_changed_its_key_is_known_after_a_replay()
    {
        await using var world = ConsortiumWorld.Start();
        using var next = Ed25519PrivateKey.Generate();
        var member = world.Clinic.Member with { SigningKey = next.Public, Name = "New clinic" };
        var body = new MemberUpdated(member, next.Sign(MemberUpdated.MessageOf(world.Genesis.Digest, world.Clinic.Organisation.Topic, member)));
        await world.LogAsync(Entry.Sign(EntryType.MemberUpdated, world.Clinic.Organisation.Topic, body.Encode(), world.Clock.GetUtcNow() + Entry.UsualValidity, world.Clinic.SigningKey, world.Genesis.Digest));

        using var joining = Ed25519PrivateKey.Generate();
        var joiner = new OrganisationId(joining.Public);
        var newcomer = world.Insurer.Member with { Organisation = joiner, SigningKey = joining.Public, Name = "Lab", Witness = null };
        MembershipApproval Approve(WorldNode node, Ed25519PrivateKey key) =>
            MembershipApproval.Sign(node.Organisation, key, world.Genesis.Digest, MembershipAct.Join, joiner.Topic, EhrLedger.Crypto.Digest.Of(newcomer.Encode()));
        var joined = new MemberJoined(newcomer, [Approve(world.Hospital, world.Hospital.SigningKey), Approve(world.Clinic, next), Approve(world.Insurer, world.Insurer.SigningKey)]);
        await world.LogAsync(Entry.Sign(EntryType.MemberJoined, joiner.Topic, joined.Encode(), world.Clock.GetUtcNow() + Entry.UsualValidity, joining, world.Genesis.Digest));

        using var log = world.Log(new WorldAlarms());
        world.Handler.Down["clinic"] = 0;
        Assert.That(log.Members.Find(joiner), Is.Null);
        Assert.That(await new MembershipFollower(log).RefreshAsync(joiner, default), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(log.Members.Find(world.Clinic.Organisation)!.SigningKey, Is.EqualTo(next.Public));
            Assert.That(log.Members.KeysOf(world.Clinic.Organisation), Has.Count.EqualTo(2));
            Assert.That(log.Members.Find(joiner)!.Name, Is.EqualTo("Lab"));
            Assert.That(log.Nodes, Has.Count.EqualTo(4));
        });
    }

    private const string WalletText = """{"resourceType":"Observation"}""";

    private static TopicCopy Copy(ConsortiumWorld world, VerifiedLog log) =>
        new(world.Hospital.Organisation.Topic, new OrganisationContract(world.Genesis.Digest), log.Members, world.Genesis.Digest);

    private static WorldNode[] Asked(ConsortiumWorld world, Topic topic)
    {
        var start = topic.Name.ToArray()[^1] % world.Nodes.Count;
        return [.. world.Nodes.Skip(start).Concat(world.Nodes.Take(start))];
    }

    private static void Tamper(ConsortiumWorld world, Topic topic, WorldNode node, Func<WorldNode, byte[]> head)
    {
        var before = world.Handler.Changed;
        world.Handler.Changed = (request, reply) => request.Node == node.Name && request.Path.EndsWith(Convert.ToHexStringLower(topic.ToArray()) + "/head", StringComparison.Ordinal)
            ? WorldReply.Ok(head(node))
            : before?.Invoke(request, reply) ?? reply;
    }

    /// <summary>Another signature under the first entry of the page: all shapes hold, the leaf is another one.</summary>
    private static byte[] Flip(byte[] page)
    {
        var changed = page.ToArray();
        changed[^1] ^= 1;
        return changed;
    }

    private static async Task<ConsortiumWorld> GrownAsync(int entries)
    {
        var world = ConsortiumWorld.Start();
        for (var i = 0; i < entries; i++)
        {
            await world.Hospital.Author.UpdateMembershipAsync();
        }

        return world;
    }
}
