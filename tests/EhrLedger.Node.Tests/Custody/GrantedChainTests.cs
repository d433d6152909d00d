using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>Criteria that other records decide about, for whom some of them are granted: nothing else takes part.</summary>
public sealed class GrantedChainTests
{
    private ThreeOrganisations _story = null!;

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync() => _story = await ThreeOrganisations.MeetAsync("Granted");

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task A_chain_leads_to_what_is_granted_and_is_logged_as_a_read_of_it()
    {
        // Of the laboratory: a report with the first result. Of the encounters: a visit, to which the second result belongs, and at which a practitioner of the hospital's was.
        var doctor = await Hospital.KeepAsync(Resources.Practitioner("Cho", "7"));
        var visit = await Hospital.KeepAsync(Resources.Parse($$"""
            { "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "subject": { "reference": "Patient/{{_story.AtHospital}}" }, "participant": [{ "individual": { "reference": "Practitioner/{{doctor}}" } }] }
            """));
        var second = Resources.Observation(_story.AtHospital, "2345-7", "2024-03-04", value: 2).With("id", _story.Laboratory[1]).With("encounter", new JsonObject { ["reference"] = $"Encounter/{visit}" });
        Assert.That((await Hospital.UpdateAsync(second)).Status, Is.EqualTo(200));
        await Hospital.KeepAsync(Resources.Parse($$"""
            { "resourceType": "DiagnosticReport", "status": "final", "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB" }] }], "code": { "text": "x" },
              "subject": { "reference": "Patient/{{_story.AtHospital}}" }, "result": [{ "reference": "Observation/{{_story.Laboratory[0]}}" }] }
            """));
        await _story.ConnectAsync();
        var patient = _story.AtClinic;
        string[] searches =
        [
            $"DiagnosticReport?patient={patient}&result.code=718-7",
            $"Observation?patient={patient}&_has:DiagnosticReport:result:status=final",
            $"Observation?patient={patient}&encounter.class=AMB",
            $"Encounter?patient={patient}&_has:Observation:encounter:code=2345-7",
            $"Patient?_id={patient}&_has:Observation:patient:code=718-7",
            $"Observation?patient={patient}&patient.family=granted&code=718-7",
            $"Observation?patient.family=granted&code=718-7",
        ];
        foreach (var search in searches)
        {
            Assert.That(await CountAsync(search), Is.Zero, "before any grant");
            var known = await Clinic.GetAsync(search);
            var unknown = await Clinic.GetAsync(search.Replace(patient, "nobody-here", StringComparison.Ordinal));
            Assert.That(known.Text.Replace(patient, "nobody-here", StringComparison.Ordinal), Is.EqualTo(unknown.Text), search);
        }

        await _story.Phone.GrantAsync(_story.Relationship, Clinic, patient, Category.Laboratory);
        Assert.That(await Task.WhenAll(searches.Select(CountAsync)), Is.EqualTo(new[] { 1, 1, 0, 0, 1, 2, 2 }), "the laboratory alone");
        Assert.That(await CountAsync($"DiagnosticReport?patient={patient}&result.code=2345-7"), Is.Zero);
        Assert.That(await CountAsync($"Observation?patient={patient}&_has:DiagnosticReport:result:status=amended"), Is.Zero);
        Assert.That(await CountAsync($"Observation?patient={patient}&encounter.class:not=IMP"), Is.Zero, "a visit that is not granted is no visit");
        Assert.That(await CountAsync($"Observation?patient={patient}&encounter:missing=true"), Is.EqualTo(3));
        Assert.That(await CountAsync($"Observation?patient={patient}&patient.family=other"), Is.Zero);

        await _story.Phone.GrantAsync(_story.Relationship, Clinic, patient, Category.Encounters);
        Assert.That(await Task.WhenAll(searches.Select(CountAsync)), Is.EqualTo(new[] { 1, 1, 1, 1, 1, 2, 2 }), "the encounters too");
        Assert.That(await CountAsync($"Observation?patient={patient}&encounter.class=IMP"), Is.Zero);
        Assert.That(await CountAsync($"Observation?patient={patient}&encounter.practitioner:Practitioner.name=cho"), Is.Zero, "the hospital's directory is not granted");

        // One chain that comes to nothing all the same opens the results that it asks about.
        const string person = "Dr Chain";
        Assert.That((await Clinic.GetAsync($"DiagnosticReport?patient={patient}&result.code=2345-7", ("X-Acting-Person", person))).Ids, Is.Empty);
        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        var reads = log.Events.Where(seen => seen.Kind == AccessKind.Read && seen.Person == person).SelectMany(seen => seen.Records).Select(version => version.Record).ToList();
        var results = (await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None)).Records;
        Assert.That(reads, Is.Unique.And.Not.Empty.And.SubsetOf(results.Select(record => record.Version.Record)));
        foreach (var node in _story.Consortium.Nodes)
        {
            Assert.That((await node.AlarmsAsync()).Where(alarm => alarm.Kind != "EntryNotLogged"), Is.Empty, node.Name);
        }
    }

    private async Task<int> CountAsync(string search)
    {
        var reply = await Clinic.GetAsync(search);
        Assert.That(reply.Warnings, Is.Empty, reply.Text);
        return reply.Ids.Count;
    }
}
