using System.Text.Json.Nodes;
using Bunit;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.App.Home;
using EhrLedger.Wallet.App.Looked;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Sharing;
using EhrLedger.Wallet.Connecting;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static EhrLedger.Wallet.Tests.Screens.Waits;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>The screens of delegation over real nodes: a carer answers for the patient what a clinic asks, until the patient ends it. Each step stands on those before it.</summary>
internal sealed class DelegateStory(TestConsortium consortium) : IDisposable
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private readonly WalletScreens _patient = new(node: new Uri(consortium.Nodes[1].Endpoint));
    private readonly WalletScreens _carer = new(node: new Uri(consortium.Nodes[2].Endpoint));
    private string _atClinic = "";
    private IRenderedComponent<DelegatesScreen> _mine = null!;
    private IRenderedComponent<DelegatesScreen> _hers = null!;

    private TestNode Hospital => consortium.Nodes[1];

    private TestNode Clinic => consortium.Nodes[2];

    private Shelf Shelf => _patient.Services.GetRequiredService<Shelf>();

    public async Task RunAsync()
    {
        await A_patient_has_records_and_a_carer_has_an_app();
        await They_agree();
        await The_carer_allows_the_clinic_what_it_asks_for();
        await The_patient_sees_who_allowed_it_and_who_looked();
        await What_the_carer_signs_with_other_software_alarms_the_patient_at_home();
        await The_patient_ends_it_with_what_was_allowed();
    }

    public void Dispose()
    {
        _patient.Dispose();
        _carer.Dispose();
    }

    private async Task A_patient_has_records_and_a_carer_has_an_app()
    {
        var atHospital = await Hospital.RegisterPatientAsync("Cared");
        _atClinic = await Clinic.RegisterPatientAsync("Cared");
        await Hospital.KeepAsync(Resources.Observation(atHospital, "718-7", "2024-01-02", value: 13.1));
        foreach (var screens in new[] { _patient, _carer })
        {
            Assert.That(await screens.Mine.KeepAsync(WalletSeed.Generate(), OpenWallet.Pin, restore: false, null, default), Is.EqualTo(OpenOutcome.Opened));
        }

        Assert.That(await _patient.Mine.Wallet!.ConnectAsync(Hospital.Organisation, await Hospital.MakeCodeAsync(atHospital), default), Is.InstanceOf<ConnectOutcome.Connected>());
        (_mine, _hers) = (_patient.Render<DelegatesScreen>(), _carer.Render<DelegatesScreen>());
    }

    private async Task They_agree()
    {
        Wait(_mine, "delegates-none", "Nobody may act for you.");
        await _mine.TapAsync("delegates-ask");
        await _mine.TapAsync("delegation-all-categories");
        await _mine.ChooseAsync("delegation-category-laboratory", true);
        await _mine.ChooseAsync("delegation-category-medications", true);
        await _mine.ChooseAsync("delegation-act-grant", true);
        await _mine.ChooseAsync("delegation-act-seelog", true);
        await _mine.TypeAsync("delegation-me", "Anna");
        await _mine.SendAsync("delegation-me");
        await _hers.TypeAsync("acting-invitation", Read(_mine, "delegation-invitation"));
        await _hers.SendAsync("acting-invitation");
        var answer = Read(_hers, "acting-answer");
        Wait(_hers, "acting-state", "Nothing to do yet");

        await _mine.TypeAsync("delegation-name", "Bea");
        await _mine.TypeAsync("delegation-answer", answer);
        await _mine.SendAsync("delegation-answer");
        Wait(_mine, "delegates-status", "They may act for you now.");
        Wait(_mine, "delegate-state", "May act for you.");

        await _mine.TapAsync("delegates-ask");
        await _mine.TypeAsync("delegation-name", "Bea");
        await _mine.TypeAsync("delegation-answer", answer);
        await _mine.SendAsync("delegation-answer");
        Wait(_mine, "delegation-error", "entered before");
        await _mine.TapAsync("delegation-cancel");
    }

    private async Task The_carer_allows_the_clinic_what_it_asks_for()
    {
        await _hers.TapAsync("acting-look");
        Wait(_hers, "acting-scope", "Allow others to read");
        Assert.That(_hers.FindAll(Taps.Hook("acting-no-grants")), Has.Count.EqualTo(1));
        await _hers.TapAsync("acting-allow");
        await _hers.TypeAsync("allow-link", await AskAsync());
        await _hers.SendAsync("allow-link");
        await _hers.ChooseAsync("allow-category-laboratory", true);
        await _hers.TapAsync("allow-confirm");
        Wait(_hers, "acting-status", "may see it now.");
        Wait(_hers, "acting-grant", "may see Laboratory for treatment");
        Assert.That(_hers.FindAll(Taps.Hook("acting-end")), Is.Empty, "ending is not left to the carer");
        Assert.That((await Clinic.GetAsync($"Observation?patient={_atClinic}", Doctor)).Ids, Has.Count.EqualTo(1));
    }

    private async Task The_patient_sees_who_allowed_it_and_who_looked()
    {
        var (home, sharing, looked) = (_patient.Render<HomeScreen>(), _patient.Render<SharingScreen>(), _patient.Render<LookedScreen>());
        await Shelf.RefreshAsync();
        Wait(sharing, "grant", "allowed by Bea.");
        Wait(home, "home-grant", "allowed by Bea.");
        Assert.That(home.FindAll(Taps.Hook("home-delegates")), Is.Empty, "what was left to her is no alarm");
        Wait(looked, "looked-granted-by", "Allowed by Bea.");
        Wait(_mine, "delegate-act", "to see Laboratory.");

        await _hers.TapAsync("acting-log");
        Wait(_hers, "acting-looked", "Dr Li, physician");
    }

    /// <summary>To a reader whom no organisation has signed for.</summary>
    private async Task What_the_carer_signs_with_other_software_alarms_the_patient_at_home()
    {
        var (mandate, genesis) = (_carer.Mine.Wallet!.ActingFor.All.Single().Mandate, consortium.Genesis.Digest);
        using var seed = WalletSeed.FromPhrase(_carer.Mine.Wallet.ToPhrase())!;
        using var sealing = seed.DeriveDelegateSealingKey(mandate.Key);
        var signedBytes = await Clinic.Client.GetByteArrayAsync("/wallet/directories/" + Convert.ToHexStringLower(mandate.Key.ToArray()));
        using var keys = DelegatedKeys.Open(mandate, PublishedKeys.TryParse(SealedDirectory.Open(signedBytes, mandate.Key, genesis)!.Sealed)!, sealing)!;
        var subject = keys.Subjects[0];
        using var key = seed.DeriveDelegateKey(mandate.Key, subject.Number);
        using var reader = Ed25519PrivateKey.Generate();
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var body = new GrantBody(GrantId.Generate(), reader.Public, default, DayRange.Of(today, today), default, default, default);
        var entry = new DelegateEntries(subject.Subject, subject.Delegation, key, genesis).Grant(body, DateTimeOffset.UtcNow + Entry.UsualValidity);
        Assert.That((int)(await Clinic.SubmitAsync(entry.SignedBytes)).Status, Is.EqualTo(200));

        var home = _patient.Render<HomeScreen>();
        await Shelf.RefreshAsync();
        Wait(home, "home-delegates", "has gone too far");
        Wait(_mine, "delegates-alarm", "what can't be proven");
    }

    private async Task The_patient_ends_it_with_what_was_allowed()
    {
        await _mine.TapAsync("delegate-end");
        await _mine.TapAsync("delegate-end-all");
        Wait(_mine, "delegates-status", "It has ended.");
        _mine.WaitForElement(Taps.Hook("delegates-ended"), Patience);
        Wait(_mine, "delegates-none", "Nobody may act for you.");
        Wait(_patient.Render<SharingScreen>(), "grant-ended", "allowed by Bea.");
        Assert.That(Shelf.Grants.Select(grant => (grant.Status, grant.GrantedBy)), Is.EqualTo(new[] { (Granting.GrantStatus.Revoked, "Bea"), (Granting.GrantStatus.Revoked, "Bea") }));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_atClinic}", Doctor)).Ids, Is.Empty);

        var again = _carer.Render<PeopleIActFor>();
        Wait(again, "acting-state", "It has ended.");
    }

    /// <summary>The clinic's link.</summary>
    private async Task<string> AskAsync()
    {
        using var answer = await Clinic.Client.PostAsync($"/admin/patients/{_atClinic}/access-requests", null);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["link"]!;
    }
}
