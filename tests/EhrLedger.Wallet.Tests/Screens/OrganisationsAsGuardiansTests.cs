using System.Net;
using System.Text.RegularExpressions;
using Bunit;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Node.Tests.Desk;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Guardians;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Guardians;
using NUnit.Framework;
using static EhrLedger.Wallet.Tests.Screens.Waits;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>The screens of guardians over three real nodes, where organisations are asked too. Each step stands on those before it. The consortium allows waiting times of no hours.</summary>
public sealed partial class OrganisationsAsGuardiansTests
{
    private TestConsortium _consortium = null!;
    private WalletScreens _patient = null!;
    private WalletScreens _new = null!;
    private Phone _friend = null!;
    private IRenderedComponent<GuardiansScreen>? _mine;
    private string _atHospital = "";

    private TestNode Hospital => _consortium.Nodes[1];

    private TestNode Clinic => _consortium.Nodes[2];

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _consortium = await TestConsortium.StartAsync(recoveryHours: 0, settings: ["--shared-types", "none", "--guardian", "yes"]);
        (_patient, _new) = (new(node: new Uri(Hospital.Endpoint)), new(node: new Uri(Clinic.Endpoint)));
        _friend = await Phone.BuyAsync(_consortium);
        await Hospital.AddUserAsync("ada", "front-desk", LaunchNode.Password);
        await Hospital.AddUserAsync("bea", "front-desk", LaunchNode.Password);
        Assert.That(await _patient.Mine.KeepAsync(WalletSeed.Generate(), OpenWallet.Pin, restore: false, null, default), Is.EqualTo(OpenOutcome.Opened));
        _atHospital = await Hospital.RegisterPatientAsync("Guarded");
        foreach (var (node, patient) in new[] { (Hospital, _atHospital), (Clinic, await Clinic.RegisterPatientAsync("Guarded")) })
        {
            Assert.That(await _patient.Mine.Wallet!.ConnectAsync(node.Organisation, await node.MakeCodeAsync(patient), default), Is.InstanceOf<ConnectOutcome.Connected>());
        }
    }

    [TearDown]
    public void Leave() => _mine?.Dispose();

    [OneTimeTearDown]
    public void Stop()
    {
        _friend?.Dispose();
        _patient?.Dispose();
        _new?.Dispose();
        _consortium?.Dispose();
    }

    [Test]
    public async Task From_one_tap_to_the_front_desk_and_a_new_phone()
    {
        await Each_that_offers_it_is_asked_by_one_tap();
        await Two_organisations_alone_are_refused_in_words();
        await With_a_person_they_are_set();
        await One_that_is_asked_and_does_not_do_it_any_more_is_told_from_one_that_is_away();
        await The_desk_and_the_friend_bring_it_back();
    }

    private async Task Each_that_offers_it_is_asked_by_one_tap()
    {
        _mine = _patient.Render<GuardiansScreen>();
        await _mine!.TapAsync("guardians-choose");
        Wait(_mine!, "guardians-offer", "East can be a guardian: its staff will check who you are at the desk");
        Assert.That(_mine!.FindAll(Taps.Hook("guardians-offer")), Has.Count.EqualTo(2), "not one that there is no connection to");
        await AskAsync("East");
        Wait(_mine!, "guardians-chosen", "East (organisation)");
        Wait(_mine!, "guardians-ask-status", "East has agreed");
        Assert.That(_mine!.FindAll(Taps.Hook("guardians-offer")).Select(offer => offer.TextContent), Has.All.Contains("South"));
    }

    private async Task Two_organisations_alone_are_refused_in_words()
    {
        await AskAsync("South");
        Wait(_mine!, "guardians-people", "Organisations alone are never enough: at least one person must always agree too. Add 1 more person");
        Assert.That(_mine!.Find(Taps.Hook("guardians-confirm")).HasAttribute("disabled"));
        Assert.That(_mine!.FindAll(Taps.Hook("guardians-threshold")), Is.Empty);
    }

    private async Task With_a_person_they_are_set()
    {
        await AddFriendAsync();
        Wait(_mine!, "guardians-people", "at least one person must always agree too.");
        Assert.That(_mine!.FindAll($"{Taps.Hook("guardians-threshold")} option").Select(option => option.GetAttribute("value")), Is.EqualTo(new[] { "3" }), "two organisations and a person");
        await _mine!.InvokeAsync(() => _mine!.FindAll(Taps.Hook("guardians-remove")).Single(button => button.GetAttribute("aria-label")!.EndsWith("South", StringComparison.Ordinal)).Click());
        Assert.That(_mine!.FindAll($"{Taps.Hook("guardians-threshold")} option").Select(option => option.GetAttribute("value")), Is.EqualTo(new[] { "2" }));
        await _mine!.ChooseAsync("guardians-hours", "0");
        await _mine!.TapAsync("guardians-confirm");
        Wait(_mine!, "guardians-status", "nothing more to do");
        Wait(_mine!, "guardians-state", "2 of your 2 guardians");
        Assert.That(_mine!.FindAll(Taps.Hook("guardian")).Select(one => one.TextContent), Is.EquivalentTo(new[] { "East (organisation)", "Friend" }));
        Assert.That(_patient.Mine.Wallet!.Guardians.Chosen!.Select(guardian => guardian.Organisation), Is.EquivalentTo(new[] { Hospital.Organisation, (Ledger.Membership.OrganisationId?)null }));
    }

    private async Task One_that_is_asked_and_does_not_do_it_any_more_is_told_from_one_that_is_away()
    {
        await _mine!.TapAsync("guardians-choose");
        Wait(_mine!, "guardians-offer", "South");
        await Clinic.StopAsync();
        await AskAsync("South");
        Wait(_mine!, "guardians-ask-status", "can't be reached");
        Clinic.Settings = ["--shared-types", "none"];
        await Clinic.StartAsync();
        await AskAsync("South");
        Wait(_mine!, "guardians-ask-status", "South does not do this just now.");
        await _mine!.TapAsync("guardians-cancel");
    }

    private async Task The_desk_and_the_friend_bring_it_back()
    {
        _new.Device.CanScan = true;
        var app = _new.Render<Root>();
        app.WaitForElement(Taps.Hook("start-lost"), Patience);
        await app.TapAsync("start-lost");
        app.WaitForElement(Taps.Hook("lost-name"), Patience);
        await app.TypeAsync("lost-name", "Anna");
        await app.TypeAsync("lost-pin", OpenWallet.Pin);
        await app.TypeAsync("lost-again", OpenWallet.Pin);
        await app.SendAsync("lost-pin");
        var ask = Read(app, "lost-ask");
        _new.Device.Seen = await ApproveAtDeskAsync(ask, app.Find(Taps.Hook("lost-code")).TextContent);
        app.WaitForState(() => app.FindAll(Taps.Hook("lost-scan")).Any(button => !button.HasAttribute("disabled")), Patience);
        await app.TapAsync("lost-scan");
        Wait(app, "lost-progress", "1 of 2 guardians have helped.");
        var guards = _friend.Wallet.Guardianships;
        await HelpAsync(app, ((ApproveOutcome.Approved)await guards.ApproveAsync(guards.All.Single().Recovery, guards.ReadAsk(ask)!, default)).Text);
        while (_new.Mine.Stage != WalletStage.Open)
        {
            app.WaitForState(() => _new.Mine.Stage == WalletStage.Open || app.FindAll(Taps.Hook("lost-look")).Any(button => !button.HasAttribute("disabled")), Patience);
            await app.InvokeAsync(() => app.FindAll(Taps.Hook("lost-look")).ToList().ForEach(button => button.Click()));
        }

        Assert.That(_new.Mine.Wallet!.ToPhrase(), Is.EqualTo(_patient.Mine.Wallet!.ToPhrase()));
        Wait(app, "restored", "Your wallet is back: 2 hospitals");
        Assert.That(_new.Mine.Wallet.Guardians.Chosen!.Select(guardian => guardian.Organisation), Does.Contain(Hospital.Organisation), "who is an organisation comes back with the directory");
    }

    private async Task<string> ApproveAtDeskAsync(string ask, string code)
    {
        var path = $"/console/patients/{_atHospital}/recovery";
        using var ada = await DeskBrowser.EnterAsync(Hospital, "ada");
        using var bea = await DeskBrowser.EnterAsync(Hospital, "bea");
        Assert.That((await ada.PostAsync(path, [.. (await ada.GetAsync(path)).Fields, ("ask", ask), ("how", "passport")])).Location, Is.EqualTo(path));
        var seen = await bea.GetAsync(path);
        Assert.That(seen.Text, Does.Contain(code));
        var confirm = Hidden().Matches(seen.Text).Select(match => (match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value))).DistinctBy(field => field.Item1);
        Assert.That((await bea.PostAsync($"{path}/approve", confirm)).Location, Is.EqualTo(path));
        return WebUtility.HtmlDecode(Answers().Match((await bea.GetAsync(path)).Text).Groups[1].Value);
    }

    private async Task AskAsync(string name)
    {
        _mine!.WaitForState(() => _mine!.FindAll(Taps.Hook("guardians-ask")).Any(button => button.TextContent.Contains(name, StringComparison.Ordinal) && !button.HasAttribute("disabled")), Patience);
        await _mine!.InvokeAsync(() => _mine!.FindAll(Taps.Hook("guardians-ask")).Single(button => button.TextContent.Contains(name, StringComparison.Ordinal)).Click());
    }

    private async Task AddFriendAsync()
    {
        await _mine!.TypeAsync("guardians-me", "Anna");
        await _mine!.SendAsync("guardians-me");
        await _mine!.TypeAsync("guardians-name", "Friend");
        await _mine!.TypeAsync("guardians-answer", (await _friend.Wallet.Guardianships.AcceptAsync(ValueOf(_mine!, "guardians-invitation"), default))!);
        await _mine!.SendAsync("guardians-answer");
    }

    private static async Task HelpAsync(IRenderedComponent<Root> app, string approval)
    {
        app.WaitForState(() => app.FindAll(Taps.Hook("lost-add")).Any(button => !button.HasAttribute("disabled")), Patience);
        await app.TypeAsync("lost-approval", approval);
        await app.SendAsync("lost-approval");
    }

    [GeneratedRegex("<textarea[^>]*>([^<]*)</textarea>")]
    private static partial Regex Answers();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex Hidden();
}
