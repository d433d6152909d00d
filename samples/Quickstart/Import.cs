using System.Text.Json.Nodes;

namespace Quickstart;

/// <summary>Posts transaction Bundles to the hospital's node, those without a patient first.</summary>
internal sealed class Import(FhirSide hospital)
{
    /// <param name="Resources">Entries written.</param>
    /// <param name="Bytes">Of the files.</param>
    /// <param name="PatientId">The hospital's id of the first patient.</param>
    /// <param name="Patient">As it was sent.</param>
    internal sealed record Result(int Resources, long Bytes, string PatientId, JsonObject Patient)
    {
        /// <summary>The same person, as a clinic would register her.</summary>
        public JsonObject PatientAtClinic() => new()
        {
            ["resourceType"] = "Patient",
            ["name"] = Patient["name"]?.DeepClone(),
            ["birthDate"] = Patient["birthDate"]?.DeepClone(),
            ["gender"] = Patient["gender"]?.DeepClone(),
        };
    }

    public async Task<Result> RunAsync(string path, CancellationToken cancellationToken)
    {
        var files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*.json").Order(StringComparer.Ordinal).ToArray();
        var bundles = files.Select(file => (File: file, Bundle: JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw new StepFailedException($"{file} is no FHIR Bundle.")))
            .OrderBy(pair => PatientIn(pair.Bundle) is not null)
            .ToList();

        // A Synthea patient refers to hospitals and practitioners that stand in files of their own beside it.
        if (File.Exists(path) && Path.GetDirectoryName(path) is { } folder)
        {
            var beside = Directory.GetFiles(folder, "*Information*.json").Except(files).Order(StringComparer.Ordinal)
                .Select(file => (File: file, Bundle: (JsonObject)JsonNode.Parse(File.ReadAllBytes(file))!));
            bundles.InsertRange(0, beside);
        }

        var (resources, bytes, done) = (0, 0L, 0);
        string? patientId = null;
        JsonObject? patient = null;
        foreach (var (file, bundle) in bundles)
        {
            Teller.Progress($"{done}/{bundles.Count} files, {resources} resources", done, bundles.Count);
            var body = await File.ReadAllBytesAsync(file, cancellationToken);
            var answer = await hospital.PostAsync("/fhir", body, cancellationToken);
            var entries = answer["entry"]!.AsArray();
            resources += entries.Count(entry => ((string?)entry!["response"]?["status"])?.StartsWith("201", StringComparison.Ordinal) == true);
            bytes += body.Length;
            done++;
            if (patient is null && PatientIn(bundle) is { } found)
            {
                patient = found.Resource;
                patientId = ((string)entries[found.Entry]!["response"]!["location"]!).Split('/')[1];
            }
        }

        Teller.Progress($"{done}/{bundles.Count} files, {resources} resources", done, bundles.Count);
        Teller.Check(patientId is not null, $"{resources} resources of {bundles.Count} files are written, each on the hospital's disk and on another node's before the answer.");
        return new Result(resources, bytes, patientId!, patient!);
    }

    private static (int Entry, JsonObject Resource)? PatientIn(JsonObject bundle)
    {
        var entries = bundle["entry"]?.AsArray();
        for (var i = 0; i < (entries?.Count ?? 0); i++)
        {
            if (entries![i]?["resource"] is JsonObject resource && (string?)resource["resourceType"] == "Patient")
            {
                return (i, resource);
            }
        }

        return null;
    }
}
