using EhrLedger.Consent.Subjects;
using EhrLedger.Tests.Client.World;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class RevokingTests
{
    [Test]
    public async Task A_revocation_is_final_and_the_author_seals_under_the_new_epoch()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var grant = await world.GrantAsync();
        Assert.That(await world.Wallet.RevokeAsync(grant, default), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.Multiple(() =>
        {
            Assert.That(world.State(Category.Medications).Revoked, Does.Contain(grant));
            Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1));
            Assert.That(world.Subject(Category.Medications).Epoch, Is.EqualTo(1));
        });
        Assert.That(await world.Wallet.RevokeAsync(grant, default), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1));
    }

    [Test]
    public async Task A_grant_that_stays_is_extended_and_its_grantee_gets_the_new_keys()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var stays = await world.GrantAsync();
        var ends = await world.GrantAsync();
        await world.Wallet.RevokeAsync(ends, default);
        Assert.Multiple(() =>
        {
            Assert.That(world.State(Category.Medications).FindGrant(stays)!.ExtendedThrough, Is.EqualTo(1));
            Assert.That(world.Consortium.Clinic.Grantee.Grants[stays].Access.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 0U, 1U }));
            Assert.That(world.Consortium.Clinic.Grantee.Grants[ends].Access.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 0U }));
        });
    }

    [Test]
    public async Task A_grant_without_records_to_come_is_not_extended()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var stays = await world.GrantAsync(future: false);
        var ends = await world.GrantAsync();
        await world.Wallet.RevokeAsync(ends, default);
        Assert.That(world.State(Category.Medications).FindGrant(stays)!.ExtendedThrough, Is.Null);
        Assert.That(world.Consortium.Clinic.Grantee.Grants[stays].Access.Epochs, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_lapsed_grant_ends_the_epoch_at_the_wallets_next_entry()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.GrantAsync(days: 1);
        world.Consortium.Clock.Advance(TimeSpan.FromDays(2));
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1));
        Assert.That(world.Subject(Category.Medications).Epoch, Is.EqualTo(1));

        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1));
    }

    [Test]
    public async Task A_revocation_does_not_wait_for_an_author_that_is_away()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var grant = await world.GrantAsync();
        world.Consortium.Handler.Instead = request => request.Path == "/wallet/epochs" ? WorldHandler.Respond(WorldReply.Problem(503, "away")) : null;
        Assert.That(await world.Wallet.RevokeAsync(grant, default), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That(world.Subject(Category.Medications).Epoch, Is.Zero);

        world.Consortium.Handler.Instead = null;
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(world.Subject(Category.Medications).Epoch, Is.EqualTo(1));
    }

    [Test]
    public async Task A_grant_that_is_still_on_its_way_is_kept_out()
    {
        await using var world = await WalletWorld.ConnectAsync();
        world.Consortium.Handler.Instead = request => request.Path == "/ledger/entries" ? WorldHandler.Respond(WorldReply.Problem(503, "away")) : null;
        var outcome = (GrantOutcome.Ordered)await world.Wallet.GrantAsync(world.Order(), default);
        Assert.That(outcome.Waiting, Has.Count.EqualTo(1));
        world.Consortium.Handler.Instead = null;
        Assert.That(await world.Wallet.RevokeAsync(outcome.Grants[0], default), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That(await world.Wallet.ResumeAsync(default), Is.True);
        Assert.That(await world.Wallet.ListGrantsAsync(default), Is.Empty);
        Assert.That(world.Consortium.Clinic.Grantee.Grants, Is.Empty);
    }

    [Test]
    public async Task A_grant_that_nobody_made_is_unknown()
    {
        await using var world = await WalletWorld.ConnectAsync();
        Assert.That(await world.Wallet.RevokeAsync(EhrLedger.Consent.Grants.GrantId.Generate(), default), Is.EqualTo(RevokeOutcome.UnknownGrant));
    }
}
