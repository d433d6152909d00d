using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Tests.Client.World;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class GrantingTests
{
    [Test]
    public async Task A_grant_is_final_and_its_access_key_is_with_the_grantee()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var id = await world.GrantAsync();
        var access = world.Consortium.Clinic.Grantee.Grants[id].Access;
        Assert.Multiple(() =>
        {
            Assert.That(world.State(Category.Medications).FindGrant(id), Is.Not.Null);
            Assert.That(access.Subject, Is.EqualTo(world.Subject(Category.Medications).Subject));
            Assert.That(access.Author, Is.EqualTo(world.Consortium.Hospital.Organisation));
            Assert.That(access.Category, Is.EqualTo(Category.Medications));
            Assert.That(access.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 0U }));
            Assert.That(access.Terms.Future, Is.True);
            Assert.That(access.PatientLink, Is.EqualTo("Patient/clinic-1"));
            Assert.That(world.Alarms.Raised, Is.Empty);
        });
    }

    [Test]
    public async Task Each_category_gets_a_grant_and_a_reader_key_of_its_own()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var outcome = (GrantOutcome.Ordered)await world.Wallet.GrantAsync(world.Order(true, 30, Category.Medications, Category.Laboratory, Category.Genetics), default);
        var grants = outcome.Grants.Select(id => world.Consortium.Clinic.Grantee.Grants[id]).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Waiting, Is.Empty);
            Assert.That(grants.Select(grant => grant.Access.Subject).Distinct().Count(), Is.EqualTo(3));
            Assert.That(grants.Select(grant => grant.Keys.Reader.Public).Distinct().Count(), Is.EqualTo(3));
            Assert.That(grants.Select(grant => grant.Access.Category), Is.EquivalentTo(new[] { Category.Medications, Category.Laboratory, Category.Genetics }));
        });
    }

    [Test]
    public async Task No_request_or_connection_names_two_subjects()
    {
        await using var world = await WalletWorld.ConnectAsync();
        world.Consortium.Handler.Seen.Clear();
        await world.Wallet.GrantAsync(world.Order(true, 30, Category.Medications, Category.Laboratory), default);
        await world.Wallet.ReadAccessLogAsync(0, default);
        var subjects = world.Consortium.Hospital.Author.Subjects.Keys.Select(subject => subject.Key.ToArray()).ToList();
        foreach (var request in world.Consortium.Handler.Seen)
        {
            byte[] seen = [.. System.Text.Encoding.ASCII.GetBytes(request.Path), .. request.Body];
            var named = subjects.Count(key => seen.AsSpan().IndexOf(key) >= 0 || request.Path.Contains(Convert.ToHexStringLower(key), StringComparison.Ordinal));
            Assert.That(named, Is.LessThanOrEqualTo(1));
            Assert.That(named == 0 || request.LastOnConnection, request.Path);
        }
    }

    [Test]
    public async Task A_grant_of_single_records_gives_away_their_K1_and_no_epoch()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var wanted = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.WriteAsync(Category.Medications, WalletWorld.Sodium);
        var outcome = (GrantOutcome.Ordered)await world.Wallet.GrantAsync(world.Order(false) with { Records = [wanted.Record] }, default);
        var access = world.Consortium.Clinic.Grantee.Grants[outcome.Grants[0]].Access;
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Waiting, Is.Empty);
            Assert.That(access.Epochs, Is.Empty);
            Assert.That(access.Records.Select(record => record.Header.Record), Is.EqualTo(new[] { wanted }));
            Assert.That(access.Terms.Records, Is.EqualTo(new[] { wanted.Record }));
        });
    }

    [Test]
    public async Task Single_records_that_are_not_there_are_not_granted()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var outcome = await world.Wallet.GrantAsync(world.Order(false) with { Records = [EhrLedger.Consent.Records.RecordId.Generate()] }, default);
        Assert.That(outcome, Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.RecordsNotAvailable)));
    }

    [Test]
    public async Task Keys_that_the_grantee_has_not_signed_are_refused()
    {
        await using var world = await WalletWorld.ConnectAsync();
        using var stranger = Ed25519PrivateKey.Generate();
        world.Consortium.Handler.Changed = (request, reply) =>
        {
            if (!request.Path.EndsWith("/reader-keys", StringComparison.Ordinal))
            {
                return reply;
            }

            using var own = ReaderKeys.Generate();
            var statement = ReaderKeyStatement.Sign([own.Public], "Patient/x", world.Consortium.Clock.GetUtcNow(), stranger, world.Consortium.Genesis.Digest);
            return WorldReply.Ok(new EhrLedger.Client.Wallets.ReaderKeysOffer(statement, [new(own.Reader.Public, own.Answer.Public)]).Encode());
        };
        var outcome = await world.Wallet.GrantAsync(world.Order(), default);
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.GranteeNotProven)));
            Assert.That(world.Consortium.Hospital.Replica.FindTopic(world.Subject(Category.Medications).Subject.Topic), Is.Null);
        });
    }

    [Test]
    public async Task An_unknown_request_is_refused()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var order = world.Order() with { Invitation = new AccessInvitation(world.Consortium.Clinic.Organisation, new byte[16]) };
        Assert.That(await world.Wallet.GrantAsync(order, default), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.UnknownRequest)));
    }

    [Test]
    public async Task A_stranger_gets_no_grant()
    {
        await using var world = await WalletWorld.ConnectAsync();
        using var stranger = Ed25519PrivateKey.Generate();
        var order = world.Order() with { Invitation = new AccessInvitation(new(stranger.Public), new byte[16]) };
        Assert.That(await world.Wallet.GrantAsync(order, default), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.UnknownGrantee)));
    }

    [Test]
    public async Task An_order_that_contradicts_itself_is_refused()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var good = world.Order();
        var record = EhrLedger.Consent.Records.RecordId.Generate();
        GrantOrder[] bad =
        [
            good with { Categories = [] },
            good with { Purposes = [] },
            good with { Last = good.First.AddDays(-1) },
            good with { First = good.First.AddDays(-9), Last = good.First.AddDays(-3) },
            good with { Last = good.First.AddDays(4_000) },
            good with { Records = [record] },
            good with { Future = false, Records = [] },
            good with { Future = false, Records = [record], Categories = [Category.Medications, Category.Genetics] },
        ];
        foreach (var order in bad)
        {
            Assert.That(await world.Wallet.GrantAsync(order, default), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.BadOrder)));
        }
    }

    [Test]
    public async Task A_grant_waits_for_a_grantee_that_is_away_and_is_delivered_later()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var order = world.Order();
        world.Consortium.Handler.Instead = request => request.Path == "/wallet/grants" ? WorldHandler.Respond(WorldReply.Problem(503, "away")) : null;
        var outcome = (GrantOutcome.Ordered)await world.Wallet.GrantAsync(order, default);
        Assert.That(outcome.Waiting, Is.EqualTo(outcome.Grants));
        Assert.That((await world.Wallet.ListGrantsAsync(default)).Single().Delivered, Is.False);

        world.Consortium.Handler.Instead = null;
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(world.Consortium.Clinic.Grantee.Grants.Keys, Is.EqualTo(outcome.Grants));
        Assert.That((await world.Wallet.ListGrantsAsync(default)).Single(), Has.Property("Delivered").True.And.Property("Status").EqualTo(GrantStatus.Active));
    }

    [Test]
    public async Task Grants_are_listed_as_they_stand()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var active = await world.GrantAsync();
        var short_ = await world.GrantAsync(false, 1, Category.Laboratory);
        var ended = await world.GrantAsync(true, 30, Category.Genetics);
        await world.Wallet.RevokeAsync(ended, default);
        world.Consortium.Clock.Advance(TimeSpan.FromDays(2));
        var grants = (await world.Wallet.ListGrantsAsync(default)).ToDictionary(grant => grant.Id);
        Assert.Multiple(() =>
        {
            Assert.That(grants[active].Status, Is.EqualTo(GrantStatus.Active));
            Assert.That(grants[active].Grantee, Is.EqualTo(world.Consortium.Clinic.Organisation));
            Assert.That(grants[active].GranteeProven, Is.True);
            Assert.That(grants[active].Purposes, Is.EqualTo(new[] { PurposeOfUse.Treatment }));
            Assert.That(grants[short_].Status, Is.EqualTo(GrantStatus.Lapsed));
            Assert.That(grants[ended].Status, Is.EqualTo(GrantStatus.Revoked));
            Assert.That(grants[ended].RevokedAt, Is.Not.Null);
        });
    }
}
