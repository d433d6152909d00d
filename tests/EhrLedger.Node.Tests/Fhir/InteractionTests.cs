using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class InteractionTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_create_says_where_it_is_and_is_read_back_as_it_was_sent()
    {
        var patient = await Node.RegisterPatientAsync("Create");
        var sent = Resources.Observation(patient);
        var created = await Node.CreateAsync(sent);
        Assert.That(created.Status, Is.EqualTo(201), created.Text);
        Assert.That(created.Location, Is.EqualTo($"{Node.Endpoint}/fhir/Observation/{created.Id}/_history/1"));
        Assert.That(created.ETag, Is.EqualTo("W/\"1\""));
        Assert.That(created.LastModified, Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        Assert.That((string?)created.Json["meta"]!["versionId"], Is.EqualTo("1"));

        var read = await Node.GetAsync($"Observation/{created.Id}");
        Assert.That(read.Status, Is.EqualTo(200), read.Text);
        Assert.That(read.ETag, Is.EqualTo("W/\"1\""));
        Assert.That(read.LastModified, Is.EqualTo(created.LastModified));
        Assert.That(read.Text, Is.EqualTo(created.Text));
        Assert.That(CanonicalJson.Of(read.Json, "id", "meta"), Is.EqualTo(CanonicalJson.Of(sent)));
    }

    [Test]
    public async Task Every_version_stays_readable()
    {
        var patient = await Node.RegisterPatientAsync("Versions");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        for (var version = 2; version <= 4; version++)
        {
            var updated = await Node.UpdateAsync(Resources.Observation(patient, value: version).With("id", id));
            Assert.That(updated.Status, Is.EqualTo(200), updated.Text);
            Assert.That(updated.ETag, Is.EqualTo($"W/\"{version}\""));
        }

        for (var version = 1; version <= 4; version++)
        {
            var read = await Node.GetAsync($"Observation/{id}/_history/{version}");
            Assert.That(read.Status, Is.EqualTo(200), read.Text);
            Assert.That((double)read.Json["valueQuantity"]!["value"]!, Is.EqualTo(version));
            Assert.That(read.ETag, Is.EqualTo($"W/\"{version}\""));
        }

        Assert.That((await Node.GetAsync($"Observation/{id}")).ETag, Is.EqualTo("W/\"4\""));
        foreach (var none in (string[])["0", "5", "-1", "x", "99999999999"])
        {
            (await Node.GetAsync($"Observation/{id}/_history/{none}")).AssertIsOutcome(404);
        }
    }

    [Test]
    public async Task An_update_of_another_version_than_the_newest_is_refused_and_changes_nothing()
    {
        var patient = await Node.RegisterPatientAsync("IfMatch");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        Assert.That((await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id), ("If-Match", "W/\"1\""))).Status, Is.EqualTo(200));
        (await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", id), ("If-Match", "W/\"1\""))).AssertIsOutcome(412);
        (await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", id), ("If-Match", "W/\"7\""))).AssertIsOutcome(412);
        (await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", "never-was"), ("If-Match", "W/\"1\""))).AssertIsOutcome(412);
        (await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", id), ("If-Match", "nonsense"))).AssertIsOutcome(400);
        var read = await Node.GetAsync($"Observation/{id}");
        Assert.That((double)read.Json["valueQuantity"]!["value"]!, Is.EqualTo(2));
        Assert.That(read.ETag, Is.EqualTo("W/\"2\""));
    }

    [Test]
    public async Task An_update_creates_what_is_not_there()
    {
        var patient = await Node.RegisterPatientAsync("UpdateCreate");
        var id = $"mine-{Guid.NewGuid():N}";
        var created = await Node.UpdateAsync(Resources.Observation(patient).With("id", id));
        Assert.That(created.Status, Is.EqualTo(201), created.Text);
        Assert.That(created.Location, Is.EqualTo($"{Node.Endpoint}/fhir/Observation/{id}/_history/1"));
        Assert.That((await Node.GetAsync($"Observation/{id}")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task What_is_deleted_is_gone_and_its_history_stays()
    {
        var patient = await Node.RegisterPatientAsync("Delete");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        Assert.That((await Node.DeleteAsync($"Observation/{id}")).Status, Is.EqualTo(204));
        (await Node.GetAsync($"Observation/{id}")).AssertIsOutcome(410);
        (await Node.GetAsync($"Observation/{id}/_history/2")).AssertIsOutcome(410);
        Assert.That((await Node.GetAsync($"Observation/{id}/_history/1")).Status, Is.EqualTo(200));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Observation?_id={id}")).Ids, Is.Empty);
        Assert.That((await Node.DeleteAsync($"Observation/{id}")).Status, Is.EqualTo(204));
        Assert.That((await Node.DeleteAsync("Observation/never-was")).Status, Is.EqualTo(204));

        var again = await Node.UpdateAsync(Resources.Observation(patient).With("id", id));
        Assert.That(again.Status, Is.EqualTo(201), again.Text);
        Assert.That(again.ETag, Is.EqualTo("W/\"3\""));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.EqualTo(new[] { id }));
    }

    [Test]
    public async Task A_conditional_create_makes_one_resource_only()
    {
        var number = Guid.NewGuid().ToString("N");
        var condition = ("If-None-Exist", $"identifier=urn:test:mrn|{number}");
        var first = await Node.CreateAsync(Resources.Patient("Once", number), condition);
        Assert.That(first.Status, Is.EqualTo(201), first.Text);
        var second = await Node.CreateAsync(Resources.Patient("Once", number), condition);
        Assert.That(second.Status, Is.EqualTo(200), second.Text);
        Assert.That(second.Id, Is.EqualTo(first.Id));
        await Node.RegisterPatientAsync("Once", number);
        (await Node.CreateAsync(Resources.Patient("Once", number), condition)).AssertIsOutcome(412);
        (await Node.CreateAsync(Resources.Patient("Once", number), ("If-None-Exist", "no-such-parameter=1"))).AssertIsOutcome(400);
        Assert.That((await Node.GetAsync($"Patient?identifier={number}")).Ids, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Conditional_creates_side_by_side_make_one_resource_too()
    {
        var number = Guid.NewGuid().ToString("N");
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ =>
            Node.CreateAsync(Resources.Patient("Race", number), ("If-None-Exist", $"identifier=urn:test:mrn|{number}"))));
        Assert.That(replies.Select(reply => reply.Id).Distinct().Count(), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == 201), Is.EqualTo(1));
    }

    [Test]
    public async Task An_answer_may_be_left_out()
    {
        var created = await Node.CreateAsync(Resources.Patient("Minimal"), ("Prefer", "return=minimal"));
        Assert.That((created.Status, created.Text), Is.EqualTo((201, "")));
        Assert.That(created.Location, Is.Not.Null);
        var read = await Node.CallAsync(HttpMethod.Get, created.Location!, null, ("If-None-Match", "W/\"1\""));
        Assert.That((read.Status, read.Text), Is.EqualTo((304, "")));
    }

    [Test]
    public async Task A_reference_to_this_server_may_be_absolute()
    {
        var patient = await Node.RegisterPatientAsync("Absolute");
        var observation = Resources.Observation(patient).With("subject", Resources.Parse($$"""{ "reference": "{{Node.Endpoint}}/fhir/Patient/{{patient}}" }"""));
        var id = await Node.KeepAsync(observation);
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Observation?subject={Node.Endpoint}/fhir/Patient/{patient}")).Ids, Is.EqualTo(new[] { id }));
    }

    [Test]
    public async Task What_belongs_to_no_patient_is_created_changed_found_and_deleted_as_well()
    {
        var number = Guid.NewGuid().ToString("N");
        var id = await Node.KeepAsync(Resources.Practitioner("Hopper", number));
        Assert.That((await Node.UpdateAsync(Resources.Practitioner("Lovelace", number).With("id", id))).ETag, Is.EqualTo("W/\"2\""));
        Assert.That((await Node.GetAsync($"Practitioner/{id}/_history/1")).Text, Does.Contain("Hopper"));
        var found = await Node.GetAsync($"Practitioner?identifier=urn:test:npi|{number}");
        Assert.That(found.Ids, Is.EqualTo(new[] { id }));
        Assert.That(found.Text, Does.Contain("Lovelace"));
        Assert.That((await Node.DeleteAsync($"Practitioner/{id}")).Status, Is.EqualTo(204));
        (await Node.GetAsync($"Practitioner/{id}")).AssertIsOutcome(410);
        Assert.That((await Node.GetAsync($"Practitioner?identifier=urn:test:npi|{number}")).Ids, Is.Empty);
    }

    [Test]
    public async Task The_capability_statement_lists_what_works()
    {
        var metadata = await Node.GetAsync("metadata");
        Assert.That(metadata.Status, Is.EqualTo(200), metadata.Text);
        Assert.That((string?)metadata.Json["resourceType"], Is.EqualTo("CapabilityStatement"));
        Assert.That((string?)metadata.Json["fhirVersion"], Is.EqualTo("4.0.1"));
        var rest = metadata.Json["rest"]![0]!;
        Assert.That(rest["interaction"]!.AsArray().Select(one => (string?)one!["code"]), Is.EquivalentTo(new[] { "transaction", "batch", "history-system" }));
        var observation = rest["resource"]!.AsArray().Single(one => (string?)one!["type"] == "Observation")!;
        Assert.That(observation["interaction"]!.AsArray().Select(one => (string?)one!["code"]), Is.EquivalentTo(new[] { "read", "vread", "history-instance", "history-type", "create", "update", "patch", "delete", "search-type" }));
        var parameters = observation["searchParam"]!.AsArray().Select(one => (string)one!["name"]!).ToList();
        Assert.That(parameters, Is.SupersetOf(new[] { "_id", "_lastUpdated", "identifier", "patient", "subject", "code", "category", "date" }));

        // Whatever it names is searched for without complaint.
        var values = new Dictionary<string, string> { ["date"] = "2020-01-01", ["number"] = "1", ["quantity"] = "1", ["reference"] = "Patient/x", ["string"] = "x", ["token"] = "x", ["uri"] = "urn:x" };
        foreach (var parameter in observation["searchParam"]!.AsArray().Where(one => values.ContainsKey((string)one!["type"]!)))
        {
            var reply = await Node.GetAsync($"Observation?{parameter!["name"]}={values[(string)parameter["type"]!]}&_id=none", ("Prefer", "handling=strict"));
            Assert.That(reply.Status, Is.EqualTo(200), $"{parameter["name"]}: {reply.Text}");
        }
    }
}
