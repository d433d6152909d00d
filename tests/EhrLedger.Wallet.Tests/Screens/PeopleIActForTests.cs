using Bunit;
using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Acting;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.App.Sharing;
using EhrLedger.Wallet.Delegations;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>For whom somebody acts, while no member answers. Over real nodes: DelegateStory.</summary>
public sealed class PeopleIActForTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Somebody_agrees_to_act_for_another_but_not_for_oneself()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<PeopleIActFor>();
        var scope = new DelegationScope([0], [Category.Laboratory], DelegateActs.Grant, [PurposeOfUse.Treatment], new DateOnly(2026, 6, 1));
        foreach (var nothing in new[] { "hello", screens.Mine.Wallet!.Delegations.Invite(scope, "me") })
        {
            await AcceptAsync(screen, nothing);
            screen.WaitForState(() => screen.Find(Id("acting-error")).TextContent.Contains("no invitation", StringComparison.Ordinal), Patience);
        }

        using var key = Ed25519PrivateKey.Generate();
        var invitation = new DelegateInvitation(screens.Mine.Consortium!.Digest, new MandateId(key.Public), Salt.Generate(), 3, "<b>Anna</b>");
        await AcceptAsync(screen, invitation.ToText());
        screen.WaitForState(() => screen.FindAll(Id("acting-answer")).Count == 1, Patience);
        var answer = DelegateAcceptance.TryParse(screen.Find(Id("acting-answer")).GetAttribute("value"))!;
        Assert.That((answer.Mandate, answer.Keys.Count), Is.EqualTo((invitation.Mandate, 3)));
        Assert.That(answer.Verifies(screens.Mine.Consortium.Digest));
        Assert.That(screen.Find($"{Id("acting")} h3").TextContent, Is.EqualTo("<b>Anna</b>"));
        screen.WaitForState(() => screen.Find(Id("acting-state")).TextContent.StartsWith("Nothing to do yet", StringComparison.Ordinal), Patience);
        Assert.That(screen.FindAll(Id("acting-look")), Has.Count.EqualTo(1));
        Assert.That(screen.FindAll(Id("acting-allow")), Is.Empty);
    }

    [Test]
    public async Task Whoever_acts_for_others_is_told_where_an_invitation_for_them_is_answered()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        Assert.That(screens.Mine.TryInvite(LinkOf(screens, hospital, request: true)));
        Assert.That(screens.Render<ShareNewScreen>().FindAll(Id("share-for-others")), Is.Empty);
        using var key = Ed25519PrivateKey.Generate();
        await screens.Mine.Wallet!.ActingFor.AcceptAsync(new DelegateInvitation(screens.Mine.Consortium!.Digest, new MandateId(key.Public), Salt.Generate(), 1, "Anna").ToText(), default);
        Assert.That(screens.Render<ShareNewScreen>().Find(Id("share-for-others")).GetAttribute("href"), Is.EqualTo("acting"));
    }

    [Test]
    public async Task Only_an_organisations_request_in_this_network_can_be_allowed()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        var screen = Allow(screens, 20_700, NewOrganisation());
        foreach (var nothing in new[] { "https://example.org/", LinkOf(screens, hospital, request: false), LinkOf(screens, hospital, request: true, genesis: Digest.Of("another"u8)) })
        {
            await PasteAsync(screen, nothing);
            Assert.That(screen.Find(Id("allow-link-error")).TextContent, Is.Not.Empty, nothing);
            Assert.That(screens.Mine.Invitation, Is.Null);
        }

        await PasteAsync(screen, LinkOf(screens, hospital, request: true));
        Assert.That(screen.Find(Id("allow-whom")).TextContent, Is.EqualTo("City Hospital may see:"));
        Assert.That(screen.Find(Id("allow-confirm")).HasAttribute("disabled"), "nothing is chosen");
        await screen.ChooseAsync("allow-category-laboratory", true);
        await screen.TapAsync("allow-confirm");
        screen.WaitForState(() => screen.Find(Id("allow-error")).TextContent.Contains("may not act", StringComparison.Ordinal), Patience);
        Assert.That(screens.Mine.Invitation, Is.Not.Null);
    }

    [TestCase(20_577u, new[] { 1 }, Description = "its last day is today")]
    [TestCase(20_586u, new[] { 1, 10 })]
    [TestCase(20_606u, new[] { 1, 30 })]
    [TestCase(24_000u, new[] { 1, 30, 365 })]
    public async Task Nothing_can_be_allowed_for_longer_than_the_delegation(uint lastDay, int[] lengths)
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        screens.Mine.TryInvite(LinkOf(screens, hospital, request: true));
        var screen = Allow(screens, lastDay, NewOrganisation());
        Assert.That(screen.FindAll("[data-testid^=allow-days-]").Select(choice => choice.GetAttribute("data-testid")), Is.EqualTo(lengths.Select(days => $"allow-days-{days}")));
        Assert.That(screen.FindAll("[data-testid^=allow-days-][checked]"), Has.Count.EqualTo(1));
        Assert.That(screen.FindAll("[data-testid^=allow-purpose-]").Select(choice => choice.GetAttribute("data-testid")), Is.EqualTo(new[] { "allow-purpose-hresch" }), "what was delegated, and nothing else");
        Assert.That(screen.Find("[data-testid^=allow-purpose-]").HasAttribute("checked"));
    }

    [Test]
    public async Task What_an_organisation_wrote_itself_it_needs_no_permission_for()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        screens.Mine.TryInvite(LinkOf(screens, hospital, request: true));
        var screen = Allow(screens, 20_700, hospital);
        Assert.That(screen.FindAll(Id("allow-own")), Has.Count.EqualTo(1));
        Assert.That(screen.FindAll("[data-testid^=allow-category-]"), Is.Empty);
    }

    [Test]
    public void Grants_that_differ_in_their_category_only_are_one_sentence_unless_nobody_says_whose_they_are()
    {
        var (clinic, hospital) = (NewOrganisation(), NewOrganisation());
        ActingGrantShown Grant(OrganisationId? grantee, bool own) => new(GrantId.Generate(), own, grantee, new DayRange(1, 2), own ? [PurposeOfUse.Treatment] : [], DateTimeOffset.UnixEpoch);
        ActingSubject Subject(Category category, params ActingGrantShown[] grants) => new(hospital, category, DelegateActs.Grant, [PurposeOfUse.Treatment], 20_700, grants);
        var sentences = ActingSentence.Of([Subject(Category.Laboratory, Grant(clinic, true), Grant(null, false)), Subject(Category.Medications, Grant(clinic, true), Grant(null, false), Grant(clinic, false))]);
        Assert.That(sentences.Select(sentence => (sentence.Grantee, sentence.IsOwn, sentence.Grants.Count)), Is.EquivalentTo(new[] { ((OrganisationId?)clinic, true, 2), (clinic, false, 1), (null, false, 1), (null, false, 1) }));
    }

    private static IRenderedComponent<AllowAsDelegate> Allow(WalletScreens screens, uint lastDay, OrganisationId author)
    {
        using var key = Ed25519PrivateKey.Generate();
        var subject = new ActingSubject(author, Category.Laboratory, DelegateActs.Grant, [PurposeOfUse.Research], lastDay, []);
        return screens.Render<AllowAsDelegate>(parameters => parameters.Add(one => one.Shown, new ActingShown(new MandateId(key.Public), "Anna", [subject])));
    }

    private static string LinkOf(WalletScreens screens, OrganisationId organisation, bool request, Digest? genesis = null) =>
        new Invitation("Somebody", genesis ?? screens.Mine.Consortium!.Digest, organisation, request ? null : "code", request ? (ReadOnlyMemory<byte>?)new byte[16] : null).ToLink(new Uri("http://node.test/")).AbsoluteUri;

    private static async Task AcceptAsync(IRenderedComponent<PeopleIActFor> screen, string invitation)
    {
        await screen.TypeAsync("acting-invitation", invitation);
        await screen.SendAsync("acting-invitation");
    }

    private static async Task PasteAsync(IRenderedComponent<AllowAsDelegate> screen, string link)
    {
        await screen.TypeAsync("allow-link", link);
        await screen.SendAsync("allow-link");
    }

    private static OrganisationId NewOrganisation()
    {
        using var key = Ed25519PrivateKey.Generate();
        return new OrganisationId(key.Public);
    }

    private static string Id(string name) => $"[data-testid={name}]";
}
