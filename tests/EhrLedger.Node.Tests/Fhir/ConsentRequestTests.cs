using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A Consent with status proposed is a request to the patient: a record like others, whose state the node says.</summary>
[NonParallelizable]
public sealed class ConsentRequestTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_request_is_kept_and_says_that_nobody_was_sent_it()
    {
        var patient = await Node.RegisterPatientAsync("Request");

        var created = await Node.CreateAsync(Request(patient).With("extension", Json("""[{ "url": "urn:ehrledger:StructureDefinition:request-state", "valueCode": "granted" }]""")));
        var read = await Node.GetAsync($"Consent/{created.Id}");

        Assert.That((created.Status, read.Status, read.ETag), Is.EqualTo((201, 200, "W/\"1\"")));
        Assert.That(((string?)read.Json["status"], ProposedConsents.StateOf(read.Json)), Is.EqualTo(("proposed", "not-sent")), "what the sender says of its state counts for nothing");
        Assert.That((await Node.GetAsync($"Consent?patient={patient}&status=proposed")).Ids, Is.EqualTo(new[] { created.Id }));
        Assert.That((await Node.GetAsync($"Consent/{created.Id}/_history/1")).Status, Is.EqualTo(200));
        Assert.That(read.Json["extension"]!.AsArray().Select(extension => (string)extension!["url"]!), Has.None.EqualTo("urn:ehrledger:StructureDefinition:anchor"));
    }

    [Test]
    public async Task In_a_Bundle_and_by_update_it_is_the_same()
    {
        var patient = await Node.RegisterPatientAsync("Bundled");
        var id = Guid.NewGuid().ToString();
        Assert.That((await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PUT", $"Consent/{id}", Request(patient).With("id", id))))).Status, Is.EqualTo(200));
        Assert.That(ProposedConsents.StateOf((await Node.GetAsync($"Consent/{id}")).Json), Is.EqualTo("not-sent"));
        Assert.That((await Node.UpdateAsync(Request(patient).With("id", id).With("scope", Json("""{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research" }] }""")))).Status, Is.EqualTo(422));
    }

    [TestCase("scope", """{ "text": "x" }""")]
    [TestCase("provision", """{ "type": "permit" }""")]
    [TestCase("provision.type", "\"deny\"")]
    [TestCase("provision.actor", "[]")]
    [TestCase("provision.actor.0.reference", """{ "identifier": { "system": "urn:ietf:rfc:3986", "value": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK" } }""")]
    [TestCase("provision.actor.0.role", """{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "AUT" }] }""")]
    [TestCase("provision.period", """{ "start": "2020-01-01", "end": "2020-02-01" }""")]
    [TestCase("provision.period", """{ "start": "2120-02-01", "end": "2120-01-01" }""")]
    [TestCase("provision.period", """{ "start": "2120-01-01", "end": "2120-02-01" }""")]
    [TestCase("provision.period", """{ "start": "2026-01-01", "end": "2120-01-01" }""")]
    [TestCase("provision.period", """{ "start": "2026-01-01T00:00:00Z", "end": "2120-01-01" }""")]
    [TestCase("provision.securityLabel", """[{ "system": "urn:ehrledger:category", "code": "Everything" }]""")]
    [TestCase("provision.securityLabel", """[{ "system": "urn:ehrledger:category", "code": "Laboratory" }, { "system": "urn:ehrledger:category", "code": "Genetics" }]""")]
    [TestCase("provision.purpose", """[{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "for fun" }]""")]
    [TestCase("provision.provision", """[{ "type": "deny" }]""")]
    [TestCase("provision.data", """[{ "meaning": "instance", "reference": { "reference": "Observation/x" } }]""")]
    [TestCase("extension", """[{ "url": "urn:ehrledger:StructureDefinition:anchor", "extension": [{ "url": "index", "valueString": "1" }] }]""")]
    public async Task What_could_not_become_a_grant_is_refused(string element, string value)
    {
        var patient = await Node.RegisterPatientAsync("Refused");
        var request = Request(patient);
        JsonNode at = request;
        var path = element.Split('.');
        foreach (var step in path[..^1])
        {
            at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        }

        if (value == "[]")
        {
            at.AsObject().Remove(path[^1]);
        }
        else
        {
            at[path[^1]] = Json(value);
        }

        (await Node.CreateAsync(request)).AssertIsOutcome(422);
        Assert.That((await Node.GetAsync($"Consent?patient={patient}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Until_a_wallet_was_sent_it_it_may_ask_for_something_else()
    {
        var patient = await Node.RegisterPatientAsync("Changed");
        var id = await Node.KeepAsync(Request(patient));
        Assert.That((await Node.UpdateAsync(ProposedConsents.Of(patient, Node, "Genetics").With("id", id))).Status, Is.EqualTo(200));
        Assert.That(ProposedConsents.StateOf((await Node.GetAsync($"Consent/{id}")).Json), Is.EqualTo("not-sent"));
    }

    [Test]
    public async Task Another_status_withdraws_it()
    {
        var patient = await Node.RegisterPatientAsync("Withdrawn");
        var id = await Node.KeepAsync(Request(patient));
        Assert.That((await Node.UpdateAsync(Request(patient).With("id", id).With("status", "rejected"))).Status, Is.EqualTo(200));
        Assert.That(ProposedConsents.StateOf((await Node.GetAsync($"Consent/{id}")).Json), Is.EqualTo("withdrawn"));
    }

    [Test]
    public async Task A_Consent_of_another_state_is_a_record_like_any_other()
    {
        var patient = await Node.RegisterPatientAsync("Paper");
        var id = await Node.KeepAsync(Request(patient).With("status", "active").With("provision", Json("""{ "type": "deny" }""")));
        Assert.That((await Node.GetAsync($"Consent/{id}")).Json["extension"], Is.Null);
    }

    private static JsonNode Json(string json) => JsonNode.Parse(json)!;

    private static JsonObject Request(string patient) => ProposedConsents.Of(patient, Node);
}
