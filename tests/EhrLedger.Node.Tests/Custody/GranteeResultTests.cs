using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What a grantee's searches show beside their matches: what is granted, and no trace of the rest. Each step stands on those before it.</summary>
public sealed class GranteeResultTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician")];

    private ThreeOrganisations _story = null!;
    private string _visit = "";

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Beside");
        var doctor = await Hospital.KeepAsync(Resources.Practitioner("Hidden", "1"));
        _visit = await Hospital.KeepAsync(Stories.Encounter(_story.AtHospital)
            .With("participant", new JsonArray(new JsonObject { ["individual"] = new JsonObject { ["reference"] = $"Practitioner/{doctor}" } })));
        await Hospital.KeepAsync(Stories.Result(_story.AtHospital, _visit, "visit", "2024-05-05", 5));
        await Hospital.KeepAsync(Stories.Result(_story.AtHospital, _visit, "visit", "2024-05-06", 6));
        await _story.ConnectAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task Nothing_that_is_not_granted_takes_part()
    {
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        await Without_the_visit_nothing_leads_to_it();
        await Totals_and_orders_are_of_what_is_granted();
        await Its_own_patient_stands_beside_and_leads_back();
        await Its_compartment_holds_what_is_granted();
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Encounters);
        await With_the_visit_references_lead_on_both_ways();
        await What_was_opened_for_it_is_in_the_patients_log();
        await A_page_after_the_revocation_shows_nothing_and_another_page_is_no_ones();
    }

    private async Task Without_the_visit_nothing_leads_to_it()
    {
        var plain = await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code=visit&_sort=date", Doctor);
        Assert.That(plain.Ids, Has.Count.EqualTo(2));
        var asked = await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code=visit&_sort=date&_include=*&_include:iterate=*&_revinclude=Encounter:diagnosis", Doctor);
        Assert.That(asked.Included.Select(one => (string)one["resourceType"]!), Is.EqualTo(new[] { "Patient" }), asked.Text);
        Assert.That(asked.Matches.Select(match => match.ToJsonString()), Is.EqualTo(plain.Matches.Select(match => match.ToJsonString())), "the matches look the same");
        Assert.That(asked.Warnings, Is.Empty);
        Assert.That(asked.Text, Does.Not.Contain("\"Encounter/").And.Not.Contain(_visit).And.Not.Contain(_story.AtHospital).And.Not.Contain("Practitioner/"));
    }

    private async Task Totals_and_orders_are_of_what_is_granted()
    {
        foreach (var (path, total) in ((string, int)[])[("Observation", 5), ("Encounter", 0), ("Condition", 0), ("MedicationRequest", 0)])
        {
            Assert.That((int?)(await Clinic.GetAsync($"{path}?patient={_story.AtClinic}&_summary=count", Doctor)).Json["total"], Is.EqualTo(total), path);
            Assert.That((int?)(await Clinic.GetAsync($"{path}?patient={_story.AtClinic}&_total=accurate", Doctor)).Json["total"], Is.EqualTo(total), path);
        }

        var sorted = await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&_sort=-value-quantity&_elements=value", Doctor);
        Assert.That(sorted.Matches.Select(match => (double)match["valueQuantity"]!["value"]!), Is.EqualTo(new[] { 6, 5, 3, 2, 1 }));
        Assert.That(sorted.Matches.All(match => match["subject"] is null && match["status"] is not null));
    }

    private async Task Its_own_patient_stands_beside_and_leads_back()
    {
        var patient = (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&_include=Observation:patient", Doctor)).Included.Single();
        Assert.That(((string?)patient["id"], (string?)patient["name"]?[0]?["family"]), Is.EqualTo((_story.AtClinic, "Beside")));
        var back = await Clinic.GetAsync($"Patient?_id={_story.AtClinic}&_revinclude=Observation:subject&_revinclude=Encounter:subject", Doctor);
        Assert.That(back.Ids, Is.EqualTo(new[] { _story.AtClinic }));
        Assert.That(back.Included.Select(one => (string)one["resourceType"]!), Is.EqualTo(Enumerable.Repeat("Observation", 5)));
    }

    private async Task Its_compartment_holds_what_is_granted()
    {
        var whole = await Clinic.GetAsync($"Patient/{_story.AtClinic}/*?_total=accurate", Doctor);
        Assert.That(whole.Matches.GroupBy(match => (string)match["resourceType"]!, (type, all) => (type, all.Count())), Is.EquivalentTo(new[] { ("Patient", 1), ("Observation", 5) }));
        Assert.That((int?)whole.Json["total"], Is.EqualTo(6));
        Assert.That((await Clinic.GetAsync($"Patient/{_story.AtClinic}/Encounter", Doctor)).Ids, Is.Empty);
        Assert.That((await Clinic.GetAsync($"Encounter/{_visit}/Observation", Doctor)).Ids, Is.Empty, "the author's ids lead nowhere");
        Assert.That((await Clinic.ReadPagesAsync($"Patient/{_story.AtClinic}/*?_count=4")).Select(page => page.Count), Is.EqualTo(new[] { 4, 2 }));
    }

    private async Task With_the_visit_references_lead_on_both_ways()
    {
        var forward = await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code=visit&_include=Observation:encounter", Doctor);
        var visit = forward.Included.Single();
        Assert.That((string?)visit["resourceType"], Is.EqualTo("Encounter"));
        Assert.That(forward.Matches.Select(match => (string?)match["encounter"]?["reference"]), Has.All.EqualTo($"Encounter/{visit["id"]}"), "known now, and so shown");
        Assert.That(forward.Text, Does.Not.Contain(_visit).And.Not.Contain("Practitioner/"));
        var backward = await Clinic.GetAsync($"Encounter?_id={visit["id"]}&_revinclude=Observation:encounter", Doctor);
        Assert.That(backward.Included.Select(one => (string)one["id"]!), Is.EquivalentTo(forward.Ids));
        var around = await Clinic.GetAsync($"Observation?_id={forward.Ids[0]}&_include=Observation:encounter&_revinclude:iterate=Observation:encounter", Doctor);
        Assert.That(around.Included.Select(one => (string)one["id"]!), Is.EquivalentTo(new[] { (string)visit["id"]!, forward.Ids[1] }));
        Assert.That((await Clinic.GetAsync($"Encounter/{visit["id"]}/Observation", Doctor)).Ids, Is.EquivalentTo(forward.Ids));

        // Its own record may point at a granted one.
        var own = await Clinic.KeepAsync(Resources.Condition(_story.AtClinic).With("encounter", new JsonObject { ["reference"] = $"Encounter/{visit["id"]}" }));
        var mixed = await Clinic.GetAsync($"Condition?_id={own}&_include=Condition:encounter", Doctor);
        Assert.That(mixed.Included.Select(one => (string)one["id"]!), Is.EqualTo(new[] { (string)visit["id"]! }));
    }

    private async Task What_was_opened_for_it_is_in_the_patients_log()
    {
        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        var opened = log.Events.Where(seen => seen.Organisation == Clinic.Organisation && seen.Kind == AccessKind.Read).SelectMany(seen => seen.Records).Select(version => version.Record).ToHashSet();
        var visits = (await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Encounters, CancellationToken.None)).Records.Select(record => record.Version.Record).ToList();
        Assert.That(visits, Has.Count.EqualTo(1).And.SubsetOf(opened));
        var problems = (await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Problems, CancellationToken.None)).Records.Select(record => record.Version.Record);
        Assert.That(opened.Intersect(problems), Is.Empty);
    }

    private async Task A_page_after_the_revocation_shows_nothing_and_another_page_is_no_ones()
    {
        var first = await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&_sort=date&_count=2&_include=Observation:encounter", Doctor);
        var next = new Uri((string)first.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!).PathAndQuery;
        (await _story.Insurer.CallAsync(HttpMethod.Get, next, null, Doctor)).AssertIsOutcome(410);
        (await Clinic.CallAsync(HttpMethod.Get, next, null)).AssertIsOutcome(410);
        var second = await Clinic.CallAsync(HttpMethod.Get, next, null, Doctor);
        Assert.That((second.Ids.Count, second.Included.Count), Is.EqualTo((2, 1)), "includes are each page's own");
        foreach (var grant in await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None))
        {
            Assert.That(await _story.Phone.Wallet.RevokeAsync(grant.Id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        }

        var late = await Clinic.CallAsync(HttpMethod.Get, next, null, Doctor);
        Assert.That((late.Status, late.Ids.Count, late.Included.Count, late.Json["total"] is null), Is.EqualTo((200, 0, 0, true)), late.Text);
        Assert.That((int?)(await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&_summary=count", Doctor)).Json["total"], Is.Zero);
    }
}
