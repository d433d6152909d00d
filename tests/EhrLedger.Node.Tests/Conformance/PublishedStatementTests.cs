using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Fhir.Json;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>fhir-profiles/CapabilityStatement.json is what a node serves, without what is each node's own: when it started, who runs it, where it answers, its version.</summary>
public sealed class PublishedStatementTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Compact = new(Readable) { WriteIndented = false };

    private TestConsortium _consortium = null!;

    private static string PublishedFile => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "fhir-profiles", "CapabilityStatement.json");

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(1);

    [OneTimeTearDown]
    public void Stop() => _consortium?.Dispose();

    [Test]
    public async Task Is_what_a_node_serves()
    {
        var published = (await File.ReadAllTextAsync(PublishedFile)).Split('\n');
        var served = (await ServedAsync()).Split('\n');

        Assert.That(FhirJson.Parse(await File.ReadAllBytesAsync(PublishedFile)), Is.InstanceOf<ParsedResource.Accepted>());
        Assert.That(served.Except(published).Select(Short), Is.Empty, "served, and not in the file");
        Assert.That(published.Except(served).Select(Short), Is.Empty, "in the file, and not served");
        Assert.That(served, Is.EqualTo(published));
    }

    [Test]
    [Explicit("Writes what a node serves now; look at the difference before keeping it.")]
    public async Task Write_it()
    {
        await File.WriteAllTextAsync(PublishedFile, await ServedAsync());
        Assert.That(File.Exists(PublishedFile), Is.True);
    }

    /// <summary>A line for each resource type.</summary>
    private async Task<string> ServedAsync()
    {
        var statement = (await _consortium.Sequencer.GetAsync("metadata")).Json.DeepClone().AsObject();
        statement["date"] = "2026-11-28";
        statement["publisher"] = "EhrLedger";
        statement["software"]!.AsObject().Remove("version");
        statement["implementation"] = new JsonObject { ["description"] = "EhrLedger node" };
        var rest = statement["rest"]![0]!.AsObject();
        var lines = rest["resource"]!.AsArray().Select(resource => resource!.ToJsonString(Compact)).ToList();
        rest["resource"] = "RESOURCES";
        return statement.ToJsonString(Readable).Replace("\"RESOURCES\"", $"[\n{string.Join(",\n", lines)}\n]", StringComparison.Ordinal).Replace(_consortium.Sequencer.Endpoint, "http://127.0.0.1:5080", StringComparison.Ordinal) + "\n";
    }

    private static string Short(string line) => line.Length <= 120 ? line : line[..120] + "…";
}
