using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>Whom it takes to open a granted record is away: the clinic is told so, and learns nothing else by it. Each step stands on those before it.</summary>
public sealed class OutageTests
{
    private const string Never = "00112233445566778899aabbccddeeff";

    private ThreeOrganisations _story = null!;
    private string _granted = "";
    private string _withheld = "";

    private TestNode Clinic => _story.Clinic;

    private string Search => $"Observation?patient={_story.AtClinic}";

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync();
        await _story.ConnectAsync();
        var wallet = _story.Phone.Wallet;
        _granted = await FirstAsync(Category.Laboratory);
        _withheld = await FirstAsync(Category.Medications);
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);

        async Task<string> FirstAsync(Category category) => (await wallet.ReadRecordsAsync(_story.Relationship, category, CancellationToken.None)).Records[0].Version.Record.ToString();
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task The_clinic_is_told_of_an_outage_and_of_nothing_else()
    {
        await Without_the_sequencer_nothing_looks_like_nothing_being_there();
        await What_is_not_granted_and_what_never_was_answer_alike();
        await Who_holds_no_grant_sees_no_difference();
        await Own_records_are_shown_with_a_warning_beside_them();
        await A_page_says_that_it_lacks_what_nobody_could_open();
        await Without_enough_shares_it_is_the_granted_record_alone_that_is_unavailable();
        await What_was_revoked_is_not_there_whoever_is_away();
    }

    private async Task Without_the_sequencer_nothing_looks_like_nothing_being_there()
    {
        Assert.That((await Clinic.GetAsync(Search)).Ids, Has.Count.EqualTo(3));
        _story.Insurer.Kill();
        AssertUnavailable(await Clinic.GetAsync(Search));
        AssertUnavailable(await Clinic.GetAsync($"Observation?_id={_granted}"));
        AssertUnavailable(await Clinic.GetAsync($"Observation/{_granted}"));
    }

    private async Task What_is_not_granted_and_what_never_was_answer_alike()
    {
        var never = await Clinic.GetAsync($"MedicationRequest/{Never}");
        var withheld = await Clinic.GetAsync($"MedicationRequest/{_withheld}");
        Assert.That((withheld.Status, withheld.Text, withheld.RetryAfter), Is.EqualTo((never.Status, never.Text, never.RetryAfter)));
        var otherPurpose = await Clinic.GetAsync($"Observation/{_granted}", ("X-Purpose-Of-Use", "HPAYMT"));
        otherPurpose.AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync(Search, ("X-Purpose-Of-Use", "HPAYMT"))).Warnings, Is.Empty);
    }

    private async Task Who_holds_no_grant_sees_no_difference()
    {
        (await _story.Hospital.GetAsync($"Observation/{_granted}")).AssertIsOutcome(404);
        var reply = await _story.Hospital.GetAsync($"Observation?patient={_story.AtHospital}&code=none");
        Assert.That((reply.Ids, reply.Warnings), Is.EqualTo((new List<string>(), new List<string>())));
        Assert.That((await Clinic.GetAsync("Observation?patient=nobody-here")).Warnings, Is.Empty, "no grant is about that patient");
    }

    private async Task Own_records_are_shown_with_a_warning_beside_them()
    {
        var own = await Clinic.KeepAsync(Resources.Observation(_story.AtClinic));
        var reply = await Clinic.GetAsync(Search);
        Assert.That(reply.Ids, Is.EqualTo(new[] { own }));
        Assert.That(reply.Warnings, Is.EqualTo(new[] { "incomplete" }));
        Assert.That((await Clinic.GetAsync($"Observation/{own}")).Status, Is.EqualTo(200));
        Assert.That((await Clinic.DeleteAsync($"Observation/{own}")).Status, Is.EqualTo(204));
    }

    private async Task A_page_says_that_it_lacks_what_nobody_could_open()
    {
        await _story.Insurer.StartAsync();
        await Eventually.BecomesTrueAsync("the clinic sees it again", async () => await Clinic.GetAsync(Search) is { Status: 200 } reply && reply.Ids.Count == 3);
        var first = await Clinic.GetAsync($"{Search}&_count=2");
        Assert.That(first.Warnings, Is.Empty);
        var next = (string)first.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        _story.Insurer.Kill();
        var second = await Clinic.CallAsync(HttpMethod.Get, next, null);
        Assert.That((second.Ids.Count, second.Warnings), Is.EqualTo((0, new List<string> { "incomplete" })));
        await _story.Insurer.StartAsync();
        await Eventually.BecomesTrueAsync("the page is whole again", async () => (await Clinic.CallAsync(HttpMethod.Get, next, null)).Ids.Count == 1);
    }

    private async Task Without_enough_shares_it_is_the_granted_record_alone_that_is_unavailable()
    {
        await ThreeOrganisations.LoseSharesAsync(_story.Insurer);
        await Eventually.BecomesTrueAsync("the author makes up for it", async () => await Clinic.GetAsync(Search) is { Status: 200 } reply && reply.Ids.Count == 3);
        _story.Hospital.Kill();
        AssertUnavailable(await Clinic.GetAsync($"Observation/{_granted}"));
        AssertUnavailable(await Clinic.GetAsync(Search));
        var never = await Clinic.GetAsync($"MedicationRequest/{Never}");
        var withheld = await Clinic.GetAsync($"MedicationRequest/{_withheld}");
        never.AssertIsOutcome(404);
        Assert.That((withheld.Status, withheld.Text), Is.EqualTo((never.Status, never.Text)));
        await _story.Hospital.StartAsync();
    }

    private async Task What_was_revoked_is_not_there_whoever_is_away()
    {
        var grant = (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single();
        Assert.That(await _story.Phone.Wallet.RevokeAsync(grant.Id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        await Eventually.BecomesTrueAsync("the clinic has seen the revocation", async () => (await Clinic.GetAsync(Search)) is { Status: 200 } reply && reply.Ids.Count == 0);
        var there = (await Clinic.GetAsync($"Observation/{_granted}"), await Clinic.GetAsync(Search));
        there.Item1.AssertIsOutcome(404);
        _story.Insurer.Kill();
        var away = (await Clinic.GetAsync($"Observation/{_granted}"), await Clinic.GetAsync(Search));
        Assert.That((away.Item1.Status, away.Item1.Text, away.Item2.Text), Is.EqualTo((there.Item1.Status, there.Item1.Text, there.Item2.Text)));
    }

    private static void AssertUnavailable(FhirReply reply)
    {
        reply.AssertIsOutcome(503);
        Assert.That((string?)reply.Json["issue"]![0]!["code"], Is.EqualTo("transient"));
        Assert.That(reply.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
    }
}
