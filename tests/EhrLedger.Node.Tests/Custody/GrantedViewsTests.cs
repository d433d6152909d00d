using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What a grantee's node makes of what it holds: Consents of its grants, and AuditEvents of what it did under them; and what it does not make, because it is somebody else's.</summary>
public sealed class GrantedViewsTests
{
    private const string Never = "00112233445566778899aabbccddeeff";

    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Grantee"), ("X-Acting-Role", "physician")];

    private ThreeOrganisations _story = null!;
    private GrantId _grant;
    private GrantId _ofInsurer;
    private string _insured = "";

    private TestNode Clinic => _story.Clinic;

    private TestNode Insurer => _story.Insurer;

    private string Patient => _story.AtClinic;

    [OneTimeSetUp]
    public async Task GrantAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Views");
        await _story.ConnectAsync();
        _insured = await Insurer.RegisterPatientAsync("Views");
        _grant = (await _story.Phone.GrantAsync(_story.Relationship, Clinic, Patient, Category.Laboratory))[0];
        _ofInsurer = (await _story.Phone.GrantAsync(_story.Relationship, Insurer, _insured, Category.Laboratory))[0];
        await Eventually.BecomesTrueAsync("the clinic sees what was granted", async () => (await Clinic.GetAsync($"Observation?patient={Patient}", Doctor)).Ids.Count == 3);
    }

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [Test]
    public async Task A_grant_is_a_Consent_that_keeps_the_rules_of_PCF()
    {
        var consent = (await Clinic.GetAsync($"Consent?patient={Patient}")).Matches.Single();

        PcfRules.Check(consent);
        Assert.That(((string?)consent["id"], (string?)consent["status"], (string?)consent["patient"]!["reference"]), Is.EqualTo(($"c-{_grant}", "active", $"Patient/{Patient}")));
        var provision = consent["provision"]!;
        Assert.That((string?)provision["actor"]![0]!["reference"]!["identifier"]!["value"], Is.EqualTo(Clinic.Organisation.ToString()));
        Assert.That((string?)consent["organization"]![0]!["identifier"]!["value"], Is.EqualTo(_story.Hospital.Organisation.ToString()));
        Assert.That(((string?)provision["securityLabel"]![0]!["system"], (string?)provision["securityLabel"]![0]!["code"]), Is.EqualTo(("urn:ehrledger:category", "Laboratory")));
        Assert.That(provision["purpose"]!.AsArray().Select(purpose => (string?)purpose!["code"]), Is.EqualTo(new[] { "TREAT" }));
        Assert.That((string?)provision["period"]!["start"], Is.EqualTo(DateTime.UtcNow.ToString("yyyy-MM-dd", null)));
        Assert.That(consent["extension"]!.AsArray().Select(extension => (string)extension!["url"]!), Does.Contain("urn:ehrledger:StructureDefinition:anchor"));
    }

    [Test]
    public async Task It_is_read_by_version_and_in_XML_and_searched_by_POST()
    {
        var read = await Clinic.GetAsync($"Consent/c-{_grant}");
        Assert.That((read.Status, read.ETag), Is.EqualTo((200, "W/\"1\"")));
        Assert.That((await Clinic.GetAsync($"Consent/c-{_grant}/_history/1")).Text, Is.EqualTo(read.Text));
        (await Clinic.GetAsync($"Consent/c-{_grant}/_history/2")).AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync($"Consent/c-{_grant}", ("Accept", "application/fhir+xml"))).Text, Does.StartWith("<Consent").Or.Contain("<Consent "));
        foreach (var query in (string[])[$"patient={Patient}", "status=active", $"actor:identifier={Uri.EscapeDataString(Clinic.Organisation.ToString())}", "security-label=Laboratory", "purpose=TREAT", $"period=ge{DateTime.UtcNow:yyyy-MM-dd}", "scope=patient-privacy", "category=59284-0"])
        {
            Assert.That((await Clinic.GetAsync($"Consent?{query}")).Ids, Is.EqualTo(new[] { $"c-{_grant}" }), query);
            Assert.That((await Clinic.SendAsync(HttpMethod.Post, "/fhir/Consent/_search", new StringContent(query, Encoding.UTF8, "application/x-www-form-urlencoded"))).Ids, Is.EqualTo(new[] { $"c-{_grant}" }), query);
        }
    }

    [Test]
    public async Task Nobody_sees_whom_else_the_patient_shares_with()
    {
        var never = await Clinic.GetAsync("Consent/c-00112233445566778899aabbccddeeff");
        never.AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync($"Consent/c-{_ofInsurer}")).Text, Is.EqualTo(never.Text));
        Assert.That((await _story.Hospital.GetAsync($"Consent/c-{_grant}")).Status, Is.EqualTo(404), "not even the author");
        Assert.That((await _story.Hospital.GetAsync("Consent")).Ids, Is.Empty);
        Assert.That((await Clinic.GetAsync("Consent")).Ids, Is.EqualTo(new[] { $"c-{_grant}" }));

        await Insurer.GetAsync($"Observation?patient={_insured}", Doctor);
        var size = (await Clinic.FindHealthAsync())!.FinalSize;
        var unknown = await Clinic.GetAsync($"AuditEvent/e-{size + 1000}", Doctor);
        for (ulong index = 0; index < size; index++)
        {
            var answer = await Clinic.GetAsync($"AuditEvent/e-{index}", Doctor);
            if (answer.Status == 404)
            {
                Assert.That(answer.Text, Is.EqualTo(unknown.Text));
                continue;
            }

            Assert.That(answer.Text, Does.Not.Contain(Insurer.Organisation.ToString()).And.Not.Contain(_ofInsurer.ToString()!));
        }
    }

    [Test]
    public async Task Every_way_to_ask_about_a_Consent_that_is_not_the_caller_s_to_see()
    {
        (string, string)[] payers = [.. Doctor, ("X-Acting-Scope", "system/Consent.cruds?purpose=HPAYMT system/Patient.rs")];
        await Doors.AreAllShutAsync(Clinic, "Consent", $"c-{_ofInsurer}", $"c-{Never}", Doctor);
        await Doors.AreAllShutAsync(Clinic, "Consent", $"c-{_grant}", $"c-{Never}", payers);
        foreach (var search in (string[])["Consent?patient={id}", "Patient?_id={id}&_has:Consent:patient:status=active", "Consent?patient.family={id}"])
        {
            await Doors.SearchesAreShutAsync(Clinic, search, search.Contains("family", StringComparison.Ordinal) ? "Views" : Patient, "nobody", payers);
        }

        Assert.That((await Clinic.GetAsync($"Patient?_id={Patient}&_revinclude=Consent:patient", payers)).Included, Is.Empty);
        Assert.That((await Clinic.ExportManifestAsync($"Patient/$export?patient=Patient/{Patient}&_type=Consent", Doctor)).Tells(), Is.Empty, "no export has one");
    }

    [Test]
    public async Task Every_way_to_ask_about_a_record_that_is_not_granted_and_its_Provenance()
    {
        var diagnosis = await RecordOfAsync(_story.Diagnosis);
        await Doors.AreAllShutAsync(Clinic, "Condition", diagnosis, Never, Doctor);
        await Doors.AreAllShutAsync(Clinic, "Provenance", $"g-{diagnosis}", $"g-{Never}", Doctor);
    }

    [Test]
    public async Task Every_way_to_ask_about_a_record_that_is_granted_and_outside_the_scopes()
    {
        (string, string)[] narrow = [.. Doctor, ("X-Acting-Scope", "system/Observation.cruds?code=2345-7 system/Provenance.rs")];
        Assert.That((await Clinic.GetAsync($"Observation?patient={Patient}", narrow)).Ids, Is.EqualTo(new[] { await RecordOfAsync(_story.Laboratory[1]) }));
        var outside = await RecordOfAsync(_story.Laboratory[0]);
        await Doors.AreAllShutAsync(Clinic, "Observation", outside, Never, narrow);
        await Doors.SearchesAreShutAsync(Clinic, "Provenance?target=Observation/{id}", outside, Never, narrow);
    }

    [Test]
    public async Task Every_way_to_ask_about_an_AuditEvent_of_somebody_else_s_grant()
    {
        var ofInsurer = (await Insurer.GetAsync($"AuditEvent?patient={_insured}&subtype=grant")).Matches.Single(one => ((string)one["id"]!).StartsWith("e-", StringComparison.Ordinal));
        await Doors.AreAllShutAsync(Clinic, "AuditEvent", (string)ofInsurer["id"]!, "e-4711000", Doctor);
    }

    [Test]
    public async Task What_a_grantee_did_under_its_grant_is_in_its_own_log()
    {
        var before = (await Clinic.GetAsync($"AuditEvent?patient={Patient}&_count=1000", Doctor)).Matches;
        var id = (await Clinic.GetAsync($"Observation?patient={Patient}&code=2345-7", Doctor)).Ids.Single();
        await Clinic.GetAsync($"Observation/{id}", Doctor);

        var events = (await Clinic.GetAsync($"AuditEvent?patient={Patient}&_count=1000", Doctor)).Matches.Where(one => ((string)one["id"]!).StartsWith("e-", StringComparison.Ordinal)).ToList();

        Assert.That(events.Select(SubtypeOf), Is.SupersetOf(new[] { "grant", "search-type", "read" }));
        var since = events.ExceptBy(before.Select(one => (string)one["id"]!), one => (string)one["id"]!).ToLookup(one => QuestionOf(one)?.StartsWith("GET /fhir/AuditEvent", StringComparison.Ordinal) is true);
        Assert.That(since[true].ToList(), Has.Count.EqualTo(1), "the look before has asked under the grant as well, because AuditEvents may be granted like anything: once, and for none that it showed");
        var fresh = since[false].ToList();
        Assert.That(fresh.Select(SubtypeOf), Is.EquivalentTo(new[] { "search-type", "read", "search-type", "read" }));
        Assert.That(fresh.Where(one => SubtypeOf(one) == "read").Select(BalpRules.Check), Is.EqualTo(new[] { "PatientRead", "PatientRead" }));
        Assert.That(fresh.Where(one => SubtypeOf(one) == "search-type").Select(BalpRules.Check).OfType<string>(), Is.EqualTo(new[] { "PatientQuery" }), "of the one that named the patient, the question is known");
        foreach (var read in fresh.Where(one => SubtypeOf(one) == "read"))
        {
            Assert.That(read["entity"]!.AsArray().Select(entity => (string?)entity!["what"]!["identifier"]?["value"]).OfType<string>(), Is.EqualTo(new[] { id }));
            Assert.That(read["agent"]!.AsArray().Select(agent => (string?)agent!["who"]!["identifier"]?["value"]).OfType<string>(), Is.EqualTo(new[] { Clinic.Organisation.ToString(), _story.Hospital.Organisation.ToString() }), "what is read flows from the author");
            Assert.That((await Clinic.GetAsync($"AuditEvent/{read["id"]}", Doctor)).Json["extension"]!.AsArray().Select(extension => (string)extension!["url"]!), Does.Contain("urn:ehrledger:StructureDefinition:anchor"));
        }

        Assert.That((await Clinic.GetAsync($"AuditEvent?patient={Patient}&entity:identifier=urn:ehrledger:record|{id}&subtype=read&_count=1000", Doctor)).Ids, Is.SupersetOf(fresh.Where(one => SubtypeOf(one) == "read").Select(one => (string)one["id"]!)));
        Assert.That((await Clinic.GetAsync($"AuditEvent?date=ge{DateTime.UtcNow:yyyy-MM-dd}&subtype=grant", Doctor)).Matches.Select(one => one.ToJsonString()), Has.Some.Contain(_grant.ToString()!), "without a patient");
    }

    [Test]
    public async Task After_a_revocation_there_is_no_Consent_and_an_event_of_its_end()
    {
        var grant = (await _story.Phone.GrantAsync(_story.Relationship, Clinic, Patient, Category.Medications))[0];
        await Eventually.BecomesTrueAsync("the Consent is there", async () => (await Clinic.GetAsync($"Consent/c-{grant}")).Status == 200);

        await _story.Phone.Wallet.RevokeAsync(grant, CancellationToken.None);

        await Eventually.BecomesTrueAsync("the Consent is gone", async () => (await Clinic.GetAsync($"Consent/c-{grant}")).Status == 404);
        Assert.That((await Clinic.GetAsync($"Consent/c-{grant}")).Text, Is.EqualTo((await Clinic.GetAsync("Consent/c-00112233445566778899aabbccddeeff")).Text));
        var ended = (await Clinic.GetAsync($"AuditEvent?patient={Patient}&subtype=urn:ehrledger:event|revocation", Doctor)).Matches.Single();
        Assert.That(ended["entity"]!.AsArray().Select(entity => (string?)entity!["what"]!["identifier"]?["value"]), Does.Contain(grant.ToString()));
    }

    /// <summary>By which the clinic knows what the hospital has written under its own id.</summary>
    private async Task<string> RecordOfAsync(string id) => (await AuthorsBook.OpenAsync(_story.Hospital)).Versions.First(version => version.Id == id).Header.Record.Record.ToString()!;

    private static string? QuestionOf(JsonObject audit) =>
        audit["entity"]!.AsArray().Select(entity => (string?)entity!["query"]).OfType<string>().Select(query => Encoding.UTF8.GetString(Convert.FromBase64String(query))).FirstOrDefault();

    private static string? SubtypeOf(JsonObject audit) => (string?)audit["subtype"]![0]!["code"];
}
