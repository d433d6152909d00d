using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.App.Session;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

public sealed class NoticesTests
{
    private static readonly DateTimeOffset Morning = new(2026, 5, 4, 9, 0, 0, TimeSpan.Zero);
    private static readonly OrganisationId Clinic = NewOrganisation();

    private readonly MemoryDevice _device = new();

    [Test]
    public async Task What_came_since_the_list_was_looked_at_is_new_also_after_the_app_was_closed()
    {
        var first = Look(Morning);
        var notices = await OpenAsync();
        Assert.That(notices.NewOf([first]), Is.EqualTo(new[] { first }));

        await notices.SeeAsync([first], default);
        Assert.That(notices.NewOf([first]), Is.Empty);

        var second = Look(Morning.AddMinutes(1));
        var reopened = await OpenAsync();
        Assert.That(reopened.NewOf([second, first]), Is.EqualTo(new[] { second }));
    }

    [Test]
    public async Task What_is_not_final_yet_is_new_once_it_is()
    {
        var notices = await OpenAsync();
        await notices.SeeAsync([Look(null), Look(Morning)], default);
        Assert.That(notices.NewOf([Look(null)]), Is.Empty);
        Assert.That(notices.NewOf([Look(Morning.AddSeconds(1))]), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task They_can_be_switched_off_and_stay_off()
    {
        var notices = await OpenAsync();
        Assert.That(notices.AreOn);
        await notices.SwitchAsync(false, default);

        var reopened = await OpenAsync();
        Assert.That(reopened.AreOn, Is.False);
        Assert.That(reopened.NewOf([Look(Morning)]), Is.Empty);

        await reopened.SwitchAsync(true, default);
        Assert.That((await OpenAsync()).NewOf([Look(Morning)]), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Of_nothing_nothing_is_new()
    {
        var notices = await OpenAsync();
        await notices.SeeAsync([], default);
        Assert.That(notices.NewOf([]), Is.Empty);
    }

    private async Task<Notices> OpenAsync()
    {
        var notices = new Notices(_device);
        await notices.ReadAsync(default);
        return notices;
    }

    private static AccessEvent Look(DateTimeOffset? time) =>
        new(AccessKind.Read, time, time is null ? null : 1, Category.Laboratory, Clinic, null, Clinic, true, "Dr Li", "clinician", null, [], null, true, []);

    private static OrganisationId NewOrganisation()
    {
        using var key = Ed25519PrivateKey.Generate();
        return new OrganisationId(key.Public);
    }
}
