using Bunit;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Wallet.App.Guardians;
using EhrLedger.Wallet.Guardians;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>Through whom a wallet comes back, while no member answers. Over real nodes: GuardianStory.</summary>
public sealed class GuardiansScreenTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Before_a_choice_it_says_what_is_lost_without_one_and_what_one_costs()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<GuardiansScreen>();
        Assert.That(screen.Find(Id("guardians-state")).TextContent, Does.Contain("your wallet is lost"));
        Assert.That(screen.Find(Id("guardians-cost")).TextContent, Does.Contain("somebody else gets your wallet").And.Contain("Only this app can tell you").And.Contain("without waiting").And.Contain("The ledger shows"));
        Assert.That(screen.FindAll(Id("guardians-off")), Is.Empty);
        screen.WaitForState(() => screen.FindAll(Id("guardians-unknown")).Count == 1, Patience);
    }

    [Test]
    public async Task An_invitation_needs_a_name_and_can_be_copied()
    {
        using var screens = new WalletScreens();
        var screen = await ChoosingAsync(screens);
        screen.Find(Id("guardians-me")).Input(new string('x', 101));
        await screen.FindAll("form")[0].SubmitAsync();
        Assert.That(screen.Find(Id("guardians-me-error")).TextContent, Is.Not.Empty);
        Assert.That(screen.FindAll(Id("guardians-invitation")), Is.Empty);

        var invitation = Invite(screen);
        Assert.That(GuardianInvitation.TryParse(invitation)?.Name, Is.EqualTo("Anna"));
        await screen.Find(Id("guardians-invitation-copy")).ClickAsync();
        Assert.That(screens.Device.Copied, Is.EqualTo(invitation));
        Assert.That(screen.Find(Id("guardians-invitation-status")).TextContent, Is.EqualTo("Copied."));
        screens.Device.MayCopy = false;
        await screen.Find(Id("guardians-invitation-copy")).ClickAsync();
        Assert.That(screen.Find(Id("guardians-invitation-status")).TextContent, Does.Contain("copy it yourself"));
    }

    [Test]
    public async Task Answers_that_are_none_or_have_no_name_or_come_twice_are_refused()
    {
        using var screens = new WalletScreens();
        var screen = await ChoosingAsync(screens);
        var answer = Accept(Invite(screen));
        Add(screen, "Bo", "hello");
        Assert.That(Error(), Does.Contain("no answer"));
        Add(screen, "Bo", Accept(OfSomebodyElse(screens)));
        Assert.That(Error(), Does.Contain("no answer"));
        Add(screen, " ", answer);
        Assert.That(Error(), Does.Contain("what you call"));
        Add(screen, "Bo", answer);
        Assert.That(Error(), Is.Empty);
        Add(screen, "Cy", answer);
        Assert.That(Error(), Does.Contain("already"));
        Assert.That(screen.FindAll(Id("guardians-chosen")), Has.Count.EqualTo(1));
        Assert.That(screen.Find(Id("guardians-confirm")).HasAttribute("disabled"), "one is not enough");

        string Error() => screen.Find(Id("guardians-error")).TextContent;
    }

    [Test]
    public async Task More_than_half_and_two_days_are_proposed()
    {
        using var screens = new WalletScreens();
        var screen = await ChoosingAsync(screens);
        var invitation = Invite(screen);
        foreach (var (name, threshold) in new[] { ("Bo", ""), ("Cy", "2"), ("Di", "2"), ("Ed", "3"), ("Flo", "3") })
        {
            Add(screen, name, Accept(invitation));
            Assert.That(screen.FindAll($"{Id("guardians-threshold")}").SingleOrDefault()?.GetAttribute("value") ?? "", Is.EqualTo(threshold), name);
        }

        Assert.That(screen.Find(Id("guardians-hours")).GetAttribute("value"), Is.EqualTo("48"));
        Assert.That(screen.FindAll($"{Id("guardians-hours")} option").Select(option => option.GetAttribute("value")), Is.EqualTo(new[] { "24", "48", "72", "168", "336", "720" }));

        // What was chosen stays, as long as there are so many.
        screen.Find(Id("guardians-threshold")).Change("5");
        await screen.FindAll(Id("guardians-remove"))[0].ClickAsync();
        Assert.That(screen.Find(Id("guardians-threshold")).GetAttribute("value"), Is.EqualTo("4"));
    }

    [Test]
    public async Task Who_is_set_and_switched_off_is_kept_while_no_member_answers_and_it_says_so()
    {
        using var screens = new WalletScreens();
        var screen = await ChoosingAsync(screens);
        var invitation = Invite(screen);
        Add(screen, "Bo", Accept(invitation));
        Add(screen, "Cy", Accept(invitation));
        await screen.Find(Id("guardians-confirm")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("guardians-status")).TextContent.Contains("not in force everywhere", StringComparison.Ordinal), Patience);
        Assert.That(screens.Mine.Wallet!.Guardians.Chosen!.Select(guardian => guardian.Name), Is.EquivalentTo(new[] { "Bo", "Cy" }));
        Assert.That(screen.Find(Id("guardians-state")).TextContent, Is.EqualTo("You have chosen 2 guardians."));
        Assert.That(screen.FindAll(Id("guardian")), Has.Count.EqualTo(2));

        await screen.Find(Id("guardians-off")).ClickAsync();
        await screen.Find(Id("guardians-off-confirm")).ClickAsync();
        screen.WaitForState(() => screen.FindAll(Id("guardians-off-confirm")).Count == 0, Patience);
        Assert.That(screens.Mine.Wallet.Guardians.Chosen, Is.Empty.And.Not.Null);
        Assert.That(screen.Find(Id("guardians-state")).TextContent, Does.Contain("Switched off"));
    }

    [Test]
    public async Task What_the_ledger_has_is_said_even_where_the_device_does_not_know_whom_it_is_about()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<MyGuardians>(parameters => parameters.Add(one => one.Shown, new GuardiansShown(true, 3, 2, 3, 48, [], [])));
        Assert.That(screen.Find(Id("guardians-state")).TextContent, Is.EqualTo("Switched on: 2 of your 3 guardians together can bring your wallet back, after 2 days in which you can stop it."));
        Assert.That(screen.FindAll(Id("guardians-off")), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Who_asks_for_the_wallet_is_an_alarm_with_its_end_and_a_no_that_is_not_heard_yet_is_no_yes()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        using var key = Ed25519PrivateKey.Generate();
        var now = screens.Clock.Now;
        var screen = screens.Render<SeedAsked>(parameters => parameters.Add(one => one.Pending, [new RecoveryPending(key.Public, now.AddHours(-1), now.AddHours(47))]));
        Assert.That(screen.Find("[role=alert]").TextContent, Does.Contain("You can stop it until").And.Contain("If it is not you"));
        await screen.Find(Id("recovery-stop")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("recovery-status")).TextContent.Length > 0, Patience);
        Assert.That(screen.Find(Id("recovery-status")).TextContent, Does.Contain("The ledger does not show it yet"));

        screens.Clock.Now = now.AddHours(48);
        screen.Render();
        Assert.That(screen.Find(Id("recovery-until")).TextContent, Does.Contain("The time to stop it ended"));
    }

    [Test]
    public async Task Somebody_agrees_to_be_a_guardian_but_not_ones_own()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<PeopleIGuard>();
        Assert.That(screen.FindAll(Id("ask")), Is.Empty, "there is nobody whom it could be");
        foreach (var nothing in new[] { "hello", screens.Mine.Wallet!.Guardians.Invite("me") })
        {
            screen.Find(Id("guarded-invitation")).Input(nothing);
            await screen.Find("form").SubmitAsync();
            screen.WaitForState(() => screen.Find(Id("guarded-error")).TextContent.Contains("no invitation", StringComparison.Ordinal), Patience);
        }

        var recovery = await GuardAsync(screen, screens, "Anna");
        var answer = GuardianAcceptance.TryParse(screen.Find(Id("guarded-answer")).GetAttribute("value"));
        Assert.That(answer?.Recovery, Is.EqualTo(recovery));
        Assert.That(answer!.Verifies(screens.Mine.Consortium!.Digest));
        Assert.That(screen.Find(Id("guarded")).TextContent, Is.EqualTo("Anna"));
    }

    [Test]
    public async Task A_guardian_compares_name_and_code_and_says_who_it_is_before_helping()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<PeopleIGuard>();
        await GuardAsync(screen, screens, "Anna");
        screen.Find(Id("ask")).Input("hello");
        await screen.FindAll("form")[1].SubmitAsync();
        Assert.That(screen.Find(Id("ask-error")).TextContent, Does.Contain("not what a new phone"));
        Assert.That(screen.FindAll(Id("ask-approve")), Is.Empty);

        using var key = Ed25519PrivateKey.Generate();
        using var sealing = XWingPrivateKey.Generate();
        var ask = new RecoveryAsk(screens.Mine.Consortium!.Digest, key.Public, sealing.Public, "<b>Anna</b>");
        screen.Find(Id("ask")).Input(ask.ToText());
        await screen.FindAll("form")[1].SubmitAsync();
        Assert.That(screen.Find(Id("ask-name")).TextContent, Does.EndWith("<b>Anna</b>"));
        Assert.That(screen.Find(Id("ask-code")).TextContent, Is.EqualTo(ask.Code));
        Assert.That(screen.Find(Id("ask-approve")).HasAttribute("disabled"), "nobody is recognised");
        screen.Find(Id("ask-whom")).Change(true);
        await screen.Find(Id("ask-approve")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("ask-status")).TextContent.Contains("can't be reached", StringComparison.Ordinal), Patience);
        Assert.That(screen.FindAll(Id("approval")), Is.Empty);
    }

    private static async Task<IRenderedComponent<GuardiansScreen>> ChoosingAsync(WalletScreens screens)
    {
        await screens.OpenAsync();
        var screen = screens.Render<GuardiansScreen>();
        screen.WaitForElement(Id("guardians-unknown"), Patience);
        await screen.TapAsync("guardians-choose");
        return screen;
    }

    private static string Invite(IRenderedComponent<GuardiansScreen> screen)
    {
        screen.Find(Id("guardians-me")).Input("Anna");
        screen.FindAll("form")[0].Submit();
        return screen.Find(Id("guardians-invitation")).GetAttribute("value")!;
    }

    private static void Add(IRenderedComponent<GuardiansScreen> screen, string name, string answer)
    {
        screen.Find(Id("guardians-name")).Input(name);
        screen.Find(Id("guardians-answer")).Input(answer);
        screen.FindAll("form")[1].Submit();
    }

    private static string Accept(string invitation)
    {
        using var key = Ed25519PrivateKey.Generate();
        using var sealing = XWingPrivateKey.Generate();
        var read = GuardianInvitation.TryParse(invitation)!;
        return GuardianAcceptance.Sign(read.Genesis, read.Recovery, key, sealing).ToText();
    }

    private static string OfSomebodyElse(WalletScreens screens, string name = "Zoe")
    {
        using var key = Ed25519PrivateKey.Generate();
        return new GuardianInvitation(screens.Mine.Consortium!.Digest, new RecoveryId(key.Public), name).ToText();
    }

    private static async Task<RecoveryId> GuardAsync(IRenderedComponent<PeopleIGuard> screen, WalletScreens screens, string name)
    {
        var invitation = OfSomebodyElse(screens, name);
        screen.Find(Id("guarded-invitation")).Input(invitation);
        await screen.Find("form").SubmitAsync();
        screen.WaitForState(() => screen.FindAll(Id("guarded-answer")).Count == 1, Patience);
        return GuardianInvitation.TryParse(invitation)!.Recovery;
    }

    private static string Id(string name) => $"[data-testid={name}]";
}
