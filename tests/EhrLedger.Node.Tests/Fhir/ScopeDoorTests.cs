using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>
/// Each way by which a caller could hear of what its scopes leave out. A patient has a laboratory result, which the caller may see, and a vital sign and a diagnosis, which it may not: whatever it asks, it hears no more
/// than of somebody who has the laboratory result alone.
/// </summary>
[NonParallelizable]
public sealed class ScopeDoorTests
{
    private const string Filtered = "system/Observation.cruds?category=laboratory system/Patient.rs";
    private static readonly (string, string) Caller = ("X-Acting-Scope", Filtered);

    private string _patient = "";
    private string _shown = "";
    private string _hidden = "";
    private string _diagnosis = "";
    private string _key = "";

    private static TestNode Node => OneNode.Node;

    [SetUp]
    public async Task WriteAsync()
    {
        _patient = await Node.RegisterPatientAsync("Scope doors");
        _key = Guid.NewGuid().ToString("N");
        _shown = await Node.KeepAsync(Resources.Observation(_patient));
        _hidden = await Node.KeepAsync(Resources.Observation(_patient, category: "vital-signs").With("identifier", new JsonArray(new JsonObject { ["system"] = "urn:doors", ["value"] = _key })));
        _diagnosis = await Node.KeepAsync(Resources.Condition(_patient));
    }

    [TestCase("_total=accurate")]
    [TestCase("_summary=count")]
    [TestCase("_count=0")]
    public async Task Totals(string count) => Assert.That((int?)(await AskAsync($"Observation?patient={_patient}&{count}")).Json["total"], Is.EqualTo(1));

    [TestCase("_sort=category")]
    [TestCase("_count=1")]
    [TestCase("_include=Observation:patient&_include:iterate=Observation:has-member")]
    [TestCase("_revinclude=Condition:evidence-detail")]
    public async Task Searches(string with)
    {
        var answer = await AskAsync($"Observation?patient={_patient}&{with}");
        Assert.That(answer.Ids, Is.EqualTo(new[] { _shown }));
        Assert.That(answer.Included.Select(one => (string)one["resourceType"]!), Is.SubsetOf(new[] { "Patient" }));
        Assert.That(answer.Json["link"]!.AsArray().Select(link => (string)link!["relation"]!), Does.Not.Contain("next"));
    }

    [TestCase("_has:Condition:patient:code=44054006")]
    [TestCase("_has:Observation:patient:category=vital-signs")]
    public async Task Reverse_chains(string chain) => Assert.That((await AskAsync($"Patient?_id={_patient}&{chain}")).Ids, Is.Empty);

    [Test]
    public async Task Reads_of_it_its_versions_history_and_labels()
    {
        foreach (var rest in (string[])["", "/_history", "/_history/1", "/$meta", "/$validate"])
        {
            var (hidden, never) = (await AskAsync($"Observation/{_hidden}{rest}"), await AskAsync($"Observation/never-written{rest}"));
            Assert.That((hidden.Status, hidden.Text, hidden.ETag), Is.EqualTo((404, never.Text, never.ETag)), rest);
        }

        await Node.DeleteAsync($"Observation/{_hidden}");
        Assert.That((await AskAsync($"Observation/{_hidden}")).Text, Is.EqualTo((await AskAsync("Observation/never-written")).Text), "deleted");
    }

    [Test]
    public async Task Conditions()
    {
        var condition = $"identifier=urn:doors|{_key}";
        Assert.That((await Node.CreateAsync(Resources.Observation(_patient), ("If-None-Exist", condition), Caller)).Status, Is.EqualTo(201), "as if it were not there");
        Assert.That((await Node.DeleteAsync($"Observation?{condition}", Caller)).Status, Is.EqualTo(204));
        Assert.That((await Node.GetAsync($"Observation/{_hidden}")).Status, Is.EqualTo(200), "and it still is");
    }

    [Test]
    public async Task Entries_of_a_batch()
    {
        var bundle = Resources.Bundle(
            "batch", Resources.Entry("GET", $"Observation/{_hidden}"), Resources.Entry("GET", "Observation/never-written"), Resources.Entry("GET", $"Observation?patient={_patient}&_summary=count"), Resources.Entry("DELETE", $"Observation/{_hidden}"));
        var entries = (await Node.PostBundleAsync(bundle, Caller)).Json["entry"]!.AsArray();
        Assert.That(entries[0]!["response"]!.ToJsonString(), Is.EqualTo(entries[1]!["response"]!.ToJsonString()));
        Assert.That((int?)entries[2]!["resource"]!["total"], Is.EqualTo(1));
        Assert.That((await Node.GetAsync($"Observation/{_hidden}")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Page_links_of_wider_scopes()
    {
        var page = await Node.GetAsync($"Observation?patient={_patient}&_count=1");
        var next = page.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!.ToString();
        (await Node.CallAsync(HttpMethod.Get, next, null, Caller)).AssertIsOutcome(410);
        Assert.That((await Node.CallAsync(HttpMethod.Get, next, null)).Status, Is.EqualTo(200));
    }

    [TestCase("Observation/_history")]
    [TestCase("_history")]
    public async Task Histories(string history)
    {
        (string, string) caller = ("X-Acting-Scope", $"system/Observation.rs?identifier=urn:doors|{_key}");
        await Node.KeepAsync(Resources.Observation(_patient));
        var page = await Node.GetAsync($"{history}?_count=1", caller);
        Assert.That(page.Json["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["id"]!), Is.EqualTo(new[] { _hidden }), "what was written before and after it fills no page");
        Assert.That(page.Json["link"]!.AsArray().Select(link => (string)link!["relation"]!), Is.EqualTo(new[] { "self" }), "nor has one to follow");
        var older = (string)(await Node.GetAsync($"{history}?_count=1")).Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        Assert.That(older.Split("_page=")[1], Has.Length.GreaterThan(40).And.Not.Contains(DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString()[..6]), "a link tells neither time nor place");
    }

    [Test]
    public async Task Everything() => Assert.That((await AskAsync($"Patient/{_patient}/$everything")).Ids, Is.EquivalentTo(new[] { _patient, _shown }));

    [Test]
    public Task Every_way_to_ask_about_one() => Doors.AreAllShutAsync(Node, "Observation", _hidden, "never-written", Caller);

    [TestCase("Observation?identifier=urn:doors|{id}")]
    [TestCase("Patient?_has:Observation:patient:identifier=urn:doors|{id}")]
    [TestCase("Observation?code=718-7&has-member.identifier=urn:doors|{id}")]
    public Task Every_search_that_it_alone_matches(string search) => Doors.SearchesAreShutAsync(Node, search, _key, "never-kept", Caller);

    [Test]
    public async Task Exports()
    {
        var export = $"Patient/$export?patient=Patient/{_patient}";
        var lines = await Node.ExportAsync(export, Caller);
        Assert.That(lines.Names(), Is.EquivalentTo(new[] { $"Patient/{_patient}", $"Observation/{_shown}" }));
        Assert.That(lines.Select(line => line.ToJsonString()), Has.None.Contains(_hidden).And.None.Contains(_diagnosis));
        Assert.That((await Node.ExportManifestAsync($"{export}&_typeFilter={Uri.EscapeDataString($"Observation?identifier=urn:doors|{_key}")}&_type=Observation", Caller)).Tells(), Is.Empty, "a search for it");
        var since = $"{export}&_type=Observation&_since={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddHours(-1).ToString("O"))}";
        var before = (await Node.ExportManifestAsync(since, Caller)).Tells().ToList();
        Assert.That(before, Has.Count.EqualTo(1).And.All.StartsWith("output Observation "));
        await Node.DeleteAsync($"Observation/{_hidden}");
        Assert.That((await Node.ExportManifestAsync(since, Caller)).Tells(), Is.EqualTo(before), "that it was deleted");
        Assert.That((await Node.ExportManifestAsync(since)).Tells(), Does.Contain("deleted Bundle 1"), "which others are told");
    }

    [Test]
    public async Task Exports_of_callers_with_wider_scopes()
    {
        var begun = await Node.BeginExportAsync($"Patient/$export?patient=Patient/{_patient}");
        var file = new Uri((string)(await Node.EndOfExportAsync(begun.Path))["output"]![0]!["url"]!).PathAndQuery;
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Delete])
        {
            var never = await Node.SendExportAsync(method, $"/fhir/$export/{new string('0', 32)}", null, Caller);
            Assert.That((never.Status, await Node.SendExportAsync(method, begun.Path, null, Caller)), Is.EqualTo((404, never)));
        }

        Assert.That((await Node.SendExportAsync(HttpMethod.Get, file, null, Caller)).Text, Is.EqualTo((await Node.SendExportAsync(HttpMethod.Get, $"/fhir/$export/{new string('0', 32)}/{new string('0', 32)}", null, Caller)).Text));
        Assert.That((await Node.SendExportAsync(HttpMethod.Get, file)).Status, Is.EqualTo(200), "and it is still there");
        await Node.SendExportAsync(HttpMethod.Delete, begun.Path);
    }

    [TestCase("$meta-add")]
    [TestCase("$meta-delete")]
    public async Task Labels_of_what_may_be_changed_and_not_read(string operation)
    {
        var labelled = await Node.KeepAsync(Resources.Observation(_patient).With("meta", JsonNode.Parse("""{ "security": [{ "system": "urn:doors", "code": "secret-label" }] }""")));
        var body = """{ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": { "tag": [{ "system": "urn:doors", "code": "x" }] } }] }""";
        var answer = await Node.CallAsync(HttpMethod.Post, $"/fhir/Observation/{labelled}/{operation}", body, ("X-Acting-Scope", "system/Observation.u"));
        Assert.That(answer.Status, Is.EqualTo(200), answer.Text);
        Assert.That(answer.Text, Does.Not.Contain("secret-label"));
        Assert.That((await Node.CallAsync(HttpMethod.Post, $"/fhir/Observation/{labelled}/{operation}", body, ("X-Acting-Scope", "system/Observation.ru"))).Text, Does.Contain("secret-label"));
    }

    private static Task<FhirReply> AskAsync(string path) => Node.GetAsync(path, Caller);
}
