using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>FHIR over HTTP as a hospital's system speaks it, with nothing of the FHIR SDK in between.</summary>
internal static class FhirCalls
{
    public static Task<FhirReply> CreateAsync(this TestNode node, JsonObject resource, params (string Name, string Value)[] headers) =>
        node.CallAsync(HttpMethod.Post, $"/fhir/{resource["resourceType"]}", resource.ToJsonString(), headers);

    public static Task<FhirReply> UpdateAsync(this TestNode node, JsonObject resource, params (string Name, string Value)[] headers) =>
        node.CallAsync(HttpMethod.Put, $"/fhir/{resource["resourceType"]}/{resource["id"]}", resource.ToJsonString(), headers);

    public static Task<FhirReply> GetAsync(this TestNode node, string path, params (string Name, string Value)[] headers) => node.CallAsync(HttpMethod.Get, $"/fhir/{path}", null, headers);

    public static Task<FhirReply> DeleteAsync(this TestNode node, string path, params (string Name, string Value)[] headers) => node.CallAsync(HttpMethod.Delete, $"/fhir/{path}", null, headers);

    public static Task<FhirReply> PostBundleAsync(this TestNode node, JsonObject bundle, params (string Name, string Value)[] headers) =>
        node.CallAsync(HttpMethod.Post, "/fhir", bundle.ToJsonString(), headers);

    public static Task<FhirReply> CallAsync(this TestNode node, HttpMethod method, string path, string? body, params (string Name, string Value)[] headers) =>
        node.SendAsync(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json")), headers);

    public static async Task<FhirReply> SendAsync(this TestNode node, HttpMethod method, string path, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await node.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new FhirReply(
            (int)response.StatusCode, text, response.Content.Headers.ContentType?.ToString(), response.Headers.ETag?.ToString(), response.Headers.Location?.ToString(), response.Content.Headers.LastModified)
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    /// <summary>Every page of a search, in order.</summary>
    public static async Task<List<List<string>>> ReadPagesAsync(this TestNode node, string search)
    {
        var pages = new List<List<string>>();
        for (var next = $"/fhir/{search}"; next is not null;)
        {
            var page = await node.CallAsync(HttpMethod.Get, next, null);
            Assert.That(page.Status, Is.EqualTo(200), page.Text);
            pages.Add(page.Ids);
            next = page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"]?.ToString();
        }

        return pages;
    }

    /// <summary>A new patient by this family name; its id.</summary>
    public static async Task<string> RegisterPatientAsync(this TestNode node, string family, string? identifier = null)
    {
        var reply = await node.CreateAsync(Resources.Patient(family, identifier));
        Assert.That(reply.Status, Is.EqualTo(201), reply.Text);
        return reply.Id;
    }

    /// <summary>A new resource that the node takes; its id.</summary>
    public static async Task<string> KeepAsync(this TestNode node, JsonObject resource)
    {
        var reply = await node.CreateAsync(resource);
        Assert.That(reply.Status, Is.EqualTo(201), reply.Text);
        return reply.Id;
    }
}

/// <summary>A FHIR answer.</summary>
internal sealed record FhirReply(int Status, string Text, string? ContentType, string? ETag, string? Location, DateTimeOffset? LastModified)
{
    public TimeSpan? RetryAfter { get; init; }

    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();

    public string Id => (string)Json["id"]!;

    /// <summary>Ids of a searchset's matches, in order.</summary>
    public List<string> Ids => [.. Matches.Select(resource => (string)resource["id"]!)];

    /// <summary>Matches of a searchset, in order. Anything but a searchset fails the test.</summary>
    public List<JsonObject> Matches
    {
        get
        {
            Assert.That((Status, (string?)Json["type"]), Is.EqualTo((200, "searchset")), Text);
            return [.. InMode("match")];
        }
    }

    /// <summary>What a searchset has beside its matches, in order.</summary>
    public List<JsonObject> Included => [.. InMode("include")];

    /// <summary>Codes of the warnings that a searchset has beside its matches.</summary>
    public List<string> Warnings =>
        [.. (Json["entry"]?.AsArray() ?? []).Where(entry => (string?)entry!["search"]?["mode"] == "outcome").SelectMany(entry => entry!["resource"]!["issue"]!.AsArray()).Select(issue => (string)issue!["code"]!)];

    private IEnumerable<JsonObject> InMode(string mode) =>
        (Json["entry"]?.AsArray() ?? []).Where(entry => (string?)entry!["search"]?["mode"] == mode).Select(entry => entry!["resource"]!.AsObject());

    /// <summary>Whether it is an OperationOutcome with an error, and nothing of the node's insides in it.</summary>
    public void AssertIsOutcome(int status)
    {
        Assert.That(Status, Is.EqualTo(status), Text);
        Assert.That(ContentType, Does.StartWith("application/fhir+json"));
        Assert.That((string?)Json["resourceType"], Is.EqualTo("OperationOutcome"), Text);
        Assert.That(Json["issue"]!.AsArray(), Is.Not.Empty);
        Assert.That((string?)Json["issue"]![0]!["severity"], Is.EqualTo("error"));
        AssertTellsNothing();
    }

    public void AssertTellsNothing()
    {
        foreach (var inside in (string[])["Exception", "   at ", ".cs:line", "EhrLedger.", "Hl7.Fhir", "System.", "Microsoft.", "Newtonsoft", "SQLite", "/src/", "/tmp/"])
        {
            Assert.That(Text, Does.Not.Contain(inside));
        }
    }
}

/// <summary>Resources as tests need them.</summary>
internal static class Resources
{
    public static JsonObject Patient(string family, string? identifier = null) => Parse($$"""
        {
          "resourceType": "Patient",
          "identifier": [{ "system": "urn:test:mrn", "value": "{{identifier ?? Guid.NewGuid().ToString("N")}}" }],
          "name": [{ "family": "{{family}}", "given": ["Ada"] }],
          "gender": "female",
          "birthDate": "1971-03-09"
        }
        """);

    public static JsonObject Observation(string patient, string code = "718-7", string when = "2024-05-06T07:08:09+02:00", string category = "laboratory", double value = 12.5) => Parse($$"""
        {
          "resourceType": "Observation",
          "status": "final",
          "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "{{category}}" }] }],
          "code": { "coding": [{ "system": "http://loinc.org", "code": "{{code}}" }] },
          "subject": { "reference": "Patient/{{patient}}" },
          "effectiveDateTime": "{{when}}",
          "valueQuantity": { "value": {{JsonSerializer.Serialize(value)}}, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL" }
        }
        """);

    public static JsonObject Condition(string patient, string code = "44054006") => Parse($$"""
        {
          "resourceType": "Condition",
          "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "{{code}}" }] },
          "subject": { "reference": "Patient/{{patient}}" },
          "onsetDateTime": "2019-02-03"
        }
        """);

    public static JsonObject Practitioner(string family, string identifier) => Parse($$"""
        { "resourceType": "Practitioner", "identifier": [{ "system": "urn:test:npi", "value": "{{identifier}}" }], "name": [{ "family": "{{family}}" }] }
        """);

    public static JsonObject Bundle(string type, params JsonObject[] entries) =>
        new() { ["resourceType"] = "Bundle", ["type"] = type, ["entry"] = new JsonArray([.. entries]) };

    /// <summary>A Bundle's entry.</summary>
    public static JsonObject Entry(string method, string url, JsonObject? resource = null, string? fullUrl = null, string? ifNoneExist = null, string? ifMatch = null)
    {
        var request = new JsonObject { ["method"] = method, ["url"] = url };
        if (ifNoneExist is not null)
        {
            request["ifNoneExist"] = ifNoneExist;
        }

        if (ifMatch is not null)
        {
            request["ifMatch"] = ifMatch;
        }

        var entry = new JsonObject { ["request"] = request };
        if (resource is not null)
        {
            entry["resource"] = resource;
        }

        if (fullUrl is not null)
        {
            entry["fullUrl"] = fullUrl;
        }

        return entry;
    }

    public static JsonObject With(this JsonObject resource, string name, JsonNode? value)
    {
        resource[name] = value;
        return resource;
    }

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
