using Bunit;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Findings;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>Who may act for the patient, while no member answers. Over real nodes: DelegateStory.</summary>
public sealed class DelegatesScreenTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Before_anybody_is_asked_it_says_so_and_what_it_means_to_ask()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<DelegatesScreen>();
        screen.WaitForState(() => screen.Find(Id("delegates-none")).TextContent == "Nobody may act for you.", Patience);
        Assert.That(screen.Find(Id("acting-none")).TextContent, Is.EqualTo("You act for nobody yet."));
        await screen.TapAsync("delegates-ask");
        Assert.That(screen.Find(Id("delegation-may-read")).TextContent, Does.Contain("Whoever may allow others to read may also read"));
        Assert.That(screen.Find(Id("delegation-ledger")).TextContent, Does.Contain("Everybody who sees the ledger").And.Contain("what for, and until which day").And.Contain("Not who you or they are"));
        Assert.That(screen.FindAll(Id("delegation-unconnected")), Has.Count.EqualTo(1), "there are no records to leave to anybody");
    }

    [Test]
    public async Task An_invitation_needs_a_choice_and_a_name_and_then_the_choice_stays()
    {
        using var screens = new WalletScreens();
        var screen = await AskingAsync(screens);
        await InviteAsync(screen, "Anna");
        Assert.That(screen.Find(Id("delegation-me-error")).TextContent, Does.StartWith("Choose records"));
        await ChooseAsync(screen, "laboratory", "medications");
        await InviteAsync(screen, new string('x', 101));
        Assert.That(screen.Find(Id("delegation-me-error")).TextContent, Does.Contain("what you call"));
        Assert.That(screen.FindAll(Id("delegation-invitation")), Is.Empty);

        await InviteAsync(screen, "Anna");
        var invitation = DelegateInvitation.TryParse(Invitation(screen))!;
        Assert.That((invitation.Name, invitation.Subjects), Is.EqualTo(("Anna", 2)));
        Assert.That(screen.Find(Id("delegation-scope")).TextContent, Does.Contain("Medications, Laboratory").And.Contain("Allow others to read").And.Contain("treatment").And.Contain("2 June 2026"));
        Assert.That(screen.FindAll("input[type=checkbox]"), Is.Empty, "what was asked for stays");
        await screen.TapAsync("delegation-anew");
        Assert.That(screen.FindAll(Id("delegation-invitation")), Is.Empty);
        Assert.That(screen.FindAll("input[type=checkbox]"), Is.Not.Empty);
    }

    [Test]
    public async Task An_answer_that_is_none_or_for_less_or_has_no_name_lets_nobody_act()
    {
        using var screens = new WalletScreens();
        var screen = await AskingAsync(screens);
        await ChooseAsync(screen, "laboratory");
        await InviteAsync(screen, "Anna");
        var answer = Accept(Invitation(screen));
        await ConfirmAsync(screen, "Bea", "hello");
        Assert.That(Error(), Does.Contain("no answer to an invitation"));
        await ConfirmAsync(screen, " ", answer);
        Assert.That(Error(), Does.Contain("what you call"));
        await ConfirmAsync(screen, "Bea", Accept(OfSomebodyElse(screens)));
        Assert.That(Error(), Does.Contain("no answer to an invitation"));

        // Days later: what was chosen is not known any more, and the patient chooses more than was asked for.
        var later = Ask(screens);
        await ConfirmAsync(later, "Bea", answer);
        Assert.That(later.Find(Id("delegation-error")).TextContent, Does.StartWith("Choose records"));
        await ChooseAsync(later, "laboratory", "medications");
        await ConfirmAsync(later, "Bea", answer);
        later.WaitForState(() => later.Find(Id("delegation-error")).TextContent.Contains("more than the answer is for", StringComparison.Ordinal), Patience);
        await later.ChooseAsync("delegation-category-medications", false);
        await ConfirmAsync(later, "Bea", answer);
        later.WaitForState(() => later.Find(Id("delegation-error")).TextContent.Contains("not connected", StringComparison.Ordinal), Patience);
        Assert.That((await screens.Mine.Wallet!.Delegations.ReadAsync(default)).All, Is.Empty);

        string Error() => screen.Find(Id("delegation-error")).TextContent;
    }

    [Test]
    public async Task Who_may_act_is_told_with_all_that_was_done_and_who_may_no_more_stands_apart()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        var screen = Render(screens, new DelegationsShown(
            [Delegation("Old", DelegationStatus.Ended), Delegation("Late", DelegationStatus.Lapsed), Delegation("<b>Bea</b>", DelegationStatus.Active, Did(DelegateActKind.Granted, hospital), Did(DelegateActKind.EndedGrant, null)), Delegation("Cy", DelegationStatus.Waiting)],
            [],
            true));
        var cards = screen.FindAll(Id("delegate"));
        Assert.That(cards.Select(card => card.QuerySelector("h3")!.TextContent), Is.EqualTo(new[] { "<b>Bea</b>", "Cy", "Late", "Old" }));
        Assert.That(cards.Select(card => card.QuerySelector(Id("delegate-state"))!.TextContent), Is.EqualTo(new[] { "May act for you.", "You have decided it. It is not finished yet; the wallet goes on by itself.", "It has run out.", "It has ended." }));
        Assert.That(cards.Select(card => card.QuerySelectorAll(Id("delegate-end")).Length), Is.EqualTo(new[] { 1, 1, 0, 0 }));
        Assert.That(screen.FindAll($"{Id("delegates-ended")} {Id("delegate")}"), Has.Count.EqualTo(2));
        var acts = screen.FindAll(Id("delegate-act")).Select(act => act.TextContent).ToList();
        Assert.That(acts, Has.Count.EqualTo(2).And.All.Contains("May 2026"));
        Assert.That(acts[0], Does.StartWith("Ended the permission of somebody whom this wallet can't name for Laboratory."), "the newest comes first");
        Assert.That(acts[1], Does.StartWith("Allowed City Hospital to see Laboratory."));
        Assert.That(screen.FindAll(Id("delegates-unknown")), Is.Empty);
        Assert.That(screen.FindAll(Id("delegates-alarms")), Is.Empty);
    }

    [Test]
    public async Task It_says_when_members_do_not_answer_and_cries_when_somebody_went_beyond_what_was_left_to_them()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = Render(screens, new DelegationsShown(
            [],
            [new Finding(FindingKind.ActedByDelegate, null, Category.Laboratory, "an act"), new Finding(FindingKind.DelegateBeyondScope, null, Category.Laboratory, "Bea: grant 17")],
            false));
        Assert.That(screen.FindAll(Id("delegates-unknown")), Has.Count.EqualTo(1));
        Assert.That(screen.FindAll(Id("delegates-alarm")).Single().TextContent, Does.Contain("had not left to them").And.Contain("Bea: grant 17"));
    }

    [TestCase(DelegateActs.Grant | DelegateActs.SeeLog, 2)]
    [TestCase(DelegateActs.SeeLog, 1)]
    public async Task Ending_says_what_it_does_and_asks_about_what_they_allowed_where_they_may(DelegateActs acts, int ways)
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = Render(screens, new DelegationsShown([Delegation("Bea", DelegationStatus.Active) with { Acts = acts }], [], true));
        await screen.TapAsync("delegate-end");
        Assert.That(screen.Find(Id("delegate-limits")).TextContent, Does.Contain("nothing more").And.Contain("What they have read already, they know"));
        Assert.That(screen.FindAll(Id("delegate-end-all")).Concat(screen.FindAll(Id("delegate-end-keep"))).Count(), Is.EqualTo(ways));
        await screen.TapAsync("delegate-end-cancel");
        Assert.That(screen.FindAll(Id("delegate-end-all")), Is.Empty);
    }

    private static IRenderedComponent<MyDelegates> Render(WalletScreens screens, DelegationsShown shown) => screens.Render<MyDelegates>(parameters => parameters.Add(one => one.Shown, shown));

    private static DelegationShown Delegation(string name, DelegationStatus status, params DelegateAct[] done)
    {
        using var key = Ed25519PrivateKey.Generate();
        return new DelegationShown(new MandateId(key.Public), name, status, DelegateActs.Grant, [PurposeOfUse.Treatment], 20_700, [(0, Category.Laboratory)], DateTimeOffset.UnixEpoch, done);
    }

    private static DelegateAct Did(DelegateActKind kind, OrganisationId? grantee) => new(kind, new DateTimeOffset(2026, 5, 4, 9, 0, 0, TimeSpan.Zero), 1, 0, Category.Laboratory, GrantId.Generate(), grantee);

    private static async Task<IRenderedComponent<AskDelegate>> AskingAsync(WalletScreens screens)
    {
        await screens.OpenAsync();
        return Ask(screens);
    }

    /// <summary>With a connection that the wallet has not made.</summary>
    private static IRenderedComponent<AskDelegate> Ask(WalletScreens screens) =>
        screens.Render<AskDelegate>(parameters => parameters.Add(one => one.Connections, [new ConnectionShown(0, screens.Mine.Wallet!.Members[0].Organisation, "1", 0)]));

    private static async Task ChooseAsync(IRenderedComponent<AskDelegate> screen, params string[] categories)
    {
        foreach (var category in categories)
        {
            await screen.ChooseAsync($"delegation-category-{category}", true);
        }

        await screen.ChooseAsync("delegation-act-grant", true);
    }

    private static async Task InviteAsync(IRenderedComponent<AskDelegate> screen, string name)
    {
        await screen.TypeAsync("delegation-me", name);
        await screen.SendAsync("delegation-me");
    }

    private static async Task ConfirmAsync(IRenderedComponent<AskDelegate> screen, string name, string answer)
    {
        await screen.TypeAsync("delegation-name", name);
        await screen.TypeAsync("delegation-answer", answer);
        await screen.SendAsync("delegation-answer");
    }

    private static string Invitation(IRenderedComponent<AskDelegate> screen) => screen.Find(Id("delegation-invitation")).GetAttribute("value")!;

    private static string Accept(string invitation)
    {
        using var sealing = XWingPrivateKey.Generate();
        var read = DelegateInvitation.TryParse(invitation)!;
        var keys = Enumerable.Range(0, read.Subjects).Select(_ => Ed25519PrivateKey.Generate()).ToList();
        var text = DelegateAcceptance.Sign(read.Genesis, read.Mandate, read.Salt, keys, sealing).ToText();
        keys.ForEach(key => key.Dispose());
        return text;
    }

    private static string OfSomebodyElse(WalletScreens screens)
    {
        using var key = Ed25519PrivateKey.Generate();
        return new DelegateInvitation(screens.Mine.Consortium!.Digest, new MandateId(key.Public), Salt.Generate(), 1, "Zoe").ToText();
    }

    private static string Id(string name) => $"[data-testid={name}]";
}
