using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Whole patients of Synthea, as a hospital would import them: the Bundles of hospitals and practitioners first.</summary>
[NonParallelizable]
public sealed class SyntheaTests
{
    private static readonly Dictionary<string, int> Directory = [];
    private static readonly List<string?> Again = [];

    private static TestNode Node => OneNode.Node;

    private static IEnumerable<TestCaseData> Patients() => Files().Where(file => !IsDirectory(file)).Select(file => new TestCaseData(file).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file)));

    [OneTimeSetUp]
    public async Task ImportDirectoryAsync()
    {
        foreach (var file in Files().Where(IsDirectory).Order(StringComparer.Ordinal))
        {
            await ImportAsync(Read(file));

            // What says ifNoneExist is there once, however often it is sent.
            var reply = await Node.PostBundleAsync(Read(file));
            var conditional = Read(file)["entry"]!.AsArray().Select(entry => entry!["request"]!["ifNoneExist"] is not null);
            Again.AddRange(reply.Json["entry"]!.AsArray().Zip(conditional).Where(pair => pair.Second).Select(pair => (string?)pair.First!["response"]!["status"]));
        }
    }

    [TestCaseSource(nameof(Patients))]
    public async Task Is_imported_whole(string file)
    {
        var bundle = Read(file);
        var patient = await ImportAsync(bundle);
        var metadata = await Node.GetAsync("metadata");
        var byPatient = metadata.Json["rest"]![0]!["resource"]!.AsArray()
            .Where(type => type!["searchParam"]?.AsArray().Any(parameter => (string?)parameter!["name"] == "patient") is true)
            .Select(type => (string)type!["type"]!)
            .ToHashSet();
        foreach (var sent in bundle["entry"]!.AsArray().Select(entry => entry!["resource"]!.AsObject()).GroupBy(resource => (string)resource["resourceType"]!).Where(type => byPatient.Contains(type.Key)))
        {
            var found = (await Node.ReadPagesAsync($"{sent.Key}?patient={patient}&_tag:not=urn:ehrledger:tag|view&_count=500")).SelectMany(page => page).ToList();
            Assert.That(found, Is.Unique);
            Assert.That(found, Has.Count.EqualTo(sent.Count()), sent.Key);
        }
    }

    [Test]
    public async Task The_directory_is_there_once_however_often_it_is_imported()
    {
        PublishedData.PathOf("synthea");
        Assert.That(Directory, Contains.Key("Organization").And.ContainKey("Location").And.ContainKey("Practitioner"));
        Assert.That(Again, Is.Not.Empty.And.All.EqualTo("200 OK"));
        foreach (var (type, count) in Directory)
        {
            Assert.That((await Node.ReadPagesAsync($"{type}?_count=500")).SelectMany(page => page).ToList(), Is.Unique.And.Count.AtLeast(count), type);
        }
    }

    /// <summary>Posts a transaction; the id of its patient.</summary>
    private static async Task<string> ImportAsync(JsonObject bundle)
    {
        var reply = await Node.PostBundleAsync(bundle);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text.Length > 2_000 ? reply.Text[..2_000] : reply.Text);
        var patient = "";
        var sent = bundle["entry"]!.AsArray();
        var got = reply.Json["entry"]!.AsArray();
        Assert.That(got, Has.Count.EqualTo(sent.Count));
        for (var i = 0; i < sent.Count; i++)
        {
            var type = (string)sent[i]!["resource"]!["resourceType"]!;
            var status = (string)got[i]!["response"]!["status"]!;
            Assert.That(status, Is.EqualTo("201 Created").Or.EqualTo("200 OK"), type);
            var location = ((string)got[i]!["response"]!["location"]!).Split('/');
            var id = location[Array.IndexOf(location, "_history") - 1];
            if (type == "Patient")
            {
                patient = id;
            }
            else if (status == "201 Created" && type is "Organization" or "Location" or "Practitioner" or "PractitionerRole")
            {
                Directory[type] = Directory.GetValueOrDefault(type) + 1;
            }
        }

        return patient;
    }

    private static bool IsDirectory(string file) => Path.GetFileName(file).StartsWith("0-", StringComparison.Ordinal);

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();

    private static string[] Files() => PublishedData.FindFolder() is { } folder ? [.. System.IO.Directory.EnumerateFiles(Path.Combine(folder, "synthea"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
}
