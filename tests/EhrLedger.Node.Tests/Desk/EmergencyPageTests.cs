using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Custody;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using EhrLedger.Wallet.Emergencies;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Desk;

/// <summary>A clinician at a clinic to which nothing was granted breaks the glass, in a browser without scripts.</summary>
public sealed class EmergencyPageTests
{
    private static readonly (string, string)[] Emergency = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "ETREAT")];

    private ThreeOrganisations _story = null!;
    private string _card = "";

    private TestNode Clinic => _story.Clinic;

    private string Page => $"/console/patients/{_story.AtClinic}";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Glass");
        await _story.ConnectAsync();
        Assert.That(await _story.Phone.Wallet.Emergencies.SetPolicyAsync(PatientEmergencies.DefaultKinds, CancellationToken.None));
        _card = _story.Phone.Wallet.Emergencies.ToCard()!;
        await Clinic.AddUserAsync("li", "clinician", LaunchNode.Password);
        await Clinic.AddUserAsync("desk", "front-desk", LaunchNode.Password);
    }

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [Test]
    public async Task From_a_patient_s_page_to_what_is_open_and_until_when()
    {
        using var browser = await DeskBrowser.EnterAsync(Clinic, "li");
        Assert.That((await browser.GetAsync(Page)).Text, Does.Contain($"{Page}/emergency"));
        var form = await browser.GetAsync($"{Page}/emergency");
        await What_is_missing_or_wrong_is_said_and_declares_nothing(browser, form);

        var opened = await PostAsync(browser, form);
        Assert.That(opened.Status, Is.EqualTo(200), opened.Text);
        Assert.That(opened.Text, Does.Match(@"<td>Laboratory</td><td>BTG, ETREAT</td><td>\d{4}-\d\d-\d\d \d\d:\d\d UTC</td>"));
        Assert.That((await browser.GetAsync(Page)).Text, Does.Match(@"<td>Medications</td><td>BTG, ETREAT</td><td>\d{4}"));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Emergency)).Ids, Has.Count.EqualTo(3));

        var shown = await _story.Phone.Wallet.Emergencies.ListAsync(CancellationToken.None);
        var laboratory = shown.Single(one => one.Category == Category.Laboratory).Account!;
        Assert.That(laboratory.Note, Is.EqualTo("found in <the> street"));
        Assert.That(laboratory.Requesters.Select(person => (person.Name, person.Role)), Is.EqualTo(new[] { ("Dr li", "clinician"), ("Wu", "nurse") }));

        Assert.That((await PostAsync(browser, form)).Status, Is.EqualTo(200), "what is open stays open");
        Assert.That(await _story.Phone.Wallet.Emergencies.ListAsync(CancellationToken.None), Has.Count.EqualTo(shown.Count));
    }

    [Test]
    public async Task The_front_desk_breaks_no_glass()
    {
        using var browser = await DeskBrowser.EnterAsync(Clinic, "desk");
        var page = await browser.GetAsync(Page);
        Assert.That(page.Text, Does.Not.Contain("/emergency"));
        Assert.That((await browser.GetAsync($"{Page}/emergency")).Status, Is.EqualTo(403));
        Assert.That((await PostAsync(browser, page)).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_form_of_another_site_or_of_nobody_declares_nothing()
    {
        using var browser = await DeskBrowser.EnterAsync(Clinic, "li");
        Assert.That((await browser.PostAsync($"{Page}/emergency", [])).Status, Is.EqualTo(400));
        Assert.That((await browser.GetAsync("/console/patients/nobody/emergency")).Status, Is.EqualTo(404));
        using var stranger = new Browser(Clinic);
        Assert.That((await stranger.GetAsync($"{Page}/emergency")).Location, Does.StartWith("/auth/login"));
        Assert.That((await stranger.PostAsync($"{Page}/emergency", [])).Location, Does.StartWith("/auth/login"));
    }

    private async Task What_is_missing_or_wrong_is_said_and_declares_nothing(Browser browser, WebPage form)
    {
        var before = await _story.Phone.Wallet.Emergencies.ListAsync(CancellationToken.None);
        Assert.That((await PostAsync(browser, form, card: "EHRLEDGER:EMERGENCY:1:00")).Status, Is.EqualTo(422));
        Assert.That((await PostAsync(browser, form, reason: "")).Status, Is.EqualTo(422));
        Assert.That((await PostAsync(browser, form, second: "")).Status, Is.EqualTo(422));
        var same = await PostAsync(browser, form, second: " dr LI");
        Assert.That(same.Status, Is.EqualTo(422));
        Assert.That(same.Text, Does.Contain("Two different people").And.Contain("found in &lt;the&gt; street"), "what was typed is still there");
        Assert.That(await _story.Phone.Wallet.Emergencies.ListAsync(CancellationToken.None), Has.Count.EqualTo(before.Count));
    }

    private Task<WebPage> PostAsync(Browser browser, WebPage form, string? card = null, string reason = "no-time", string second = "Wu") => browser.PostAsync(
        $"{Page}/emergency",
        [.. form.Fields, ("card", card ?? _card), ("reason", reason), ("note", "found in <the> street"), ("second-name", second), ("second-role", "nurse")]);
}
