using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Restoring;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A patient who can't be asked, at a clinic to which nothing was granted. Each step stands on those before it.</summary>
public sealed class EmergencyTests
{
    private static readonly (string, string)[] Emergency = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "ETREAT")];

    private ThreeOrganisations _story = null!;
    private string _card = "";

    private TestNode Clinic => _story.Clinic;

    private PatientEmergencies OfPatient => _story.Phone.Wallet.Emergencies;

    [OneTimeSetUp]
    public async Task MeetAsync() => _story = await ThreeOrganisations.MeetAsync("Emergency");

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [Test]
    public async Task From_the_policy_to_its_end()
    {
        await _story.ConnectAsync();
        await Without_a_policy_there_is_no_card();
        await The_patient_sets_a_policy_and_has_a_card();
        await Nothing_is_open_before_an_emergency_is_declared();
        await A_declaration_needs_a_card_a_reason_a_patient_and_two_people();
        await Strangers_and_nonsense_get_nothing();
        await The_clinic_declares_and_reads_for_emergency_treatment_only();
        await What_was_opened_is_no_Consent_and_is_in_the_AuditEvents();
        await The_wallet_shows_who_opened_what_and_knows_that_none_is_missing();
        await The_patient_disputes_once();
        await The_patient_ends_one_and_what_follows_has_other_keys();
        await The_hospital_is_away_and_an_emergency_is_declared_all_the_same();
        await A_lost_card_leads_nowhere();
        await The_patient_switches_it_off();
        await A_wallet_from_its_words_knows_what_the_patient_wants();
        Assert.That(_story.Phone.Alarms.All, Is.Empty);
    }

    private Task Without_a_policy_there_is_no_card()
    {
        Assert.That((OfPatient.Kinds, OfPatient.ToCard()), Is.EqualTo(((IReadOnlyList<string>?)null, (string?)null)));
        return Task.CompletedTask;
    }

    private async Task The_patient_sets_a_policy_and_has_a_card()
    {
        Assert.That(await OfPatient.SetPolicyAsync(PatientEmergencies.DefaultKinds, CancellationToken.None), "nothing is left to do");
        _card = OfPatient.ToCard()!;
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None), "a second time changes nothing");
    }

    private async Task Nothing_is_open_before_an_emergency_is_declared()
    {
        Assert.That((await ObservationsAsync()).Ids, Is.Empty);
        Assert.That(await OfPatient.ListAsync(CancellationToken.None), Is.Empty);
    }

    private async Task A_declaration_needs_a_card_a_reason_a_patient_and_two_people()
    {
        using var never = new EmergencyCard(Crypto.SymmetricKey.Generate());
        Assert.That(await RefusedAsync(card: "EHRLEDGER:EMERGENCY:1:00"), Is.EqualTo((422, "urn:ehrledger:emergency-card")));
        Assert.That(await RefusedAsync(card: never.ToText()), Is.EqualTo((404, "urn:ehrledger:emergency-card-unknown")));
        Assert.That(await RefusedAsync(patient: "nobody"), Is.EqualTo((404, "urn:ehrledger:patient-unknown")));
        Assert.That(await RefusedAsync(reason: "curiosity"), Is.EqualTo((422, "urn:ehrledger:emergency-reason")));
        Assert.That(await RefusedAsync(second: " DR li"), Is.EqualTo((422, "urn:ehrledger:emergency-requesters")));
        using var nonsense = await Clinic.Client.PostAsync("/admin/emergency", new StringContent("{\"card\": 7"));
        Assert.That((int)nonsense.StatusCode, Is.EqualTo(400));
        Assert.That((await ObservationsAsync()).Ids, Is.Empty);
    }

    private async Task Strangers_and_nonsense_get_nothing()
    {
        using var stranger = ReaderKeys.Generate();
        var request = EmergencyReleaseRequest.Sign(0, Clinic.Organisation, stranger, DateTimeOffset.UtcNow, _story.Consortium.Genesis.Digest).SignedBytes.ToArray();
        Assert.That(await PostAsync("/custody/emergency-releases", request), Is.EqualTo(403));
        Assert.That(await PostAsync("/custody/emergency-releases", [1, 2, 3]), Is.EqualTo(400));
        Assert.That(await PostAsync("/wallet/emergency-deposits", [1, 2, 3]), Is.EqualTo(422));
        using var unknown = await Clinic.Client.GetAsync($"/custody/emergency-policies/{new string('0', 64)}");
        Assert.That((int)unknown.StatusCode, Is.EqualTo(404));
    }

    private async Task The_clinic_declares_and_reads_for_emergency_treatment_only()
    {
        var declared = await DeclareAsync();
        Assert.That(declared["notOpened"]!.AsArray(), Is.Empty, declared.ToJsonString());
        Assert.That(declared["opened"]!.AsArray(), Has.Count.EqualTo(4), "demographics, laboratory, medications, problems");
        Assert.That((await DeclareAsync())["opened"]!.AsArray().Select(one => (string)one!), Is.EquivalentTo(declared["opened"]!.AsArray().Select(one => (string)one!)), "what is open is not opened again");

        var found = await ObservationsAsync();
        Assert.That(found.Ids, Has.Count.EqualTo(3), found.Text);
        Assert.That((string?)found.Matches[0]["subject"]!["reference"], Is.EqualTo($"Patient/{_story.AtClinic}"));
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Emergency)).Ids, Has.Count.EqualTo(1));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", ("X-Purpose-Of-Use", "TREAT"))).Ids, Is.Empty);
        Assert.That((await _story.Insurer.GetAsync($"Observation/{found.Ids[0]}", Emergency)).Status, Is.EqualTo(404), "nobody else");
    }

    private async Task What_was_opened_is_no_Consent_and_is_in_the_AuditEvents()
    {
        Assert.That((await Clinic.GetAsync($"Consent?patient={_story.AtClinic}", Emergency)).Ids, Is.Empty);
        var events = await Clinic.GetAsync($"AuditEvent?patient={_story.AtClinic}&subtype=urn:ehrledger:event|emergency", Emergency);
        Assert.That(events.Ids, Has.Count.EqualTo(4), events.Text);
        var first = events.Matches[0];
        Assert.That(first["purposeOfEvent"]!.AsArray().Select(purpose => (string)purpose!["coding"]![0]!["code"]!), Is.EqualTo(new[] { "BTG", "ETREAT" }));
        Assert.That(first["agent"]!.AsArray().Select(agent => (string?)agent!["name"]).OfType<string>(), Is.EquivalentTo(new[] { "Dr Li", "Nurse Wu" }));
        Assert.That(first.ToJsonString(), Does.Contain("no-time"));
        Assert.That((await Clinic.GetAsync($"AuditEvent?patient={_story.AtClinic}&purpose=ETREAT&action=R", Emergency)).Ids, Is.Not.Empty, "each read besides");
    }

    private async Task The_wallet_shows_who_opened_what_and_knows_that_none_is_missing()
    {
        var shown = await OfPatient.ListAsync(CancellationToken.None);
        Assert.That(shown.Select(one => one.Category), Is.EquivalentTo(new[] { Category.Demographics, Category.Laboratory, Category.Medications, Category.Problems }));
        var laboratory = shown.Single(one => one.Category == Category.Laboratory);
        Assert.That((laboratory.Organisation, laboratory.Reason, laboratory.CanDispute), Is.EqualTo((Clinic.Organisation, EmergencyReason.NoTime, true)));
        Assert.That(laboratory.EndsAt - laboratory.DeclaredAt, Is.EqualTo(TimeSpan.FromHours(24)));
        Assert.That((laboratory.Account!.Note, string.Join(", ", laboratory.Account.Requesters.Select(person => person.Name))), Is.EqualTo(("found in the street", "Dr Li, Nurse Wu")));

        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        Assert.That(log.Complete, string.Join(", ", log.Findings));
        Assert.That(log.Events.Count(one => one.Kind == AccessKind.EmergencyDeclared), Is.EqualTo(4));
        var read = log.Events.Single(one => one.Kind == AccessKind.EmergencyRead && one.Category == Category.Laboratory);
        Assert.That((read.Organisation, read.OrganisationProven, read.Person, read.Purpose, read.Readable), Is.EqualTo((Clinic.Organisation, true, "Dr Li", PurposeOfUse.Emergency, true)));
        Assert.That((read.Records.Count, read.Releases.Count), Is.EqualTo((3, 2)));
        Assert.That(log.Events.Any(one => one.Kind == AccessKind.EmergencySearched));
        Assert.That(log.Events.Any(one => one.Kind is AccessKind.Read or AccessKind.Searched), Is.False);
    }

    private async Task The_patient_disputes_once()
    {
        var problems = await EmergencyOfAsync(Category.Problems);
        Assert.That(await OfPatient.DisputeAsync(problems.Grant, DisputeGround.NoEmergency, CancellationToken.None), Is.EqualTo(DisputeOutcome.Disputed));
        Assert.That(await OfPatient.DisputeAsync(problems.Grant, DisputeGround.NoEmergency, CancellationToken.None), Is.EqualTo(DisputeOutcome.Unknown));
        Assert.That((await EmergencyOfAsync(Category.Problems)).DisputedAt, Is.Not.Null);
        await Eventually.BecomesTrueAsync(
            "the clinic's AuditEvents have the dispute", async () => (await Clinic.GetAsync($"AuditEvent?patient={_story.AtClinic}&subtype=urn:ehrledger:event|dispute", Emergency)).Ids.Count == 1);
    }

    private async Task The_patient_ends_one_and_what_follows_has_other_keys()
    {
        var laboratory = await EmergencyOfAsync(Category.Laboratory);
        Assert.That(await _story.Phone.Wallet.RevokeAsync(laboratory.Grant, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That((await ObservationsAsync()).Ids, Is.Empty);
        await _story.Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2025-06-07", value: 4));
        Assert.That((await ObservationsAsync()).Ids, Is.Empty);
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Emergency)).Ids, Has.Count.EqualTo(1), "the others go on");

        // The policy goes on, with another emergency key: who needs it again says so again.
        Assert.That((await DeclareAsync())["opened"]!.AsArray(), Has.Count.EqualTo(4));
        Assert.That((await ObservationsAsync()).Ids, Has.Count.EqualTo(4));
        Assert.That(await OfPatient.ListAsync(CancellationToken.None), Has.Count.EqualTo(5));
    }

    private async Task The_hospital_is_away_and_an_emergency_is_declared_all_the_same()
    {
        var medications = await EmergencyOfAsync(Category.Medications);
        Assert.That(await _story.Phone.Wallet.RevokeAsync(medications.Grant, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        _story.Hospital.Kill();
        var declared = await DeclareAsync();
        Assert.That(declared["opened"]!.AsArray(), Has.Count.EqualTo(4), declared.ToJsonString());
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Emergency)).Ids, Has.Count.EqualTo(2));
        await _story.Hospital.StartAsync();
    }

    private async Task A_lost_card_leads_nowhere()
    {
        Assert.That(await OfPatient.ReplaceCardAsync(CancellationToken.None));
        Assert.That((await DeclareAsync())["opened"]!.AsArray(), Is.Empty);
        _card = OfPatient.ToCard()!;
        Assert.That((await DeclareAsync())["opened"]!.AsArray(), Has.Count.EqualTo(4));
    }

    private async Task The_patient_switches_it_off()
    {
        Assert.That(await OfPatient.SetPolicyAsync([], CancellationToken.None));
        Assert.That(OfPatient.ToCard(), Is.Null);
        await Eventually.BecomesTrueAsync("the clinic has nothing open", async () => (await ObservationsAsync()).Ids.Count == 0);
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Emergency)).Ids, Is.Empty, "what was open has ended");
        Assert.That((await DeclareAsync())["opened"]!.AsArray(), Is.Empty);
        Assert.That((await OfPatient.ListAsync(CancellationToken.None)).All(one => one.EndsAt < DateTimeOffset.UtcNow.AddMinutes(5)));
    }

    private async Task A_wallet_from_its_words_knows_what_the_patient_wants()
    {
        using var phone = await Phone.ReplaceAsync(_story.Consortium, _story.Phone.Wallet.ToPhrase());
        Assert.That((await phone.Wallet.RestoreAsync(CancellationToken.None)).Source, Is.EqualTo(RestoreSource.Directory));
        Assert.That(phone.Wallet.Emergencies.Kinds, Is.Empty.And.Not.Null);
        Assert.That(await phone.Wallet.Emergencies.ListAsync(CancellationToken.None), Has.Count.EqualTo(6));
    }

    private async Task<int> PostAsync(string path, byte[] body)
    {
        using var response = await Clinic.Client.PostAsync(path, new ByteArrayContent(body));
        return (int)response.StatusCode;
    }

    private async Task<EmergencyShown> EmergencyOfAsync(Category category) =>
        (await OfPatient.ListAsync(CancellationToken.None)).First(one => one.Category == category);

    private Task<FhirReply> ObservationsAsync() => Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Emergency);

    private async Task<JsonNode> DeclareAsync()
    {
        using var response = await SendAsync(_card, _story.AtClinic, "no-time", "Nurse Wu");
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<(int Status, string? Type)> RefusedAsync(string? card = null, string? patient = null, string? reason = null, string? second = null)
    {
        using var response = await SendAsync(card ?? _card, patient ?? _story.AtClinic, reason ?? "no-time", second ?? "Nurse Wu");
        return ((int)response.StatusCode, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["type"]);
    }

    private Task<HttpResponseMessage> SendAsync(string card, string patient, string reason, string second) => Clinic.Client.PostAsJsonAsync("/admin/emergency", new JsonObject
    {
        ["card"] = card,
        ["patient"] = patient,
        ["reason"] = reason,
        ["note"] = "found in the street",
        ["requesters"] = new JsonArray(new JsonObject { ["name"] = "Dr Li", ["role"] = "physician" }, new JsonObject { ["name"] = second, ["role"] = "nurse" }),
    });
}
