using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What members see of each other's directories, and through it of granted records. Each step stands on those before it.</summary>
public sealed class SharedDirectoryTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician")];

    private ThreeOrganisations _story = null!;
    private string _doctor = "";
    private string _laboratory = "";
    private string _shared = "";

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Shared", settings: ["--sharing-interval", "00:00:00.500"]);
        _laboratory = await Hospital.KeepAsync(Resources.Parse("""{ "resourceType": "Organization", "name": "Riverside Laboratory", "contact": [{ "name": { "text": "kept at home" } }] }"""));
        _doctor = await Hospital.KeepAsync(Resources.Practitioner("Cho", "private-number").With("birthDate", "1970-01-01").With("telecom", new JsonArray(new JsonObject { ["value"] = "private-line" })));
        await Hospital.KeepAsync(Resources.Parse($$"""
            { "resourceType": "PractitionerRole", "practitioner": { "reference": "Practitioner/{{_doctor}}" }, "organization": { "reference": "Organization/{{_laboratory}}" }, "code": [{ "text": "pathologist" }] }
            """));
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task From_the_first_pull_to_a_restart_without_the_author()
    {
        await Members_find_the_entries_beside_their_own_and_no_more_of_them_than_the_rule_names();
        await What_names_a_patient_or_was_made_for_one_prescription_stays_at_home();
        await A_granted_record_names_who_performed_it();
        await Includes_criteria_and_chains_lead_to_it();
        await Everything_of_the_patient_has_what_granted_records_name();
        await It_is_read_only_and_reading_it_is_in_nobodys_log();
        await A_change_and_a_removal_follow();
        await What_was_pulled_stays_without_its_author_and_over_a_restart();
        await A_type_that_is_shared_no_more_goes();
        await A_third_member_follows_what_the_second_says_of_the_firsts_entry();
        await Nobody_has_cried();
    }

    private async Task Members_find_the_entries_beside_their_own_and_no_more_of_them_than_the_rule_names()
    {
        var own = await Clinic.KeepAsync(Resources.Practitioner("Chomsky", "1"));
        await Eventually.BecomesTrueAsync("the clinic finds both", async () => (await Clinic.GetAsync("Practitioner?name=cho", Doctor)).Ids.Count == 2);
        var found = (await Clinic.GetAsync("Practitioner?name=cho&_sort=name", Doctor)).Matches;
        Assert.That((string?)found[1]["id"], Is.EqualTo(own));
        _shared = (string)found[0]["id"]!;
        Assert.That(_shared, Does.Match("^[0-9a-f]{32}$"));
        Assert.That(found[0].ToJsonString(), Is.EqualTo(
            $$"""{"resourceType":"Practitioner","id":"{{_shared}}","meta":{"source":"{{Hospital.Organisation}}","tag":[{"system":"urn:ehrledger:tag","code":"foreign"}]},"name":[{"family":"Cho"}]}"""));
        var role = (await Clinic.GetAsync($"PractitionerRole?practitioner=Practitioner/{_shared}", Doctor)).Matches.Single();
        Assert.That((string?)role["practitioner"]!["reference"], Is.EqualTo($"Practitioner/{_shared}"));
        var laboratory = await Clinic.GetAsync((string)role["organization"]!["reference"]!, Doctor);
        Assert.That((laboratory.Status, (string?)laboratory.Json["name"]), Is.EqualTo((200, "Riverside Laboratory")));
        Assert.That(laboratory.Text, Does.Not.Contain("kept at home"));
        Assert.That((await Clinic.GetAsync($"Organization?name=riverside&_total=accurate&_count=1", Doctor)).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That((await Clinic.GetAsync($"Practitioner?_source={Hospital.Organisation}")).Ids, Is.EqualTo(new[] { _shared }));
        Assert.That((await Clinic.GetAsync($"Practitioner/{_doctor}")).Status, Is.EqualTo(404), "the author's id is the author's");
    }

    private async Task What_names_a_patient_or_was_made_for_one_prescription_stays_at_home()
    {
        (await Hospital.CreateAsync(Resources.Parse($$"""
            { "resourceType": "Organization", "name": "About somebody", "extension": [{ "url": "urn:x", "valueReference": { "reference": "Patient/{{_story.AtHospital}}" } }] }
            """))).AssertIsOutcome(422);
        var made = Resources.Parse("""{ "resourceType": "Medication", "code": { "text": "made for one" } }""");
        var listed = Resources.Parse("""{ "resourceType": "Medication", "meta": { "tag": [{ "system": "urn:ehrledger:tag", "code": "catalogue" }] }, "code": { "text": "of the catalogue" } }""");
        await PrescribeAsync(await Hospital.KeepAsync(made));
        await PrescribeAsync(await Hospital.KeepAsync(listed));
        await Hospital.KeepAsync(Resources.Parse("""{ "resourceType": "Location", "name": "At home", "physicalType": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "ho" }] } }"""));
        await Hospital.KeepAsync(Resources.Parse("""{ "resourceType": "Location", "name": "Ward" }"""));
        await Eventually.BecomesTrueAsync("the ward is there", async () => (await Clinic.GetAsync("Location", Doctor)).Ids.Count == 1);
        Assert.That((await Clinic.GetAsync("Location", Doctor)).Matches.Select(place => (string?)place["name"]), Is.EqualTo(new[] { "Ward" }));
        Assert.That((await Clinic.GetAsync("Medication", Doctor)).Matches.Select(medication => (string?)medication["code"]!["text"]), Is.EqualTo(new[] { "of the catalogue" }));
        Assert.That((await Clinic.GetAsync("Organization?name=about", Doctor)).Ids, Is.Empty);
        Assert.That((await Clinic.GetAsync("Patient?name=shared", Doctor)).Ids, Is.EqualTo(new[] { _story.AtClinic }));
    }

    private async Task A_granted_record_names_who_performed_it()
    {
        var device = await Hospital.KeepAsync(Resources.Parse("""{ "resourceType": "Device", "status": "active" }"""));
        await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "performed")
            .With("device", new JsonObject { ["reference"] = $"Device/{device}", ["display"] = "kept at home" })
            .With("performer", new JsonArray(
                new JsonObject { ["reference"] = $"Practitioner/{_doctor}", ["display"] = "Dr Cho", ["identifier"] = new JsonObject { ["value"] = "private-number" } },
                new JsonObject { ["reference"] = $"Organization/{_laboratory}" })));
        await _story.ConnectAsync();
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory, Category.Medications);
        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code=performed", Doctor)).Ids.Count == 1);
        var result = await PerformedAsync();
        Assert.That((string?)result["performer"]![0]!["reference"], Is.EqualTo($"Practitioner/{_shared}"));
        Assert.That((string?)result["performer"]![0]!["display"], Is.EqualTo("Dr Cho"));
        Assert.That((string?)(await Clinic.GetAsync((string)result["performer"]![1]!["reference"]!)).Json["name"], Is.EqualTo("Riverside Laboratory"));
        Assert.That(result["device"], Is.Null, "a device may be a patient's: its type is not shared");
        Assert.That(result.ToJsonString(), Does.Not.Contain("private").And.Not.Contain("kept at home").And.Not.Contain(_doctor));

        var prescriptions = (await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Matches.Select(one => one["medicationReference"]).OfType<JsonNode>().ToList();
        Assert.That(prescriptions, Has.Count.EqualTo(2));
        var named = prescriptions.Select(medication => (string?)medication["reference"]).OfType<string>().Single();
        Assert.That((string?)(await Clinic.GetAsync(named)).Json["code"]!["text"], Is.EqualTo("of the catalogue"));
    }

    private async Task Includes_criteria_and_chains_lead_to_it()
    {
        var patient = _story.AtClinic;
        var page = await Clinic.GetAsync($"Observation?patient={patient}&code=performed&_include=Observation:performer&_include:iterate=PractitionerRole:organization", Doctor);
        Assert.That(page.Included.Select(one => (string?)one["resourceType"]), Is.EquivalentTo(new[] { "Practitioner", "Organization" }));
        Assert.That(page.Included.Select(one => (string?)one["meta"]!["tag"]![0]!["code"]), Is.All.EqualTo("foreign"));
        foreach (var (criteria, count) in ((string, int)[])[
            ($"performer=Practitioner/{_shared}", 1),
            ("performer:Practitioner.name=cho", 1),
            ("performer:Practitioner.name=nobody", 0),
            ("performer:Organization.name=riverside", 1)])
        {
            Assert.That((await Clinic.GetAsync($"Observation?patient={patient}&{criteria}", Doctor)).Ids, Has.Count.EqualTo(count), criteria);
        }

        Assert.That((await Clinic.GetAsync("Practitioner?_has:PractitionerRole:practitioner:organization.name=riverside", Doctor)).Ids, Is.EqualTo(new[] { _shared }));
        Assert.That(await Clinic.ReadPagesAsync("Practitioner?_count=1&_sort=name"), Has.Count.EqualTo(2));
        var roles = await Clinic.GetAsync($"Practitioner?_id={_shared}&_revinclude=PractitionerRole:practitioner&_include:iterate=PractitionerRole:organization", Doctor);
        Assert.That(roles.Included.Select(one => (string?)one["resourceType"]), Is.EquivalentTo(new[] { "PractitionerRole", "Organization" }));
    }

    private async Task Everything_of_the_patient_has_what_granted_records_name()
    {
        var everything = await Clinic.GetAsync($"Patient/{_story.AtClinic}/$everything", Doctor);
        var types = everything.Matches.Select(one => (string)one["resourceType"]!).ToList();
        Assert.That(types.Where(type => type is not ("Observation" or "MedicationRequest")), Is.EquivalentTo(new[] { "Patient", "Practitioner", "Organization", "Medication" }));
        var pages = await Clinic.ReadPagesAsync($"Patient/{_story.AtClinic}/$everything?_count=2");
        Assert.That(pages.SelectMany(page => page), Is.EquivalentTo(everything.Ids));
        Assert.That((await Clinic.GetAsync($"Patient/{_story.AtClinic}/$everything?_type=Observation,Practitioner", Doctor)).Matches.Select(one => (string)one["resourceType"]!).Distinct(), Is.EquivalentTo(new[] { "Observation", "Practitioner" }));
    }

    private async Task A_third_member_follows_what_the_second_says_of_the_firsts_entry()
    {
        await Clinic.KeepAsync(Resources.Parse($$"""{ "resourceType": "PractitionerRole", "practitioner": { "reference": "Practitioner/{{_shared}}" }, "code": [{ "text": "guest" }] }"""));
        await Eventually.BecomesTrueAsync("the insurer finds it by the same name", async () => (await _story.Insurer.GetAsync($"PractitionerRole?practitioner=Practitioner/{_shared}")).Ids.Count == 1);
    }

    private async Task It_is_read_only_and_reading_it_is_in_nobodys_log()
    {
        var before = (await _story.Phone.ReadLogAsync(_story.Relationship)).Events.Count;
        Assert.That((await Clinic.GetAsync($"Practitioner/{_shared}", Doctor)).Status, Is.EqualTo(200));
        (await Clinic.GetAsync($"Organization/{_shared}")).AssertIsOutcome(404);
        (await Clinic.GetAsync($"Practitioner/{_shared}/_history/1")).AssertIsOutcome(404);
        (await Clinic.UpdateAsync(Resources.Practitioner("Mine", "2").With("id", _shared))).AssertIsOutcome(405);
        (await Clinic.DeleteAsync($"Practitioner/{_shared}")).AssertIsOutcome(405);
        (await Clinic.GetAsync("Practitioner/00112233445566778899aabbccddeeff")).AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync("Practitioner?name=cho", Doctor)).Ids, Has.Count.EqualTo(2));
        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        Assert.That(log.Events, Has.Count.EqualTo(before));
    }

    private async Task A_change_and_a_removal_follow()
    {
        await Hospital.UpdateAsync(Resources.Practitioner("Cho-Smith", "private-number").With("id", _doctor));
        await Eventually.BecomesTrueAsync("the new name is there", async () => (await Clinic.GetAsync($"Practitioner/{_shared}")).Text.Contains("Cho-Smith", StringComparison.Ordinal));
        await Hospital.UpdateAsync(Resources.Practitioner("Cho-Smith", "private-number").With("id", _doctor).With(
            "meta", new JsonObject { ["security"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", ["code"] = "R" }) }));
        await Eventually.BecomesTrueAsync("a restricted one is not", async () => (await Clinic.GetAsync($"Practitioner/{_shared}")).Status == 404);
        Assert.That((await PerformedAsync())["performer"]!.AsArray(), Has.Count.EqualTo(1));
        await Hospital.UpdateAsync(Resources.Practitioner("Cho", "private-number").With("id", _doctor));
        await Eventually.BecomesTrueAsync("it is there again, under its name", async () => (await Clinic.GetAsync($"Practitioner/{_shared}")).Status == 200);
        await Hospital.DeleteAsync($"Organization/{_laboratory}");
        await Eventually.BecomesTrueAsync("what was deleted is gone", async () => (await Clinic.GetAsync("Organization?name=riverside")).Ids.Count == 0);
        Assert.That((await PerformedAsync())["performer"]!.AsArray(), Has.Count.EqualTo(1));
        var role = (await Clinic.GetAsync($"PractitionerRole?practitioner=Practitioner/{_shared}", Doctor)).Matches.Single();
        Assert.That(role["organization"], Is.Null);
    }

    private async Task What_was_pulled_stays_without_its_author_and_over_a_restart()
    {
        await Hospital.StopAsync();
        Assert.That((await Clinic.GetAsync($"Practitioner/{_shared}")).Status, Is.EqualTo(200));
        Clinic.Kill();
        await Clinic.StartAsync();
        Assert.That((await Clinic.GetAsync($"Practitioner/{_shared}")).Status, Is.EqualTo(200));
        Assert.That((await Clinic.GetAsync("Practitioner?name=cho")).Ids, Has.Count.EqualTo(2));
    }

    private async Task A_type_that_is_shared_no_more_goes()
    {
        Hospital.Settings = ["--sharing-interval", "00:00:00.500", "--shared-types", "Practitioner"];
        await Hospital.StartAsync();
        await Eventually.BecomesTrueAsync("roles are gone", async () => (await Clinic.GetAsync("PractitionerRole")).Ids.Count == 0);
        Assert.That((await Clinic.GetAsync("Practitioner?name=cho")).Ids, Has.Count.EqualTo(2));
    }

    private async Task Nobody_has_cried()
    {
        foreach (var node in _story.Consortium.Nodes)
        {
            Assert.That((await node.AlarmsAsync()).Where(alarm => alarm.Kind is not ("EntryNotLogged" or "NotFinal")), Is.Empty, node.Name);
        }
    }

    private async Task<JsonObject> PerformedAsync() => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code=performed", Doctor)).Matches.Single();

    private Task<string> PrescribeAsync(string medication) => Hospital.KeepAsync(Resources.Parse($$"""
        {
          "resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationReference": { "reference": "Medication/{{medication}}", "display": "d" },
          "subject": { "reference": "Patient/{{_story.AtHospital}}" }, "authoredOn": "2024-02-03"
        }
        """));
}
