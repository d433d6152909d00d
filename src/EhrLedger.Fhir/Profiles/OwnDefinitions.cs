using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Profiles;

/// <summary>The project's own definitions: the files of fhir-profiles, embedded. Shared: they are not to be changed.</summary>
public static class OwnDefinitions
{
    private const string Folder = "fhir-profiles/";

    /// <summary>StructureDefinitions, CodeSystems, ValueSets, OperationDefinitions, the ImplementationGuide.</summary>
    public static IReadOnlyList<Resource> All { get; } =
        [.. typeof(OwnDefinitions).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

    private static Resource Read(string name)
    {
        using var stream = typeof(OwnDefinitions).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return FhirJson.Parse(copy.ToArray()).Match(
            accepted => accepted,
            refused => throw new InvalidOperationException($"{name}: {refused[0].Diagnostics} {string.Join(' ', refused[0].Expression)}"));
    }
}
