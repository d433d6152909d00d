using Bunit;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Guardians;
using EhrLedger.Wallet.App.Home;
using EhrLedger.Wallet.App.Session;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static EhrLedger.Wallet.Tests.Screens.Waits;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>The screens of guardians over real nodes, from the choice to a new phone, with a thief in between. Each step stands on those before it. The consortium allows waiting times of no hours.</summary>
internal sealed class GuardianStory(TestConsortium consortium) : IDisposable
{
    private readonly WalletScreens _patient = Screens(consortium);
    private readonly WalletScreens _sister = Screens(consortium);
    private readonly WalletScreens _thief = Screens(consortium);
    private readonly WalletScreens _new = Screens(consortium);
    private Phone _friend = null!;
    private IRenderedComponent<GuardiansScreen> _mine = null!;
    private IRenderedComponent<GuardiansScreen> _hers = null!;
    private IRenderedComponent<Root> _app = null!;

    public async Task RunAsync()
    {
        await OpenAsync(_patient);
        await OpenAsync(_sister);
        _friend = await Phone.BuyAsync(consortium);
        (_mine, _hers) = (_patient.Render<GuardiansScreen>(), _sister.Render<GuardiansScreen>());
        await Two_people_agree_and_are_set_with_a_day_to_say_no();
        await A_thief_deceives_both();
        await The_patient_is_alarmed_at_home_and_stops_it();
        await The_thief_has_nothing();
        await The_patient_comes_back_on_a_new_phone();
    }

    public void Dispose()
    {
        _friend?.Dispose();
        new[] { _patient, _sister, _thief, _new }.ToList().ForEach(screens => screens.Dispose());
    }

    private async Task Two_people_agree_and_are_set_with_a_day_to_say_no()
    {
        await _mine.TapAsync("guardians-choose");
        await _mine.TypeAsync("guardians-me", "Anna");
        await _mine.SendAsync("guardians-me");
        var invitation = ValueOf(_mine, "guardians-invitation");
        await _hers.TypeAsync("guarded-invitation", invitation);
        await _hers.SendAsync("guarded-invitation");
        await AddAsync("Sister", Read(_hers, "guarded-answer"));
        await AddAsync("Friend", (await _friend.Wallet.Guardianships.AcceptAsync(invitation, default))!);
        await SetAsync(24);
        Wait(_mine, "guardians-state", "2 of your 2 guardians together can bring your wallet back, after 1 day");
    }

    private async Task A_thief_deceives_both()
    {
        _app = _thief.Render<Root>();
        await AskAsync("Anna, on a new phone");
        Wait(_app, "lost-progress", "it stands on the ledger. Wait until");
    }

    private async Task The_patient_is_alarmed_at_home_and_stops_it()
    {
        var home = _patient.Render<HomeScreen>();
        Assert.That(home.FindAll(Taps.Hook("home-recovery")), Is.Empty);
        await _patient.Services.GetRequiredService<Shelf>().RefreshAsync();
        Wait(home, "home-recovery", "You can stop it until");
        _mine.WaitForElement(Taps.Hook("recovery-stop"), Patience);
        await _mine.TapAsync("recovery-stop");
        Wait(_mine, "recovery-status", "Stopped.");
        _mine.WaitForState(() => _mine.FindAll(Taps.Hook("recovery")).Count == 0, Patience);
        home.WaitForState(() => home.FindAll(Taps.Hook("home-recovery")).Count == 0, Patience);
        Wait(_mine, "guardians-state", "2 of your 2 guardians");
    }

    private async Task The_thief_has_nothing()
    {
        await _app.TapAsync("lost-look");
        Wait(_app, "lost-progress", "It was stopped");
        await _app.TapAsync("lost-give-up");
        await _app.TapAsync("lost-give-up-now");
    }

    private async Task The_patient_comes_back_on_a_new_phone()
    {
        await _mine.TapAsync("guardians-choose");
        await SetAsync(0);
        Wait(_mine, "guardians-state", "after 0 hours");
        _app = _new.Render<Root>();
        await AskAsync("Anna");
        while (_new.Mine.Stage != WalletStage.Open)
        {
            // Custodians look at replicas of their own, which are a few seconds behind.
            _app.WaitForState(() => _new.Mine.Stage == WalletStage.Open || _app.FindAll(Taps.Hook("lost-look")).Any(button => !button.HasAttribute("disabled")), Patience);
            await _app.InvokeAsync(() => _app.FindAll(Taps.Hook("lost-look")).ToList().ForEach(button => button.Click()));
        }

        Assert.That(_new.Mine.Wallet!.ToPhrase(), Is.EqualTo(_patient.Mine.Wallet!.ToPhrase()));
        Assert.That(_new.Mine.Wallet.Guardians.Chosen!.Select(guardian => guardian.Name), Is.EquivalentTo(new[] { "Sister", "Friend" }));
        Assert.That(_new.Device.Kept, Does.Not.ContainKey("recovery").And.ContainKey("seed"));
        Wait(_app, "restored", "The words are right");
    }

    /// <summary>Begins on the new phone, and lets both help.</summary>
    private async Task AskAsync(string name)
    {
        _app.WaitForElement(Taps.Hook("start-lost"), Patience);
        await _app.TapAsync("start-lost");
        _app.WaitForElement(Taps.Hook("lost-name"), Patience);
        await _app.TypeAsync("lost-name", name);
        await _app.TypeAsync("lost-pin", OpenWallet.Pin);
        await _app.TypeAsync("lost-again", OpenWallet.Pin);
        await _app.SendAsync("lost-pin");
        var ask = Read(_app, "lost-ask");
        await _hers.TypeAsync("ask", ask);
        await _hers.SendAsync("ask");
        Assert.That(_hers.Find(Taps.Hook("ask-code")).TextContent, Is.EqualTo(_app.Find(Taps.Hook("lost-code")).TextContent));
        Assert.That(_hers.Find(Taps.Hook("ask-name")).TextContent, Does.EndWith(name));
        await _hers.ChooseAsync("ask-whom", true);
        await _hers.TapAsync("ask-approve");
        await HelpAsync(Read(_hers, "approval"));
        Wait(_app, "lost-progress", "1 of 2 guardians have helped. 1 is missing.");

        var guards = _friend.Wallet.Guardianships;
        var outcome = await guards.ApproveAsync(guards.All.Single().Recovery, guards.ReadAsk(ask)!, default);
        await HelpAsync(((EhrLedger.Wallet.Guardians.ApproveOutcome.Approved)outcome).Text);
    }

    private async Task HelpAsync(string approval)
    {
        _app.WaitForState(() => _app.FindAll(Taps.Hook("lost-add")).Any(button => !button.HasAttribute("disabled")), Patience);
        await _app.TypeAsync("lost-approval", approval);
        await _app.SendAsync("lost-approval");
    }

    private async Task AddAsync(string name, string answer)
    {
        await _mine.TypeAsync("guardians-name", name);
        await _mine.TypeAsync("guardians-answer", answer);
        await _mine.SendAsync("guardians-answer");
    }

    private async Task SetAsync(int hours)
    {
        await _mine.ChooseAsync("guardians-hours", $"{hours}");
        await _mine.TapAsync("guardians-confirm");
        Wait(_mine, "guardians-status", "nothing more to do");
    }

    private static WalletScreens Screens(TestConsortium consortium) => new(node: new Uri(consortium.Nodes[1].Endpoint));

    private static async Task OpenAsync(WalletScreens screens) =>
        Assert.That(await screens.Mine.KeepAsync(WalletSeed.Generate(), OpenWallet.Pin, restore: false, null, default), Is.EqualTo(OpenOutcome.Opened));
}
