using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>One resource of a type on a node, and what can be done with it. Each method fails unless the answer is what R4 says.</summary>
internal sealed class Specimen
{
    private const string JsonPatch = "application/json-patch+json";

    private static readonly (string, string) Strict = ("Prefer", "handling=strict");

    private static readonly Dictionary<string, string> ResultValues = new()
    {
        ["_count"] = "1",
        ["_sort"] = "_lastUpdated",
        ["_summary"] = "false",
        ["_total"] = "accurate",
        ["_elements"] = "id",
        ["_contained"] = "false",
        ["_containedType"] = "container",
        ["_text"] = "x",
        ["_content"] = "x",
        ["_list"] = "List/x",
        ["_type"] = "Basic",
        ["_include"] = "*",
        ["_revinclude"] = "Provenance:target",
        ["chromosome-variant-coordinate"] = "x$1$1",
        ["chromosome-window-coordinate"] = "x$1$1",
        ["referenceseqid-variant-coordinate"] = "x$1$1",
        ["referenceseqid-window-coordinate"] = "x$1$1",
    };

    private readonly TestNode _node;
    private readonly string _patient;

    private Specimen(TestNode node, string type, string patient, JsonObject body, string id) => (_node, Type, _patient, Body, Id) = (node, type, patient, body, id);

    public string Type { get; }

    public string Id { get; }

    public JsonObject Body { get; }

    public static async Task<Specimen> MakeAsync(TestNode node, string type, string patient)
    {
        var body = MinimalResource.Of(type, patient);
        var reply = await node.CreateAsync(body);
        Assert.That(reply.Status, Is.EqualTo(201), $"create {type} {body.ToJsonString()}: {reply.Text}");
        Assert.That(reply.ETag, Is.EqualTo("W/\"1\""), type);
        return new Specimen(node, type, patient, body, reply.Id);
    }

    public async Task CreateAsync() => Expect(await _node.CreateAsync(Body), 201, "create");

    public async Task ReadAsync()
    {
        var reply = await _node.GetAsync($"{Type}/{Id}");
        Expect(reply, 200, "read");
        Assert.That((reply.Id, (string?)reply.Json["resourceType"]), Is.EqualTo((Id, Type)));
        Assert.That((string?)reply.Json["meta"]!["versionId"], Is.EqualTo(reply.ETag!.Split('"')[1]), "versioning");
    }

    public async Task UpdateAsync()
    {
        var version = (await _node.GetAsync($"{Type}/{Id}")).ETag!;
        var reply = await _node.UpdateAsync(WithId(Id).With("language", "en"), ("If-Match", version));
        Expect(reply, 200, "update");
        Assert.That(reply.ETag, Is.Not.EqualTo(version));
        Assert.That((await _node.UpdateAsync(WithId(Id), ("If-Match", "W/\"4711\""))).Status, Is.EqualTo(412).Or.EqualTo(409), $"{Type} update of another version");
    }

    public async Task UpdateCreateAsync() => Expect(await _node.UpdateAsync(WithId("walk-" + Guid.NewGuid().ToString("N"))), 201, "update as create");

    /// <summary>An older version is there after a newer one.</summary>
    public async Task ReadHistoryAsync()
    {
        Expect(await _node.UpdateAsync(WithId(Id).With("language", "de")), 200, "update");
        var reply = await _node.GetAsync($"{Type}/{Id}/_history/1");
        Expect(reply, 200, "vread");
        Assert.That((string?)reply.Json["meta"]!["versionId"], Is.EqualTo("1"), Type);
        Assert.That(reply.Json.ContainsKey("language"), Is.False, Type);
    }

    /// <summary>The newest version is there under its number, and one that is past is not.</summary>
    public async Task ReadNewestAsync()
    {
        var updated = await _node.UpdateAsync(WithId(Id).With("language", "de"));
        Expect(updated, 200, "update");
        Expect(await _node.GetAsync($"{Type}/{Id}/_history/{updated.ETag!.Split('"')[1]}"), 200, "vread of the newest");
        Expect(await _node.GetAsync($"{Type}/{Id}/_history/1"), 404, "vread of one that is past");
    }

    public Task PatchAsync() => PatchAsync(JsonPatch);

    public async Task PatchAsync(string format)
    {
        var body = format switch
        {
            JsonPatch => """[{"op":"add","path":"/language","value":"fr"}]""",
            "application/fhir+json" => $$"""{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"{{Type}}"},{"name":"name","valueString":"language"},{"name":"value","valueCode":"fr"}]}]}""",
            "application/fhir+xml" => $"""<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="{Type}"/></part><part><name value="name"/><valueString value="language"/></part><part><name value="value"/><valueCode value="fr"/></part></parameter></Parameters>""",
            _ => null,
        };
        Assert.That(body, Is.Not.Null, $"The CapabilityStatement declares the patch format {format}, and Specimen has no body for it: add one.");
        var made = await MakeAsync(_node, Type, _patient);
        var reply = await _node.SendAsync(HttpMethod.Patch, $"/fhir/{Type}/{made.Id}", new StringContent(body!, Encoding.UTF8, format));
        Expect(reply, 200, "patch");
        Assert.That((string?)(await _node.GetAsync($"{Type}/{made.Id}")).Json["language"], Is.EqualTo("fr"), $"{Type} patch as {format}");
    }

    public async Task HistoryAsync(string path)
    {
        var reply = await _node.GetAsync(path);
        Expect(reply, 200, "history");
        Assert.That((string?)reply.Json["type"], Is.EqualTo("history"), path);
        Assert.That(reply.Json["entry"]!.AsArray(), Is.Not.Empty, path);
    }

    public async Task SearchTypeAsync()
    {
        Assert.That((await _node.GetAsync($"{Type}?_id={Id}", Strict)).Ids, Is.EqualTo(new[] { Id }), $"{Type} search");
        var posted = await _node.SendAsync(HttpMethod.Post, $"/fhir/{Type}/_search", new FormUrlEncodedContent([new("_id", Id)]));
        Assert.That(posted.Ids, Is.EqualTo(new[] { Id }), $"{Type} search by POST");
    }

    public async Task SearchSystemAsync() => Assert.That((await _node.CallAsync(HttpMethod.Get, $"/fhir?_type={Type}&_id={Id}", null, Strict)).Ids, Is.EqualTo(new[] { Id }));

    /// <summary>The parameter takes part: it stands in the self link, and a resource is either with or without a value of it.</summary>
    public async Task SearchAsync(JsonObject parameter)
    {
        var name = (string)parameter["name"]!;
        var value = ResultValues.GetValueOrDefault(name) ?? (string)parameter["type"]! switch
        {
            "number" or "quantity" => "1",
            "date" => "2020",
            "reference" => $"Patient/{_patient}",
            "uri" => "urn:oid:1.2.3",
            "composite" => "x$2020",
            "special" => "1|1|1|km",
            _ => "x",
        };
        var reply = await _node.GetAsync($"{Type}?_id={Id}&{name}={Uri.EscapeDataString(value)}", Strict);
        Expect(reply, 200, $"search by {name}");
        Assert.That(reply.Json["link"]!.AsArray().First(link => (string?)link!["relation"] == "self")!["url"]!.ToString(), Does.Contain(name + "="), $"{Type} {name}");
        if (parameter["definition"] is not null && (string)parameter["type"]! is not ("special" or "composite") && !ResultValues.ContainsKey(name))
        {
            var with = (await _node.GetAsync($"{Type}?_id={Id}&{name}:missing=false", Strict)).Ids;
            var without = (await _node.GetAsync($"{Type}?_id={Id}&{name}:missing=true", Strict)).Ids;
            Assert.That(with.Concat(without), Is.EqualTo(new[] { Id }), $"{Type} {name}:missing");
        }
    }

    public async Task IncludeAsync(string parameter, JsonArray values)
    {
        foreach (var value in values)
        {
            Expect(await _node.GetAsync($"{Type}?_id={Id}&{parameter}={value}", Strict), 200, $"{parameter} {value}");
        }
    }

    public async Task ConditionalCreateAsync()
    {
        var reply = await _node.CreateAsync(Body, ("If-None-Exist", $"_id={Id}"));
        Expect(reply, 200, "conditional create");
        Assert.That(reply.Id, Is.EqualTo(Id));
    }

    public async Task ConditionalUpdateAsync() =>
        Expect(await _node.CallAsync(HttpMethod.Put, $"/fhir/{Type}?_id={Id}", Body.ToJsonString()), 200, "conditional update");

    public async Task ConditionalReadAsync(string how)
    {
        Assert.That(how, Is.AnyOf("modified-since", "not-match", "full-support"), $"{Type} conditional read");
        var etag = (await _node.GetAsync($"{Type}/{Id}")).ETag!;
        if (how != "modified-since")
        {
            Expect(await _node.GetAsync($"{Type}/{Id}", ("If-None-Match", etag)), 304, "If-None-Match");
        }

        if (how != "not-match")
        {
            Expect(await _node.GetAsync($"{Type}/{Id}", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")), 304, "If-Modified-Since");
        }
    }

    public async Task ConditionalDeleteAsync()
    {
        var other = await MakeAsync(_node, Type, _patient);
        Expect(await _node.DeleteAsync($"{Type}?_id={other.Id}"), 204, "conditional delete");
        Expect(await _node.GetAsync($"{Type}/{other.Id}"), 410, "read after conditional delete");
    }

    public async Task DeleteAsync()
    {
        Expect(await _node.DeleteAsync($"{Type}/{Id}"), 204, "delete");

        // A Subscription is no record: when it is gone, it never was.
        Expect(await _node.GetAsync($"{Type}/{Id}"), Type == "Subscription" ? 404 : 410, "read after delete");
    }

    public async Task BundleAsync(string type)
    {
        var reply = await _node.PostBundleAsync(Resources.Bundle(type, Resources.Entry("POST", Type, Body.DeepClone().AsObject())));
        Expect(reply, 200, type);
        Assert.That((string?)reply.Json["type"], Is.EqualTo(type + "-response"));
        Assert.That((string?)reply.Json["entry"]![0]!["response"]!["status"], Does.StartWith("201"), type);
    }

    /// <summary>Of something that is not there: answered, and empty.</summary>
    public async Task EmptyCompartmentAsync(string compartment)
    {
        var reply = await _node.GetAsync($"{char.ToUpperInvariant(compartment[0])}{compartment[1..]}/none/Observation");
        Expect(reply, 200, $"compartment {compartment}");
        Assert.That(reply.Ids, Is.Empty, compartment);
    }

    public async Task CompartmentAsync()
    {
        var made = await MakeAsync(_node, "Condition", _patient);
        Assert.That((await _node.GetAsync($"Patient/{_patient}/Condition?_count=1000")).Ids, Does.Contain(made.Id));
    }

    private JsonObject WithId(string id) => Body.DeepClone().AsObject().With("id", id);

    private void Expect(FhirReply reply, int status, string what) => Assert.That(reply.Status, Is.EqualTo(status), () => $"{Type} {what}: {reply.Text}");
}
