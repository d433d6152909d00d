using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Tests.Client.World;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Findings;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class AccessLogTests
{
    [Test]
    public async Task Tells_who_searched_and_read_what_for_which_purpose()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        await world.Consortium.Clinic.Grantee.SearchAsync(grant, "Ada");
        var index = await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Ada", [record]);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        var read = log.Events.Single(seen => seen.Kind == AccessKind.Read);
        Assert.Multiple(() =>
        {
            Assert.That(log.Findings, Is.Empty);
            Assert.That(log.Complete, Is.True);
            Assert.That(log.Fresh, Is.True);
            Assert.That(log.Events.Select(seen => seen.Kind), Is.EqualTo(new[] { AccessKind.Searched, AccessKind.Read }));
            Assert.That(read.Index, Is.EqualTo(index));
            Assert.That(read.Organisation, Is.EqualTo(world.Consortium.Clinic.Organisation));
            Assert.That(read.OrganisationProven, Is.True);
            Assert.That(read.Person, Is.EqualTo("Ada"));
            Assert.That(read.Role, Is.EqualTo("nurse"));
            Assert.That(read.Purpose, Is.EqualTo(PurposeOfUse.Treatment));
            Assert.That(read.Records, Is.EqualTo(new[] { record }));
            Assert.That(read.Releases.Select(release => release.Custodian), Is.EqualTo(new[] { world.Consortium.Hospital.Organisation, world.Consortium.Clinic.Organisation }));
        });
    }

    [Test]
    public async Task Tells_what_the_author_read_itself()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Laboratory, WalletWorld.Sodium);
        await world.Consortium.Hospital.Author.ReadAsync(world.Subject(Category.Laboratory), "Grace", record);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.Multiple(() =>
        {
            Assert.That(log.Findings, Is.Empty);
            Assert.That(log.Events.Single(), Has.Property("Kind").EqualTo(AccessKind.AuthorRead).And.Property("Person").EqualTo("Grace").And.Property("OrganisationProven").True);
            Assert.That(log.Events.Single().Records, Is.EqualTo(new[] { record }));
        });
    }

    [Test]
    public async Task A_reader_that_seals_nonsense_hides_nothing()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        using var wrong = SymmetricKey.Generate();
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Eve", [record], wrong);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        var read = log.Events.Single();
        Assert.Multiple(() =>
        {
            Assert.That(log.Findings.Select(finding => finding.Kind), Is.EqualTo(new[] { FindingKind.UnreadableDetails }));
            Assert.That(log.Findings[0].By, Is.EqualTo(world.Consortium.Clinic.Organisation));
            Assert.That(read.Readable, Is.False);
            Assert.That(read.Organisation, Is.EqualTo(world.Consortium.Clinic.Organisation));
            Assert.That(read.Records, Is.EqualTo(new[] { record }));
        });
    }

    [Test]
    public async Task A_reader_that_names_another_organisation_is_found_out()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Eve", [record], says: world.Consortium.Insurer.Organisation);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Single().Kind, Is.EqualTo(FindingKind.OtherOrganisation));
        Assert.That(log.Events.Single().Organisation, Is.EqualTo(world.Consortium.Clinic.Organisation));
    }

    [Test]
    public async Task A_release_without_an_entry_is_a_finding_against_the_custodian()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.GrantAsync();
        var opening = new ReadOpening(Salt.Generate(), PurposeOfUse.Treatment, [record]);
        world.Consortium.Insurer.Author.Releases[world.Subject(Category.Medications).Subject] = [new ReleaseMade(0, 1, [record], opening)];
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Single(), Has.Property("Kind").EqualTo(FindingKind.ReleaseWithoutEntry).And.Property("By").EqualTo(world.Consortium.Insurer.Organisation));
    }

    [Test]
    public async Task A_release_of_more_than_the_entry_names_is_a_finding()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Ada", [record]);
        var releases = world.Consortium.Hospital.Author.Releases[world.Subject(Category.Medications).Subject];
        releases[0] = releases[0] with { Records = [record, new RecordVersion(RecordId.Generate(), 1)] };
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Single().Kind, Is.EqualTo(FindingKind.ReleaseWithoutEntry));
    }

    [Test]
    public async Task A_custodian_that_says_nothing_is_named()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.GrantAsync();
        world.Consortium.Handler.Instead = request => request is { Node: "insurer", Path: "/wallet/subject" } ? WorldHandler.Respond(WorldReply.Problem(403, "no")) : null;
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Single(), Has.Property("Kind").EqualTo(FindingKind.CustodianSilent).And.Property("By").EqualTo(world.Consortium.Insurer.Organisation));
    }

    [Test]
    public async Task A_read_that_the_author_leaves_out_is_missed()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var subject = world.Subject(Category.Laboratory);
        var record = await world.WriteAsync(Category.Laboratory, WalletWorld.Sodium);
        await world.Consortium.Hospital.Author.ReadAsync(subject, "Grace", record);
        await world.Consortium.Hospital.Author.ReadAsync(subject, "Mallory", record);
        await world.Consortium.Hospital.Author.ReadAsync(subject, "Grace", record);
        var hidden = subject.Reads[1];
        subject.Reads.RemoveAt(1);
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Select(finding => finding.Kind), Is.EqualTo(new[] { FindingKind.RowMissing }));
        Assert.That(log.Complete, Is.False);

        // And what was seen once can't be cut off the end.
        subject.Reads.Insert(1, hidden);
        Assert.That((await world.Wallet.ReadAccessLogAsync(0, default)).Findings, Is.Empty);
        subject.Reads.RemoveAt(2);
        Assert.That((await world.Wallet.ReadAccessLogAsync(0, default)).Findings.Single().Kind, Is.EqualTo(FindingKind.RowsCut));
    }

    [Test]
    public async Task A_forged_read_row_is_not_believed()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var subject = world.Subject(Category.Laboratory);
        var record = await world.WriteAsync(Category.Laboratory, WalletWorld.Sodium);
        await world.Consortium.Hospital.Author.ReadAsync(subject, "Mallory", record);
        subject.Reads[0] = subject.Reads[0] with { Row = subject.Reads[0].Row with { Person = "Grace" } };
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Findings.Single().Kind, Is.EqualTo(FindingKind.RowNotInLog));
        Assert.That(log.Events.Single().OrganisationProven, Is.False);
    }

    [Test]
    public async Task A_member_that_cuts_off_a_topics_tail_is_named()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Eve", [record]);
        var topic = world.Subject(Category.Medications).Subject.Topic;

        // Each member in turn, because which two are asked depends on the topic.
        foreach (var node in world.Consortium.Nodes)
        {
            world.Consortium.Handler.Changed = (request, reply) => request.Node == node.Name && request.Path.EndsWith(Convert.ToHexStringLower(topic.ToArray()) + "/head", StringComparison.Ordinal)
                ? WorldReply.Ok(node.WriteHead(new(topic, 2, node.Replica.Size, node.Replica.Tree.Root, 1)))
                : reply;
            var wallet = await world.ReopenAsync(newDevice: true);
            await wallet.RestoreAsync(default);
            var log = await wallet.ReadAccessLogAsync(0, default);
            Assert.That(log.Events.Count(seen => seen.Kind == AccessKind.Read), Is.EqualTo(1), "the other member's word is higher");
        }

        Assert.That(world.Alarms.Raised.Where(alarm => alarm.Kind == AlarmKind.TopicWithheld).Select(alarm => alarm.Detail.Split(' ')[0]).Distinct(), Has.Exactly(2).Items);
    }

    [Test]
    public async Task With_one_member_left_the_log_is_not_called_complete()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.GrantAsync();
        world.Consortium.Handler.Down["clinic"] = 0;
        world.Consortium.Handler.Down["insurer"] = 0;
        var log = await world.Wallet.ReadAccessLogAsync(0, default);
        Assert.That(log.Complete, Is.False);
        Assert.That(log.Findings.Select(finding => finding.Kind), Does.Contain(FindingKind.TopicIncomplete));
    }

    [Test]
    public async Task Offline_the_log_is_as_of_the_last_time()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.Consortium.Clinic.Grantee.ReadAsync(await world.GrantAsync(), "Ada", [record]);
        await world.Wallet.ReadAccessLogAsync(0, default);
        foreach (var node in world.Consortium.Nodes)
        {
            world.Consortium.Handler.Down[node.Name] = 0;
        }

        world.Consortium.Clock.Advance(TimeSpan.FromMinutes(11));
        var wallet = await world.ReopenAsync();
        var log = await wallet.ReadAccessLogAsync(0, default);
        Assert.Multiple(() =>
        {
            Assert.That(log.Events.Count(seen => seen.Kind == AccessKind.Read), Is.EqualTo(1));
            Assert.That(log.Complete, Is.False);
            Assert.That(log.Fresh, Is.False);
            Assert.That(log.AsOf, Is.Not.Null);
        });
    }
}
