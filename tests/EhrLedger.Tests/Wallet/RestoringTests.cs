using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Restoring;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class RestoringTests
{
    [Test]
    public async Task The_phrase_alone_brings_everything_back()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var grant = await world.GrantAsync();
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Ada", [record]);
        var wallet = await world.ReopenAsync(newDevice: true);
        Assert.That(wallet.Connections, Is.Empty);
        Assert.That(await wallet.RestoreAsync(default), Is.EqualTo(new RestoreOutcome(RestoreSource.Directory, 1, 1)));
        Assert.That(wallet.Connections.Single().Patient, Is.EqualTo("Patient/4711"));
        Assert.That((await wallet.ListGrantsAsync(default)).Single(), Has.Property("Id").EqualTo(grant).And.Property("Status").EqualTo(GrantStatus.Active).And.Property("Delivered").True);
        Assert.That((await wallet.ReadRecordsAsync(0, Category.Medications, default)).Records.Single().Version, Is.EqualTo(record));
        Assert.That((await wallet.ReadAccessLogAsync(0, default)).Events.Single().Person, Is.EqualTo("Ada"));
        Assert.That(await wallet.RevokeAsync(grant, default), Is.EqualTo(RevokeOutcome.Revoked));
    }

    [Test]
    public async Task Without_a_directory_the_subjects_are_searched_for()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var grant = await world.GrantAsync();
        foreach (var node in world.Consortium.Nodes)
        {
            node.Directories.Clear();
        }

        var wallet = await world.ReopenAsync(newDevice: true);
        Assert.That(await wallet.RestoreAsync(default), Is.EqualTo(new RestoreOutcome(RestoreSource.Search, 1, 1)));
        Assert.That(wallet.Connections.Single().Organisation, Is.EqualTo(world.Consortium.Hospital.Organisation));
        Assert.That((await wallet.ListGrantsAsync(default)).Single().Id, Is.EqualTo(grant));
        Assert.That(await wallet.RevokeAsync(grant, default), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That(world.Subject(Category.Medications).Epoch, Is.EqualTo(1));
    }

    [Test]
    public async Task The_highest_number_wins_over_an_old_directory()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var old = world.Consortium.Clinic.Directories.ToDictionary();
        await world.GrantAsync();
        world.Consortium.Clinic.Directories.Clear();
        foreach (var (key, bytes) in old)
        {
            world.Consortium.Clinic.Directories[key] = bytes;
        }

        var wallet = await world.ReopenAsync(newDevice: true);
        Assert.That((await wallet.RestoreAsync(default)).Source, Is.EqualTo(RestoreSource.Directory));
        Assert.That((await wallet.ListGrantsAsync(default)).Single().Delivered, Is.True);
    }

    [Test]
    public async Task A_directory_tells_neither_whose_it_is_nor_how_much_is_in_it()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var before = world.Consortium.Insurer.Directories.Single();
        await world.GrantAsync();
        var after = world.Consortium.Insurer.Directories.Single();
        Assert.Multiple(() =>
        {
            Assert.That(after.Key, Is.EqualTo(before.Key));
            Assert.That(after.Value, Has.Length.EqualTo(before.Value.Length));
            Assert.That(world.Consortium.Hospital.Author.Subjects.Keys.Any(subject => after.Value.AsSpan().IndexOf(subject.Key.ToArray()) >= 0), Is.False);
            Assert.That(after.Value.AsSpan().IndexOf(world.Consortium.Hospital.Organisation.Key.ToArray()), Is.Negative);
        });
    }

    [Test]
    public async Task With_nobody_to_ask_nothing_is_taken_for_lost()
    {
        await using var world = await WalletWorld.ConnectAsync();
        foreach (var node in world.Consortium.Nodes)
        {
            world.Consortium.Handler.Down[node.Name] = 0;
        }

        var wallet = await world.ReopenAsync(newDevice: true);
        Assert.That((await wallet.RestoreAsync(default)).Source, Is.EqualTo(RestoreSource.Nobody));
    }

    [Test]
    public async Task What_the_old_phone_saw_binds_the_new_one()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.GrantAsync();
        var topic = world.Subject(Category.Medications).Subject.Topic;
        world.Consortium.Handler.Changed = (request, reply) =>
            request.Path.EndsWith(Convert.ToHexStringLower(topic.ToArray()) + "/head", StringComparison.Ordinal)
                && world.Consortium.Nodes.Single(node => node.Name == request.Node) is var node
                ? Client.World.WorldReply.Ok(node.WriteHead(new(topic, 0, node.Replica.Size, node.Replica.Tree.Root, 1)))
                : reply;
        var wallet = await world.ReopenAsync(newDevice: true);
        await wallet.RestoreAsync(default);
        Assert.That(world.Alarms.Kinds, Does.Contain(AlarmKind.TopicWithheld));
    }

    [Test]
    public async Task Words_that_are_no_phrase_open_nothing()
    {
        await using var world = await WalletWorld.CreateAsync();
        Assert.That(await EhrLedger.Wallet.Wallet.FromPhraseAsync("twelve wrong words", world.Host(), default), Is.Null);
    }

    [Test]
    public async Task A_code_that_is_unknown_connects_nothing_and_its_subjects_are_kept_for_that_organisation()
    {
        await using var world = await WalletWorld.CreateAsync();
        Assert.That(await world.Wallet.ConnectAsync(world.Consortium.Hospital.Organisation, "wrong", default), Is.InstanceOf<ConnectOutcome.CodeUnknown>());
        Assert.That(world.Wallet.Connections, Is.Empty);
        var other = await world.Wallet.ConnectAsync(world.Consortium.Clinic.Organisation, world.Consortium.Clinic.Author.NewCode(), default);
        var same = await world.Wallet.ConnectAsync(world.Consortium.Hospital.Organisation, world.Consortium.Hospital.Author.NewCode(), default);
        Assert.Multiple(() =>
        {
            Assert.That(((ConnectOutcome.Connected)other).Relationship, Is.EqualTo(1));
            Assert.That(((ConnectOutcome.Connected)same).Relationship, Is.Zero);
        });
    }

    [Test]
    public async Task A_device_that_knows_nothing_gives_no_second_organisation_the_subjects_of_the_first()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var wallet = await world.ReopenAsync(newDevice: true);
        Assert.That(await wallet.ConnectAsync(world.Consortium.Clinic.Organisation, world.Consortium.Clinic.Author.NewCode(), default), Is.InstanceOf<ConnectOutcome.Connected>());
        Assert.That(world.Consortium.Clinic.Author.Subjects.Keys.Intersect(world.Consortium.Hospital.Author.Subjects.Keys), Is.Empty);
        Assert.That(wallet.Connections.Select(connection => connection.Organisation), Is.EqualTo(new[] { world.Consortium.Hospital.Organisation, world.Consortium.Clinic.Organisation }));
    }

    [Test]
    public async Task Two_devices_leave_each_others_connections_and_grants_in_the_directory()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var first = world.Wallet;
        var second = await world.ReopenAsync(newDevice: true);
        await second.RestoreAsync(default);
        Assert.That(await second.ConnectAsync(world.Consortium.Clinic.Organisation, world.Consortium.Clinic.Author.NewCode(), default), Is.InstanceOf<ConnectOutcome.Connected>());

        // The first device has not heard of it, and publishes.
        var ordered = await first.GrantAsync(world.Order(), default);
        Assert.That(ordered, Is.InstanceOf<GrantOutcome.Ordered>());
        Assert.That(first.Connections, Has.Count.EqualTo(2));
        var third = await world.ReopenAsync(newDevice: true);
        Assert.That(await third.RestoreAsync(default), Is.EqualTo(new RestoreOutcome(RestoreSource.Directory, 2, 1)));
        Assert.That(third.Connections.Select(connection => connection.Patient), Is.EqualTo(first.Connections.Select(connection => connection.Patient)));
        Assert.That((await third.ListGrantsAsync(default)).Single().Delivered, Is.True);
    }

    [Test]
    public async Task What_was_granted_on_one_device_and_who_read_under_it_is_on_the_other_one_with_its_next_look()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var record = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var first = world.Wallet;
        var second = await world.ReopenAsync(newDevice: true);
        await second.RestoreAsync(default);
        Assert.That(((GrantOutcome.Ordered)await first.GrantAsync(world.Order(), default)).Waiting, Is.Empty);
        await world.Consortium.SettleAsync();
        var grant = (await first.ListGrantsAsync(default)).Single().Id;
        await world.Consortium.Clinic.Grantee.ReadAsync(grant, "Ada", [record]);

        await second.ResumeAsync(default);

        Assert.That((await second.ListGrantsAsync(default)).Select(shown => shown.Id), Is.EqualTo(new[] { grant }));
        Assert.That((await second.ReadSubjectsAsync([(0, Category.Medications)], default).SingleAsync()).Events.Select(seen => seen.Person), Does.Contain("Ada"));
    }

    [Test]
    public async Task Devices_that_know_the_same_leave_the_directory_alone()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var first = world.Wallet;
        var second = await world.ReopenAsync(newDevice: true);
        await second.RestoreAsync(default);
        await first.GrantAsync(world.Order(), default);
        EhrLedger.Wallet.Wallet[] devices = [first, second];
        foreach (var device in devices)
        {
            await device.ResumeAsync(default);
        }

        var before = world.Consortium.Clinic.Directories.ToDictionary();
        for (var i = 0; i < 3; i++)
        {
            foreach (var device in devices)
            {
                Assert.That(await device.ResumeAsync(default));
            }
        }

        Assert.That(world.Consortium.Clinic.Directories, Is.EqualTo(before));
    }
}
