using System.Text.Json.Nodes;
using EhrLedger.Tests;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>
/// The list of capabilities that a node never falls below, in capability-floor.txt: a line for each type, with interactions, what is conditional, search parameters (<c>?code</c>) and operations
/// (<c>$name</c>). Whoever makes a capability adds it there; to take one out is to take a promise back.
/// </summary>
internal static class CapabilityFloor
{
    public static Dictionary<string, HashSet<string>> Read() =>
        File.ReadAllLines(Path.Combine(Repository.FindRoot()!, "tests", "EhrLedger.Node.Tests", "Conformance", "capability-floor.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(words => words[0], words => words[1..].ToHashSet());

    public static Dictionary<string, HashSet<string>> Of(JsonObject statement)
    {
        var rest = statement["rest"]![0]!.AsObject();
        var system = Lines(rest).Concat((statement["format"] as JsonArray ?? []).Select(format => $"format:{format}")).Concat((statement["patchFormat"] as JsonArray ?? []).Select(format => $"patch:{format}"));
        return rest["resource"]!.AsArray().ToDictionary(line => (string)line!["type"]!, line => Lines(line!.AsObject()).ToHashSet()).Append(new("system", [.. system])).ToDictionary();
    }

    private static IEnumerable<string> Lines(JsonObject line) => line.SelectMany(member => (member.Key, member.Value) switch
    {
        ("interaction", JsonArray interactions) => interactions.Select(interaction => (string)interaction!["code"]!),
        ("searchParam", JsonArray parameters) => parameters.Select(parameter => $"?{parameter!["name"]}"),
        ("operation", JsonArray operations) => operations.Select(operation => $"${((string)operation!["name"]!).TrimStart('$')}"),
        ("searchInclude" or "searchRevInclude", JsonArray includes) => includes.Select(include => $"{member.Key}:{include}"),
        ("conditionalCreate" or "conditionalUpdate" or "updateCreate" or "readHistory", JsonValue value) when (bool)value => [member.Key],
        ("conditionalRead" or "conditionalDelete", JsonValue value) when (string?)value != "not-supported" => [$"{member.Key}:{value}"],
        _ => [],
    });
}
