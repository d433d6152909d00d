using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

/// <summary>One test for each row of docs/contracts.md, section Organisations.</summary>
public sealed class OrganisationContractTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Moment At = new(7, (ulong)Now.ToUnixTimeMilliseconds(), 3);

    private readonly Ed25519PrivateKey[] _keys = [.. Enumerable.Range(0, 3).Select(_ => Ed25519PrivateKey.Generate())];
    private Genesis _genesis = null!;
    private OrganisationContract _contract = null!;
    private Members _members = null!;

    [SetUp]
    public void Found()
    {
        var members = _keys.Select((key, i) => MemberOf(key, $"Member {i}")).ToList();
        _genesis = Genesis.Create("Test", "test/log", Now, members[0].Organisation, "test/log+0+0", members, "quorum none\n", 1);
        _contract = new OrganisationContract(_genesis.Digest);
        _members = Members.Of(_genesis);
    }

    [Test]
    public void Takes_in_whom_enough_members_approve()
    {
        using var key = Ed25519PrivateKey.Generate();
        Assert.That(Join(key, MemberOf(key, "New"), approvals: 3), Is.Null);
    }

    [Test]
    public void Needs_more_than_two_thirds_for_that()
    {
        using var key = Ed25519PrivateKey.Generate();
        Assert.That(Join(key, MemberOf(key, "New"), approvals: 2), Is.EqualTo("member-approvals"));
    }

    [Test]
    public void Counts_each_member_once()
    {
        using var key = Ed25519PrivateKey.Generate();
        var member = MemberOf(key, "New");
        var approval = Approve(0, MembershipAct.Join, member.Organisation.Topic, Digest.Of(member.Encode()));
        Assert.That(Judge(EntryType.MemberJoined, key, member.Organisation.Topic, new MemberJoined(member, [approval, approval, approval]).Encode(), null), Is.EqualTo("member-approvals"));
    }

    [Test]
    public void Takes_in_no_member_twice() => Assert.That(Join(_keys[1], _genesis.Members[1], approvals: 3), Is.EqualTo("member-already"));

    [Test]
    public void Starts_a_member_with_the_key_that_its_name_is()
    {
        using var key = Ed25519PrivateKey.Generate();
        using var other = Ed25519PrivateKey.Generate();
        Assert.That(Join(key, MemberOf(key, "New") with { SigningKey = other.Public }, approvals: 3), Is.EqualTo("member-key"));
    }

    [Test]
    public void Takes_no_sealing_key_that_nobody_can_seal_to()
    {
        using var key = Ed25519PrivateKey.Generate();
        byte[] nonsense = [.. Enumerable.Repeat((byte)0xff, XWingPublicKey.Length)];
        Assert.That(Join(key, MemberOf(key, "New") with { SealingKey = nonsense }, approvals: 3), Is.EqualTo("member-sealing-key"));
        Assert.That(Update(_genesis.Members[1] with { SealingKey = nonsense }, null), Is.EqualTo("member-sealing-key"));
    }

    [Test]
    public void Lets_a_member_move() => Assert.That(Update(_genesis.Members[1] with { Endpoint = "https://elsewhere.example" }, null), Is.Null);

    [Test]
    public void Lets_nobody_speak_for_another() => Assert.That(Update(_genesis.Members[2], null), Is.EqualTo(Rejection.BadBody.Code));

    [Test]
    public void Wants_a_new_signing_key_to_agree()
    {
        using var next = Ed25519PrivateKey.Generate();
        var member = _genesis.Members[1] with { SigningKey = next.Public };
        var message = MemberUpdated.MessageOf(_genesis.Digest, member.Organisation.Topic, member);
        Assert.That(Update(member, null), Is.EqualTo("member-new-key-signature"));
        Assert.That(Update(member, _keys[1].Sign(message)), Is.EqualTo("member-new-key-signature"));
        Assert.That(Update(member, next.Sign(message)), Is.Null);
    }

    [TestCase(3, 0, null)]
    [TestCase(2, 0, "member-approvals")]
    [TestCase(0, 0, "member-approvals")]
    [TestCase(3, 1, "member-approvals", Description = "approvals of another number in the topic")]
    public void Makes_a_member_another_kind_only_if_enough_members_approve_once(int approvals, int ahead, string? code)
    {
        var member = _genesis.Members[1] with { Kind = "regulator" };
        var topic = member.Organisation.Topic;
        var what = MemberUpdated.What(At.Number + (ulong)ahead, member);
        var body = new MemberUpdated(member, null, [.. Enumerable.Range(0, approvals).Select(i => Approve(i, MembershipAct.Update, topic, what))]);
        Assert.That(Judge(EntryType.MemberUpdated, _keys[1], topic, body.Encode(), null), Is.EqualTo(code));
        Assert.That(MemberUpdated.TryParse(body.Encode())!.Approvals, Has.Count.EqualTo(approvals));
    }

    [Test]
    public void Takes_no_approval_of_an_admission_for_another_kind()
    {
        var member = _genesis.Members[1] with { Kind = "regulator" };
        var topic = member.Organisation.Topic;
        var body = new MemberUpdated(member, null, [.. Enumerable.Range(0, 3).Select(i => Approve(i, MembershipAct.Join, topic, Digest.Of(member.Encode())))]);
        Assert.That(Judge(EntryType.MemberUpdated, _keys[1], topic, body.Encode(), null), Is.EqualTo("member-approvals"));
    }

    [Test]
    public void Keeps_a_witness_what_it_is() => Assert.That(Update(_genesis.Members[1] with { Witness = "other+0+0" }, null), Is.EqualTo("member-witness"));

    [Test]
    public void Removes_whom_enough_members_want_removed([Values(2, 3)] int approvals)
    {
        var topic = _genesis.Members[1].Organisation.Topic;
        var body = new MemberRemoved(_genesis.Members[0].Organisation, [.. Enumerable.Range(0, approvals).Select(i => Approve(i, MembershipAct.Remove, topic, MemberRemoved.What(At.Number)))]);
        Assert.That(Judge(EntryType.MemberRemoved, _keys[0], topic, body.Encode(), null), Is.EqualTo(approvals == 3 ? null : "member-approvals"));
    }

    [Test]
    public void Removes_with_an_approval_once()
    {
        var topic = _genesis.Members[1].Organisation.Topic;
        var body = new MemberRemoved(_genesis.Members[0].Organisation, [.. Enumerable.Range(0, 3).Select(i => Approve(i, MembershipAct.Remove, topic, MemberRemoved.What(At.Number + 1)))]);
        Assert.That(Judge(EntryType.MemberRemoved, _keys[0], topic, body.Encode(), null), Is.EqualTo("member-approvals"));
    }

    [Test]
    public void Chains_an_authors_batches()
    {
        var first = new BatchBody(0, default, Digest.Of([1]), new byte[16]).Encode();
        var state = Accept(EntryType.RecordsAnchored, first, null);
        Assert.That(Anchor(new BatchBody(1, Digest.Of(first), Digest.Of([2]), new byte[16]), state), Is.Null);
        Assert.That(Anchor(new BatchBody(0, default, Digest.Of([2]), new byte[16]), state), Is.EqualTo("batch-number"));
        Assert.That(Anchor(new BatchBody(2, Digest.Of(first), Digest.Of([2]), new byte[16]), state), Is.EqualTo("batch-number"));
        Assert.That(Anchor(new BatchBody(1, Digest.Of([9]), Digest.Of([2]), new byte[16]), state), Is.EqualTo("batch-chain"));
    }

    [Test]
    public void Reads_back_the_state_that_it_wrote()
    {
        var state = Accept(EntryType.AuthorReads, new BatchBody(0, default, Digest.Of([1]), new byte[16]).Encode(), null);
        Assert.That(_contract.Decode(state.Encode())!.Encode(), Is.EqualTo(state.Encode()));
    }

    private static Member MemberOf(Ed25519PrivateKey key, string name)
    {
        using var sealing = XWingPrivateKey.Generate();
        return new Member(new OrganisationId(key.Public), key.Public, name, "clinic", "https://node.example", sealing.Public.ToArray(), null);
    }

    private MembershipApproval Approve(int member, MembershipAct act, Topic topic, Digest what) =>
        MembershipApproval.Sign(_genesis.Members[member].Organisation, _keys[member], _genesis.Digest, act, topic, what);

    private string? Join(Ed25519PrivateKey key, Member member, int approvals)
    {
        var what = Digest.Of(member.Encode());
        var body = new MemberJoined(member, [.. Enumerable.Range(0, approvals).Select(i => Approve(i, MembershipAct.Join, member.Organisation.Topic, what))]);
        return Judge(EntryType.MemberJoined, key, member.Organisation.Topic, body.Encode(), null);
    }

    private string? Update(Member member, byte[]? newKeySignature) =>
        Judge(EntryType.MemberUpdated, _keys[1], _genesis.Members[1].Organisation.Topic, new MemberUpdated(member, newKeySignature is null ? (ReadOnlyMemory<byte>?)null : newKeySignature).Encode(), null);

    private string? Anchor(BatchBody body, ITopicState state) => Judge(EntryType.RecordsAnchored, _keys[1], _genesis.Members[1].Organisation.Topic, body.Encode(), state);

    private ITopicState Accept(EntryType type, byte[] body, ITopicState? state) =>
        ((Verdict.Accepted)_contract.Evaluate(state, EntryOf(type, _keys[1], _genesis.Members[1].Organisation.Topic, body), At, _members)).State;

    private string? Judge(EntryType type, Ed25519PrivateKey key, Topic topic, byte[] body, ITopicState? state)
    {
        var entry = EntryOf(type, key, topic, body);
        Assert.That(_contract.SignerOf(state, entry, _members), Is.EqualTo(key.Public), "who has to sign");
        return (_contract.Evaluate(state, entry, At, _members) as Verdict.Rejected)?.Reason.Code;
    }

    private Entry EntryOf(EntryType type, Ed25519PrivateKey key, Topic topic, byte[] body) => Entry.Sign(type, topic, body, Now + Entry.UsualValidity, key, _genesis.Digest);
}
