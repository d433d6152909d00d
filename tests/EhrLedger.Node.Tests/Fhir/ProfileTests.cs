using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What names a profile of the project is held to it on every way in; profiles of others are kept, not judged.</summary>
[NonParallelizable]
public sealed class ProfileTests
{
    private const string Consent = "urn:ehrledger:StructureDefinition:consent";

    private static readonly string Examples = Path.Combine(Repository.FindRoot()!, "fhir-profiles", "examples");

    private static TestNode Node => OneNode.Node;

    [TestCase("consent.good-active", "consent.good-proposed")]
    [TestCase("audit-event.good-search", "audit-event.good-revocation")]
    [TestCase("provenance.good-record")]
    [TestCase("observation.good-profiles-of-others", "observation.good-another-version-of-ours")]
    public async Task Is_kept_with_its_profiles(params string[] files)
    {
        var patient = await Node.RegisterPatientAsync("Profiled");
        foreach (var file in files)
        {
            var sent = await ReadAsync(file, patient);
            var kept = await Node.CreateAsync(sent);

            Assert.That(kept.Status, Is.EqualTo(201), kept.Text);
            var read = await Node.GetAsync($"{kept.Json["resourceType"]}/{kept.Id}");
            Assert.That(JsonNode.DeepEquals(read.Json["meta"]!["profile"], sent["meta"]!["profile"]), Is.True, read.Text);
        }
    }

    [TestCase("consent.bad-missing-actor")]
    [TestCase("consent.bad-unknown-purpose")]
    [TestCase("consent.bad-active-off-the-ledger")]
    [TestCase("audit-event.bad-search-without-question")]
    [TestCase("provenance.bad-unsigned")]
    [TestCase("observation.bad-profile-of-another-type")]
    [TestCase("list.bad-contained")]
    public async Task Is_refused_as_its_outcome_says(string file)
    {
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Examples, file + ".outcome.json")))!["issue"]![0]!;
        var patient = await Node.RegisterPatientAsync("Refused");
        var sent = await ReadAsync(file, patient);

        var refused = await Node.CreateAsync(sent);
        refused.AssertIsOutcome(422);
        Assert.That(JsonNode.DeepEquals(refused.Json["issue"]![0], expected), Is.True, refused.Text);

        var judged = await Node.CallAsync(HttpMethod.Post, $"/fhir/{sent["resourceType"]}/$validate", sent.ToJsonString());
        Assert.That(judged.Status, Is.EqualTo(200));
        Assert.That(JsonNode.DeepEquals(judged.Json["issue"]![0], expected), Is.True, judged.Text);
    }

    [Test]
    public async Task No_other_way_in_is_open()
    {
        var patient = await Node.RegisterPatientAsync("Ways");
        var bad = await ReadAsync("consent.bad-missing-actor", patient);
        var kept = await Node.CreateAsync(await ReadAsync("consent.good-active", patient));
        var other = await Node.CreateAsync(await ReadUnprofiledAsync("consent.bad-missing-actor", patient));
        Assert.That((kept.Status, other.Status), Is.EqualTo((201, 201)), other.Text);

        AssertNamesTheActor(await Node.UpdateAsync(bad.DeepClone().AsObject().With("id", kept.Id)), "Consent");
        AssertNamesTheActor(await Node.CallAsync(HttpMethod.Put, $"/fhir/Consent?_id={kept.Id}", bad.ToJsonString()), "Consent");
        AssertNamesTheActor(await PatchAsync(kept.Id, """[{"op":"remove","path":"/provision/actor"}]"""), "Consent");
        AssertNamesTheActor(
            await Node.CallAsync(HttpMethod.Post, $"/fhir/Consent/{other.Id}/$meta-add", $$$"""{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"profile":["{{{Consent}}}"]}}]}"""), "Consent");
        AssertNamesTheActor(await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("POST", "Observation", Resources.Observation(patient)), Resources.Entry("POST", "Consent", bad))), "Bundle.entry[1].resource");

        var batch = await Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("POST", "Observation", Resources.Observation(patient)), Resources.Entry("POST", "Consent", bad.DeepClone().AsObject())));
        Assert.That(batch.Json["entry"]!.AsArray().Select(entry => ((string)entry!["response"]!["status"]!)[..3]), Is.EqualTo(new[] { "201", "422" }), batch.Text);
        Assert.That((string?)batch.Json["entry"]![1]!["response"]!["outcome"]!["issue"]![0]!["expression"]![0], Is.EqualTo("Bundle.entry[1].resource.provision.actor"));

        var stored = await Node.CreateAsync(Resources.Parse($$"""{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:4f8b1d1e-7c5d-4a8e-9d3b-0c5a1e6f2a12","resource":{{bad.ToJsonString()}} }]}"""));
        AssertNamesTheActor(stored, "Bundle.entry[0].resource");
        Assert.That((await Node.GetAsync($"Consent/{kept.Id}")).ETag, Is.EqualTo("W/\"1\""));
        Assert.That((await Node.GetAsync($"Consent/{other.Id}")).ETag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async Task Several_faults_are_counted_and_validate_names_them()
    {
        var patient = await Node.RegisterPatientAsync("Several");
        var sent = await ReadAsync("consent.bad-missing-actor", patient);
        sent["provision"]!.AsObject().Remove("purpose");
        sent["status"] = "draft";

        var refused = await Node.CreateAsync(sent);
        refused.AssertIsOutcome(422);
        Assert.That(refused.Text, Does.Contain("2 more faults: $validate names them"));
        var judged = await Node.CallAsync(HttpMethod.Post, "/fhir/Consent/$validate?mode=create", sent.ToJsonString());
        Assert.That(Expressions(judged), Is.EquivalentTo(new[] { "Consent.status", "Consent.provision.actor", "Consent.provision.purpose" }));
    }

    [Test]
    public async Task Validate_takes_a_profile_that_the_resource_does_not_name()
    {
        var patient = await Node.RegisterPatientAsync("Asked");
        var sent = await ReadUnprofiledAsync("consent.bad-missing-actor", patient);
        Task<FhirReply> AskAsync(string profile) => Node.CallAsync(HttpMethod.Post, $"/fhir/Consent/$validate?profile={Uri.EscapeDataString(profile)}", sent.ToJsonString());

        Assert.That(Expressions(await AskAsync(Consent)), Is.EqualTo(new[] { "Consent.provision.actor" }));
        Assert.That(Expressions(await AskAsync(Consent + "|1.0.0")), Is.EqualTo(new[] { "Consent.provision.actor" }));
        Assert.That((await AskAsync(Consent + "|0.1.0")).Text, Does.Contain("not-supported"));
        Assert.That((await AskAsync("http://hl7.org/fhir/StructureDefinition/Consent")).Text, Does.Contain("Nothing is wrong with it."));
    }

    [TestCase("StructureDefinition", "ehrledger-consent", Consent)]
    [TestCase("StructureDefinition", "ehrledger-anchor", "urn:ehrledger:StructureDefinition:anchor")]
    [TestCase("CodeSystem", "ehrledger-category", "urn:ehrledger:category")]
    [TestCase("ValueSet", "ehrledger-purpose-of-use", "urn:ehrledger:ValueSet:purpose-of-use")]
    [TestCase("OperationDefinition", "ehrledger-validate", "urn:ehrledger:OperationDefinition:validate")]
    [TestCase("ImplementationGuide", "ehrledger", "urn:ehrledger:ImplementationGuide:ehrledger")]
    public async Task A_definition_is_read_searched_and_never_written(string type, string id, string url)
    {
        var read = await Node.GetAsync($"{type}/{id}");
        Assert.That((read.Status, (string?)read.Json["url"]), Is.EqualTo((200, url)));
        Assert.That((await Node.GetAsync($"{type}?url={url}")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"{type}?_id={id}")).Ids, Is.EqualTo(new[] { id }));
        (await Node.UpdateAsync(read.Json.DeepClone().AsObject())).AssertIsOutcome(405);
        (await Node.DeleteAsync($"{type}/{id}")).AssertIsOutcome(405);
    }

    [Test]
    public async Task Code_systems_of_the_hospital_stand_beside_them()
    {
        var id = await Node.KeepAsync(Resources.Parse("""{"resourceType":"CodeSystem","url":"urn:test:codes","status":"active","content":"not-present"}"""));

        Assert.That((await Node.GetAsync($"CodeSystem?_id={id},ehrledger-tag")).Ids, Is.EquivalentTo(new[] { id, "ehrledger-tag" }));
    }

    /// <summary>An example about a patient of this node, and about one of its records.</summary>
    private static async Task<JsonObject> ReadAsync(string file, string patient)
    {
        var record = await Node.KeepAsync(Resources.Observation(patient));
        var text = await File.ReadAllTextAsync(Path.Combine(Examples, file + ".json"));
        return JsonNode.Parse(text.Replace("Patient/example", $"Patient/{patient}", StringComparison.Ordinal).Replace("Observation/glucose", $"Observation/{record}", StringComparison.Ordinal))!.AsObject();
    }

    private static async Task<JsonObject> ReadUnprofiledAsync(string file, string patient)
    {
        var example = await ReadAsync(file, patient);
        example.Remove("meta");
        return example;
    }

    private static async Task<FhirReply> PatchAsync(string id, string patch)
    {
        using var body = new StringContent(patch, System.Text.Encoding.UTF8, "application/json-patch+json");
        return await Node.SendAsync(HttpMethod.Patch, $"/fhir/Consent/{id}", body);
    }

    private static IEnumerable<string?> Expressions(FhirReply reply) => reply.Json["issue"]!.AsArray().Where(issue => (string?)issue!["severity"] == "error").Select(issue => (string?)issue!["expression"]![0]);

    private static void AssertNamesTheActor(FhirReply reply, string root)
    {
        reply.AssertIsOutcome(422);
        Assert.That(Expressions(reply), Is.EqualTo(new[] { root + ".provision.actor" }));
    }
}
