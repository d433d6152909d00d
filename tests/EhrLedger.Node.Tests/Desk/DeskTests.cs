using System.Net;
using System.Text.RegularExpressions;
using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using EhrLedger.Wallet.Connecting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Desk;

/// <summary>The staff's pages, as a browser without scripts sees them.</summary>
public sealed partial class DeskTests
{
    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        await Node.AddUserAsync("desk", "front-desk", LaunchNode.Password);
        await Node.AddUserAsync("bills", "claims", LaunchNode.Password);
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task From_a_name_to_a_card_that_a_wallet_takes_over_with()
    {
        var patient = await Node.RegisterPatientAsync("Cardholder");
        await Node.KeepAsync(Resources.Observation(patient));
        using var browser = await EnterAsync("desk");

        var found = await browser.GetAsync("/console?name=Cardholder");
        Assert.That(found.Link, Is.EqualTo($"/console/patients/{patient}"));
        var page = await browser.GetAsync(found.Link);
        Assert.That(page.Text, Does.Contain("no wallet connected"));
        var card = await browser.PostAsync($"/console/patients/{patient}/card", page.Fields);
        var invitation = Invitation.TryParse(LinkIn(card))!;
        using var phone = await Phone.BuyAsync(_consortium);
        var outcome = await phone.Wallet.ConnectAsync(invitation.Organisation, invitation.Code!, CancellationToken.None);

        Assert.That(card.Text, Does.Contain("<svg").And.Contain(invitation.Code).And.Contain("Cardholder"));
        Assert.That(invitation.Genesis, Is.EqualTo(_consortium.Genesis.Digest));
        Assert.That(outcome, Is.InstanceOf<ConnectOutcome.Connected>());
        Assert.That((await browser.GetAsync($"/console/patients/{patient}")).Text, Does.Contain("A wallet is connected"));
        Assert.That((await browser.PostAsync($"/console/patients/{patient}/card", page.Fields)).Location, Is.EqualTo($"/console/patients/{patient}"), "no card for a patient who has a wallet");
    }

    [Test]
    public async Task What_is_asked_for_and_granted_is_shown()
    {
        var (patient, other) = (await Node.RegisterPatientAsync("Asked"), await Node.RegisterPatientAsync("Asked-elsewhere"));
        await Node.KeepAsync(Resources.Observation(patient));
        using var phone = await Phone.BuyAsync(_consortium);
        var tie = await phone.ConnectAsync(Node, patient);
        using var browser = await EnterAsync("desk");
        var page = await browser.GetAsync($"/console/patients/{other}");
        var asked = await browser.PostAsync($"/console/patients/{other}/request", [.. page.Fields, ("category", "Laboratory"), ("purpose", "TREAT"), ("days", "3")]);
        var invitation = Invitation.TryParse(LinkIn(asked))!;
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await phone.OrderAsync(new(tie, [Category.Laboratory], new(invitation.Organisation, invitation.AccessRequest!.Value), [Consent.Grants.PurposeOfUse.Treatment], today, today.AddDays(3), Future: true));

        Assert.That(page.Text, Does.Contain("Nothing may be seen here now."));
        Assert.That((await browser.GetAsync($"/console/patients/{other}")).Text, Does.Contain("<td>Laboratory</td><td>TREAT</td>"));
    }

    [Test]
    public async Task A_wallet_that_has_met_the_agent_is_asked_by_a_message_and_its_answer_is_shown()
    {
        var (patient, other) = (await Node.RegisterPatientAsync("Messaged"), await Node.RegisterPatientAsync("Messaged-elsewhere"));
        await Node.KeepAsync(Resources.Observation(patient));
        using var phone = await Phone.BuyAsync(_consortium);
        var tie = await phone.ConnectAsync(Node, patient);
        using var browser = await EnterAsync("desk");
        (string, string)[] wanted = [("category", "Laboratory"), ("category", "Problems"), ("purpose", "TREAT"), ("days", "3"), ("text", "For <your> visit")];
        var link = LinkIn(await browser.PostAsync($"/console/patients/{other}/request", [.. (await browser.GetAsync($"/console/patients/{other}")).Fields, .. wanted]));
        await phone.Wallet.MeetAsync(Invitation.TryParse(link)!, CancellationToken.None);
        var asked = await browser.PostAsync($"/console/patients/{other}/request", [.. (await browser.GetAsync($"/console/patients/{other}")).Fields, .. wanted]);
        var before = await browser.GetAsync($"/console/patients/{other}");

        await phone.Wallet.CheckMessagesAsync(CancellationToken.None);
        var request = phone.Wallet.AccessRequests.Single();
        Assert.That((request.Days, request.Text), Is.EqualTo((3, "For <your> visit")));
        Assert.That(asked.Text, Does.Contain("wallet was asked"));
        Assert.That(before.Text, Does.Contain("<td>Laboratory, Problems</td><td>TREAT, 3 days</td><td>declined or no answer</td>"));
    }

    [Test]
    public async Task What_can_t_be_asked_for_is_said()
    {
        var patient = await Node.RegisterPatientAsync("Unasked");
        using var browser = await EnterAsync("desk");
        var page = await browser.GetAsync($"/console/patients/{patient}");

        foreach (var (category, days) in ((string, string)[])[("", "3"), ("Everything", "3"), ("Laboratory", "0"), ("Laboratory", "9999"), ("Laboratory", "x")])
        {
            Assert.That((await browser.PostAsync($"/console/patients/{patient}/request", [.. page.Fields, ("category", category), ("purpose", "TREAT"), ("days", days)])).Status, Is.EqualTo(400), $"{category} {days}");
        }
    }

    [Test]
    public async Task Whoever_is_not_logged_in_is_sent_to_the_login_and_back()
    {
        using var browser = new Browser(Node);
        var patient = await Node.RegisterPatientAsync("Hidden");

        foreach (var path in (string[])["/console", $"/console/patients/{patient}"])
        {
            Assert.That((await browser.GetAsync(path)).Location, Is.EqualTo("/auth/login?next=%2Fauth%2Fconsole"));
        }

        Assert.That((await browser.PostAsync($"/console/patients/{patient}/card", [])).Location, Does.StartWith("/auth/login"));
        Assert.That((await browser.GetAsync("/auth/console")).Location, Does.StartWith("/auth/login"));
    }

    [Test]
    public async Task Another_role_sees_nobody()
    {
        using var browser = await EnterAsync("bills");

        Assert.That((await browser.GetAsync("/console?name=Cardholder")).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_form_of_another_site_does_nothing()
    {
        var patient = await Node.RegisterPatientAsync("Forged");
        using var browser = await EnterAsync("desk");

        foreach (var action in (string[])["card", "request"])
        {
            Assert.That((await browser.PostAsync($"/console/patients/{patient}/{action}", [])).Status, Is.EqualTo(400));
        }

        Assert.That((await browser.PostAsync("/console/leave", [])).Status, Is.EqualTo(400));
        Assert.That((await browser.GetAsync("/console")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task After_logging_out_the_pages_are_shut()
    {
        using var browser = await EnterAsync("desk");
        await browser.SendAsync(await browser.GetAsync("/console"));

        Assert.That((await browser.GetAsync("/console")).Location, Does.StartWith("/auth/login"));
    }

    [Test]
    public async Task Who_was_looked_at_is_logged_in_the_users_name_and_nobody_has_no_page()
    {
        var patient = await Node.RegisterPatientAsync("Watched");
        using var phone = await Phone.BuyAsync(_consortium);
        var tie = await phone.ConnectAsync(Node, patient);
        using var browser = await EnterAsync("desk");
        await browser.GetAsync($"/console/patients/{patient}");

        Assert.That((await phone.ReadLogAsync(tie)).Events.Select(seen => (seen.Person, seen.Role)), Does.Contain(("Dr desk", "front-desk")));
        Assert.That((await browser.GetAsync("/console/patients/nobody")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task Pages_run_nothing_and_stand_in_no_frame()
    {
        using var browser = await EnterAsync("desk");
        var page = await browser.GetAsync("/console?name=%3Cscript%3E%22");

        Assert.That(page.Policy, Does.StartWith("default-src 'none'; style-src 'sha256-").And.Contain("frame-ancestors 'none'"));
        Assert.That(page.Text, Does.Contain("&lt;script&gt;&quot;").And.Not.Contain("<script"));
    }

    private Task<Browser> EnterAsync(string login) => DeskBrowser.EnterAsync(Node, login);

    private static string LinkIn(WebPage page) => WebUtility.HtmlDecode(Links().Match(page.Text).Groups[1].Value);

    [GeneratedRegex("<code>([^<]*)</code>")]
    private static partial Regex Links();
}
