using System.Text.Json.Nodes;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

/// <summary>HL7's and Synthea's files in the data folder; a test that needs them is ignored where the folder is absent.</summary>
internal static class PublishedResources
{
    internal static readonly ServerBase Server = new("http://127.0.0.1:5080/fhir");
    internal static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    internal static IEnumerable<TestCaseData> R4Examples() => Cases("r4-examples", SearchOption.TopDirectoryOnly);

    internal static IEnumerable<TestCaseData> Synthea() => Cases("synthea", SearchOption.AllDirectories);

    internal static IEnumerable<TestCaseData> All() => R4Examples().Concat(Synthea());

    internal static byte[] Read(string file) => PublishedData.Read(file);

    internal static Resource Parse(byte[] json) => FhirJson.Parse(json).Match(
        accepted: r => r,
        refused: issues => throw new AssertionException(string.Join("; ", issues.Select(i => $"{i.Expression?.FirstOrDefault()} {i.Diagnostics}"))));

    internal static T Parse<T>(string json)
        where T : Resource => (T)Parse(System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>The resource of the file, and those of its entries if it is a Bundle.</summary>
    internal static IEnumerable<Resource> ResourcesOf(string file)
    {
        var resource = Parse(Read(file));
        return resource is Bundle bundle ? bundle.Entry.Select(e => e.Resource).OfType<Resource>().Prepend(resource) : [resource];
    }

    /// <summary>Canonical comparison outside the SDK: numbers digit by digit, base64 without its white space.</summary>
    internal static string? FirstDifference(JsonNode? one, JsonNode? other, string path = "$")
    {
        switch (one, other)
        {
            case (JsonObject a, JsonObject b):
                foreach (var key in a.Select(p => p.Key).Union(b.Select(p => p.Key)))
                {
                    if (FirstDifference(a[key], b[key], $"{path}.{key}") is { } difference)
                    {
                        return difference;
                    }
                }

                return null;
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                return a.Select((item, i) => FirstDifference(item, b[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null);
            default:
                var left = one?.ToJsonString();
                var right = other?.ToJsonString();
                var equal = left == right || (path.EndsWith(".data", StringComparison.Ordinal) && left?.Replace(" ", "", StringComparison.Ordinal) == right);
                return equal ? null : $"{path}: {left} / {right}";
        }
    }

    private static IEnumerable<TestCaseData> Cases(string folder, SearchOption depth)
    {
        if (PublishedData.FindFolder() is not { } root)
        {
            return [new TestCaseData(folder).SetArgDisplayNames("the data folder is absent")];
        }

        return Directory.EnumerateFiles(Path.Combine(root, folder), "*.json", depth)
            .Order(StringComparer.Ordinal)
            .Select(f => new TestCaseData(Path.GetRelativePath(root, f)).SetArgDisplayNames(Path.GetFileNameWithoutExtension(f)));
    }
}
