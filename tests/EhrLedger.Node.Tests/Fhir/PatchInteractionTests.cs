using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class PatchInteractionTests
{
    private const string JsonPatch = "application/json-patch+json";

    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_json_patch_makes_a_new_version()
    {
        var id = await KeepAsync();
        var patched = await PatchAsync($"Observation/{id}", """[{"op":"replace","path":"/status","value":"amended"}]""", JsonPatch);
        Assert.That(patched.Status, Is.EqualTo(200), patched.Text);
        Assert.That((patched.ETag, patched.Location, (string?)patched.Json["status"]), Is.EqualTo(("W/\"2\"", $"{Node.Endpoint}/fhir/Observation/{id}/_history/2", "amended")));
        Assert.That((await Node.GetAsync($"Observation/{id}")).Text, Is.EqualTo(patched.Text));
    }

    [Test]
    public async Task A_path_patch_makes_a_new_version()
    {
        var id = await KeepAsync();
        var patched = await PatchAsync($"Observation/{id}", Replace("amended"), "application/fhir+json");
        Assert.That((patched.Status, patched.ETag, (string?)patched.Json["status"]), Is.EqualTo((200, "W/\"2\"", "amended")), patched.Text);
    }

    [Test]
    public async Task If_match_holds_it_to_a_version()
    {
        var id = await KeepAsync();
        (await PatchAsync($"Observation/{id}", Replace("amended"), null, ("If-Match", "W/\"7\""))).AssertIsOutcome(412);
        (await PatchAsync($"Observation/{id}", Replace("amended"), null, ("If-Match", "nonsense"))).AssertIsOutcome(400);
        Assert.That((await PatchAsync($"Observation/{id}", Replace("amended"), null, ("If-Match", "W/\"1\""))).ETag, Is.EqualTo("W/\"2\""));
    }

    [Test]
    public async Task What_is_bad_changes_nothing()
    {
        var patient = await Node.RegisterPatientAsync("Bad");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        foreach (var (status, body, type) in new (int, string, string)[]
        {
            (400, "nonsense", JsonPatch),
            (400, "{}", JsonPatch),
            (400, """[{"op":"bogus","path":"/status"}]""", JsonPatch),
            (422, """[{"op":"test","path":"/status","value":"amended"}]""", JsonPatch),
            (422, """[{"op":"remove","path":"/id"}]""", JsonPatch),
            (422, """[{"op":"replace","path":"/status","value":"unheard"}]""", JsonPatch),
            (422, """[{"op":"replace","path":"/subject/reference","value":"Patient/nobody-here"}]""", JsonPatch),
            (400, """{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"y"}]}""", "application/fhir+json"),
            (400, Resources.Observation(patient).ToJsonString(), "application/fhir+json"),
            (422, Replace("unheard"), "application/fhir+json"),
            (415, "<diff/>", "application/xml-patch+xml"),
        })
        {
            (await PatchAsync($"Observation/{id}", body, type)).AssertIsOutcome(status);
        }

        (await PatchAsync($"Observation/{id}", Replace("amended"), null, ("X-Purpose-Of-Use", "not a purpose"))).AssertIsOutcome(400);
        (await PatchAsync("Observation/never-was", Replace("amended"))).AssertIsOutcome(404);
        (await PatchAsync("Observation/00112233445566778899aabbccddeeff", Replace("amended"))).AssertIsOutcome(405);
        (await PatchAsync("NoSuchType/x", Replace("amended"))).AssertIsOutcome(404);
        Assert.That((await Node.GetAsync($"Observation/{id}")).ETag, Is.EqualTo("W/\"1\""));
        await Node.DeleteAsync($"Observation/{id}");
        (await PatchAsync($"Observation/{id}", Replace("amended"))).AssertIsOutcome(410);
    }

    [Test]
    public async Task Side_by_side_none_is_lost()
    {
        var id = await KeepAsync();
        var patch = """[{"op":"add","path":"/category/-","value":{"text":"x"}}]""";
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PatchAsync($"Observation/{id}", patch, JsonPatch)));
        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(200));
        Assert.That((await Node.GetAsync($"Observation/{id}")).Json["category"]!.AsArray(), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task A_condition_names_the_one_resource()
    {
        var patient = await Node.RegisterPatientAsync("ConditionalPatch");
        var code = Guid.NewGuid().ToString("N");
        (await PatchAsync($"Observation?code={code}", Replace("amended"))).AssertIsOutcome(404);
        var id = await Node.KeepAsync(Resources.Observation(patient, code));
        var patched = await PatchAsync($"Observation?code={code}", Replace("amended"));
        Assert.That((patched.Status, patched.Id, patched.ETag), Is.EqualTo((200, id, "W/\"2\"")), patched.Text);
        await Node.KeepAsync(Resources.Observation(patient, code));
        (await PatchAsync($"Observation?code={code}", Replace("final"))).AssertIsOutcome(412);
        (await PatchAsync("Observation?no-such-parameter=1", Replace("final"))).AssertIsOutcome(400);
        (await PatchAsync("Observation", Replace("final"))).AssertIsOutcome(400);
    }

    [TestCase("transaction")]
    [TestCase("batch")]
    public async Task Works_in_a_bundle_in_both_forms(string type)
    {
        var (first, second) = (await KeepAsync(), await KeepAsync());
        var binary = Binary("""[{"op":"replace","path":"/status","value":"amended"}]""");
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            type, Resources.Entry("PATCH", $"Observation/{first}", binary), Resources.Entry("PATCH", $"Observation/{second}", Resources.Parse(Replace("amended")), ifMatch: "W/\"1\"")));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        Assert.That(reply.Json["entry"]!.AsArray().Select(entry => (string?)entry!["response"]!["status"]), Is.All.EqualTo("200 OK"), reply.Text);
        foreach (var id in (string[])[first, second])
        {
            var read = await Node.GetAsync($"Observation/{id}");
            Assert.That((read.ETag, (string?)read.Json["status"]), Is.EqualTo(("W/\"2\"", "amended")));
        }
    }

    [Test]
    public async Task One_that_does_not_fit_stops_a_transaction()
    {
        var (first, second) = (await KeepAsync(), await KeepAsync());
        var transaction = (string status) => Resources.Bundle(
            "transaction", Resources.Entry("PATCH", $"Observation/{first}", Resources.Parse(Replace("amended"))), Resources.Entry("PATCH", $"Observation/{second}", Resources.Parse(Replace(status))));
        (await Node.PostBundleAsync(transaction("unheard"))).AssertIsOutcome(422);
        (await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PATCH", "Observation/never-was", Resources.Parse(Replace("amended")))))).AssertIsOutcome(404);
        Assert.That((await Node.GetAsync($"Observation/{first}")).ETag, Is.EqualTo("W/\"1\""));
        Assert.That((await Node.PostBundleAsync(transaction("amended"))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task In_a_transaction_another_write_that_comes_first_is_a_conflict_and_no_failed_condition()
    {
        var patient = await Node.RegisterPatientAsync("Race");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        var seen = new List<FhirReply>();

        // Each patches first and has much to seal before it writes: sooner or later, and mostly at once, another one comes in between.
        await Eventually.BecomesTrueAsync("two of them meet", async () =>
        {
            seen.AddRange(await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Node.PostBundleAsync(Resources.Bundle(
                "transaction",
                [Resources.Entry("PATCH", $"Observation/{id}", Binary("""[{"op":"add","path":"/category/-","value":{"text":"x"}}]""")), .. Enumerable.Range(0, 20).Select(_ => Resources.Entry("POST", "Observation", Resources.Observation(patient)))])))));
            return seen.Exists(reply => reply.Status != 200);
        });
        Assert.That(seen.Select(reply => reply.Status).Distinct(), Is.EquivalentTo(new[] { 200, 409 }));
        var lost = seen.First(reply => reply.Status == 409);
        lost.AssertIsOutcome(409);
        Assert.That((string?)lost.Json["issue"]![0]!["code"], Is.EqualTo("conflict"));
        Assert.That((await Node.GetAsync($"Observation/{id}")).Json["category"]!.AsArray(), Has.Count.EqualTo(1 + seen.Count(reply => reply.Status == 200)));
        (await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PATCH", $"Observation/{id}", Resources.Parse(Replace("amended")), ifMatch: "W/\"1\"")))).AssertIsOutcome(412);
    }

    [Test]
    public async Task In_batches_side_by_side_none_is_lost()
    {
        var id = await KeepAsync();
        var batch = () => Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("PATCH", $"Observation/{id}", Binary("""[{"op":"add","path":"/category/-","value":{"text":"x"}}]"""))));
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => batch()));
        Assert.That(replies.Select(reply => (string?)reply.Json["entry"]![0]!["response"]!["status"]), Is.All.EqualTo("200 OK"));
        Assert.That((await Node.GetAsync($"Observation/{id}")).Json["category"]!.AsArray(), Has.Count.EqualTo(5));
    }

    private static IEnumerable<TestCaseData> PatchesThatPoint()
    {
        JsonObject Path(string type, string path, string parts) => Resources.Parse(
            $$"""{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"{{type}}"},{"name":"path","valueString":"{{path}}"},{{parts}}]}]}""");
        yield return new TestCaseData(Binary($$"""[{"op":"add","path":"/performer","value":[{"reference":"{{Urn}}"}]}]""")).SetArgDisplayNames("in an object of a JSON Patch");
        yield return new TestCaseData(Binary($$"""[{"op":"add","path":"/performer","value":[{"display":"x"}]},{"op":"add","path":"/performer/0/reference","value":"{{Urn}}"}]""")).SetArgDisplayNames("as the value of a JSON Patch");
        yield return new TestCaseData(Path("add", "Observation", $$"""{"name":"name","valueString":"performer"},{"name":"value","valueReference":{"reference":"{{Urn}}" } }""")).SetArgDisplayNames("as a Reference of a FHIRPath patch");
        yield return new TestCaseData(Path("replace", "Observation.performer[0].reference", $$"""{"name":"value","valueString":"{{Urn}}"}""")).SetArgDisplayNames("as a string of a FHIRPath patch");
    }

    private const string Urn = "urn:uuid:9b1d6a3e-0000-4000-8000-00000000000a";

    [TestCaseSource(nameof(PatchesThatPoint))]
    public async Task What_it_points_at_by_fullUrl_becomes_the_resource(JsonObject patch)
    {
        var sent = Resources.Observation(await Node.RegisterPatientAsync("Pointing"));
        var replaces = patch.ToJsonString().Contains("performer[0]", StringComparison.Ordinal);
        var id = await Node.KeepAsync(replaces ? sent.With("performer", new JsonArray(new JsonObject { ["reference"] = "Practitioner/before" })) : sent);
        var bundle = (string type) => Resources.Bundle(
            type,
            Resources.Entry("PATCH", $"Observation/{id}", patch.DeepClone().AsObject()),
            Resources.Entry("POST", "Practitioner", Resources.Practitioner("Named", Guid.NewGuid().ToString("N")), Urn));

        // Entries of a batch do not see each other.
        var batch = await Node.PostBundleAsync(bundle("batch"));
        Assert.That((string?)batch.Json["entry"]![0]!["response"]!["status"], Is.EqualTo("400 Bad Request"), batch.Text);
        var reply = await Node.PostBundleAsync(bundle("transaction"));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var practitioner = ((string)reply.Json["entry"]![1]!["response"]!["location"]!).Split("/_history")[0];
        Assert.That((string?)(await Node.GetAsync($"Observation/{id}")).Json["performer"]![0]!["reference"], Is.EqualTo(practitioner));
    }

    [TestCase("""[{"op":"add","path":"/performer","value":"\ud800"}]""", 422)]
    [TestCase("""[{"op":"add","path":"/\ud800","value":"urn:uuid:x"}]""", 400)]
    [TestCase("""[{"op":"add","path":"/performer","path":"/performer","value":"urn:uuid:x"}]""", 400)]
    [TestCase("""[{"op":"add","path":"/performer","value":""", 400)]
    [TestCase("""[null,1,{"value":"urn:uuid:x"}]""", 400)]
    public async Task What_is_no_json_patch_is_refused_in_a_transaction(string patch, int status) =>
        (await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PATCH", $"Observation/{await KeepAsync()}", Binary(patch))))).AssertIsOutcome(status);

    private static JsonObject Binary(string patch) => new()
    {
        ["resourceType"] = "Binary",
        ["contentType"] = JsonPatch,
        ["data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)),
    };

    private static async Task<string> KeepAsync() => await Node.KeepAsync(Resources.Observation(await Node.RegisterPatientAsync("Patch")));

    private static Task<FhirReply> PatchAsync(string path, string body, string? type = null, params (string Name, string Value)[] headers) =>
        Node.SendAsync(HttpMethod.Patch, $"/fhir/{path}", new StringContent(body, Encoding.UTF8, type ?? "application/fhir+json"), headers);

    private static string Replace(string status) =>
        $$"""{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.status"},{"name":"value","valueCode":"{{status}}"}]}]}""";
}
