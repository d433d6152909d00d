using EhrLedger.Client.Transport;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

/// <summary>The app is killed at every single call and every single write; the next start finishes what was begun, once.</summary>
public sealed class CrashTests
{
    [Test]
    public async Task A_grant_is_finished_wherever_the_app_dies([Values] bool nodeHears)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            var order = world.Order();
            var route = new DyingRoute(new DirectRoute(world.Consortium.Http), at, nodeHears);
            if (!await DiesAsync(await world.ReopenAsync(route: route), wallet => wallet.GrantAsync(order, default)))
            {
                Assert.That(at, Is.GreaterThan(10));
                return;
            }

            await CheckGrantAsync(world, $"call {at}");
        }
    }

    [Test]
    public async Task A_grant_is_finished_whichever_write_is_lost([Values] bool keepsLast)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            var order = world.Order();
            var wallet = await world.ReopenAsync();
            world.Store.DiesAt = world.Store.Writes + at;
            world.Store.KeepsLast = keepsLast;
            if (!await DiesAsync(wallet, opened => opened.GrantAsync(order, default)))
            {
                Assert.That(at, Is.GreaterThan(5));
                return;
            }

            await CheckGrantAsync(world, $"write {at}");
        }
    }

    [Test]
    public async Task A_revocation_is_finished_wherever_the_app_dies([Values] bool nodeHears)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            var stays = await world.GrantAsync();
            var ends = await world.GrantAsync();
            var route = new DyingRoute(new DirectRoute(world.Consortium.Http), at, nodeHears);
            if (!await DiesAsync(await world.ReopenAsync(route: route), wallet => wallet.RevokeAsync(ends, default)))
            {
                Assert.That(at, Is.GreaterThan(10));
                return;
            }

            await world.Consortium.SettleAsync();
            var again = await world.ReopenAsync();
            Assert.That(await again.ResumeAsync(default), Is.True, $"call {at}");

            // Before the wish was written down the patient has to say it again; that is all that may be asked.
            if (!world.State(Category.Medications).Revoked.Contains(ends))
            {
                Assert.That(await again.RevokeAsync(ends, default), Is.EqualTo(RevokeOutcome.Revoked), $"call {at}");
            }

            Assert.Multiple(() =>
            {
                Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1), $"call {at}");
                Assert.That(world.Subject(Category.Medications).Epoch, Is.EqualTo(1), $"call {at}");
                Assert.That(world.State(Category.Medications).FindGrant(stays)!.ExtendedThrough, Is.EqualTo(1), $"call {at}");
                Assert.That(world.Consortium.Clinic.Grantee.Grants[stays].Access.Epochs, Has.Count.EqualTo(2), $"call {at}");
                Assert.That(world.Alarms.Raised, Is.Empty, $"call {at}");
            });
        }
    }

    [Test]
    public async Task A_connection_whose_answer_was_lost_is_found_again()
    {
        await using var world = await WalletWorld.CreateAsync(members: 2);
        var hospital = world.Consortium.Hospital;

        // Both members are asked first what another device has left; the third call is the connection.
        var route = new DyingRoute(new DirectRoute(world.Consortium.Http), 3, nodeHears: true);
        Assert.That(await DiesAsync(await world.ReopenAsync(route: route), wallet => wallet.ConnectAsync(hospital.Organisation, hospital.Author.NewCode(), default)), Is.True);

        var again = await world.ReopenAsync();
        Assert.That(again.Connections, Is.Empty);
        Assert.That(await again.ResumeAsync(default), Is.True);
        Assert.That(again.Connections.Single().Organisation, Is.EqualTo(hospital.Organisation));
    }

    [Test]
    public async Task A_delegation_is_finished_wherever_the_app_dies([Values] bool nodeHears)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            using var carer = await EhrLedger.Wallet.Wallet.CreateAsync(world.Host(store: new StoreInMemory()), default);
            var (scope, accepted) = await AgreeAsync(world, carer);
            var route = new DyingRoute(new DirectRoute(world.Consortium.Http), at, nodeHears);
            if (!await DiesAsync(await world.ReopenAsync(route: route), wallet => wallet.Delegations.BeginAsync(accepted, scope, default)))
            {
                Assert.That(at, Is.GreaterThan(10));
                return;
            }

            await CheckDelegationAsync(world, carer, $"call {at}");
        }
    }

    [Test]
    public async Task A_delegation_is_finished_whichever_write_is_lost([Values] bool keepsLast)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            using var carer = await EhrLedger.Wallet.Wallet.CreateAsync(world.Host(store: new StoreInMemory()), default);
            var (scope, accepted) = await AgreeAsync(world, carer);
            var wallet = await world.ReopenAsync();
            world.Store.DiesAt = world.Store.Writes + at;
            world.Store.KeepsLast = keepsLast;
            if (!await DiesAsync(wallet, opened => opened.Delegations.BeginAsync(accepted, scope, default)))
            {
                Assert.That(at, Is.GreaterThan(3));
                return;
            }

            await CheckDelegationAsync(world, carer, $"write {at}");
        }
    }

    [Test]
    public async Task The_end_of_a_delegation_is_finished_wherever_the_app_dies([Values] bool nodeHears)
    {
        for (var at = 1; ; at++)
        {
            await using var world = await WalletWorld.ConnectAsync(members: 2);
            using var carer = await EhrLedger.Wallet.Wallet.CreateAsync(world.Host(store: new StoreInMemory()), default);
            var (scope, accepted) = await AgreeAsync(world, carer);
            Assert.That(await world.Wallet.Delegations.BeginAsync(accepted, scope, default), Is.EqualTo(DelegateOutcome.Delegated));
            var route = new DyingRoute(new DirectRoute(world.Consortium.Http), at, nodeHears);
            if (!await DiesAsync(await world.ReopenAsync(route: route), wallet => wallet.Delegations.EndAsync(accepted.Mandate, endsGrants: true, default)))
            {
                Assert.That(at, Is.GreaterThan(10));
                return;
            }

            await world.Consortium.SettleAsync();
            var again = await world.ReopenAsync();
            Assert.That(await again.ResumeAsync(default), Is.True, $"call {at}");

            // Before the wish was written down the patient has to say it again; that is all that may be asked.
            if ((await again.Delegations.ReadAsync(default)).All.Single().Status == DelegationStatus.Active)
            {
                Assert.That(world.State(Category.Medications).CurrentEpoch, Is.Zero, $"call {at}");
                Assert.That(await again.Delegations.EndAsync(accepted.Mandate, endsGrants: true, default), Is.True, $"call {at}");
            }

            var acting = await carer.ActingFor.ReadAsync(accepted.Mandate, default);
            var shown = await again.Delegations.ReadAsync(default);
            Assert.Multiple(() =>
            {
                Assert.That(shown.All.Single().Status, Is.EqualTo(DelegationStatus.Ended), $"call {at}");
                Assert.That(world.State(Category.Medications).CurrentEpoch, Is.EqualTo(1), $"call {at}");
                Assert.That(acting!.Subjects, Is.Empty, $"call {at}");
                Assert.That(world.Alarms.Raised, Is.Empty, $"call {at}");
            });
        }
    }

    private static async Task<(DelegationScope Scope, AcceptedMandate Accepted)> AgreeAsync(WalletWorld world, EhrLedger.Wallet.Wallet carer)
    {
        var scope = new DelegationScope([world.Order().Relationship], [Category.Medications], DelegateActs.Grant | DelegateActs.End, [PurposeOfUse.Treatment], WalletWorld.Today(world.Consortium).AddDays(60));
        var answer = await carer.ActingFor.AcceptAsync(world.Wallet.Delegations.Invite(scope, "Anna"), default);
        return (scope, world.Wallet.Delegations.ReadAcceptance(answer!, "Bea")!);
    }

    private static async Task CheckDelegationAsync(WalletWorld world, EhrLedger.Wallet.Wallet carer, string where)
    {
        await world.Consortium.SettleAsync();
        world.Store.DiesAt = -1;
        var again = await world.ReopenAsync();
        Assert.That(await again.ResumeAsync(default), Is.True, where);
        var delegations = (await again.Delegations.ReadAsync(default)).All;
        var acting = await carer.ActingFor.ReadAsync(carer.ActingFor.All.Single().Mandate, default);
        Assert.Multiple(() =>
        {
            // Nothing, if it died before the wish was written down; else exactly the one, with its keys handed over.
            Assert.That(delegations, Has.Count.LessThanOrEqualTo(1), where);
            Assert.That(delegations.Select(delegation => delegation.Status), Is.All.EqualTo(DelegationStatus.Active), where);
            Assert.That(acting?.Subjects.Count ?? 0, Is.EqualTo(delegations.Count), where);
            Assert.That(world.Alarms.Raised, Is.Empty, where);
        });
    }

    private static async Task<bool> DiesAsync<T>(EhrLedger.Wallet.Wallet wallet, Func<EhrLedger.Wallet.Wallet, Task<T>> work)
    {
        try
        {
            await work(wallet);
            return false;
        }
        catch (AppDiedException)
        {
            return true;
        }
    }

    private static async Task CheckGrantAsync(WalletWorld world, string where)
    {
        await world.Consortium.SettleAsync();
        world.Store.DiesAt = -1;
        var again = await world.ReopenAsync();
        Assert.That(await again.ResumeAsync(default), Is.True, where);
        var grants = await again.ListGrantsAsync(default);
        Assert.Multiple(() =>
        {
            // Nothing, if it died before the wish was written down; else exactly the one grant, whole.
            Assert.That(grants, Has.Count.LessThanOrEqualTo(1), where);
            Assert.That(grants.Select(grant => grant.Status), Is.All.EqualTo(GrantStatus.Active), where);
            Assert.That(grants.Select(grant => grant.Delivered), Is.All.True, where);
            Assert.That(world.Consortium.Clinic.Grantee.Grants.Keys, Is.EquivalentTo(grants.Select(grant => grant.Id)), where);
            Assert.That(world.Alarms.Raised, Is.Empty, where);
        });
    }
}
