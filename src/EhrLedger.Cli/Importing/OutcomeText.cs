using System.Text.Json;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Importing;

/// <summary>Says in one line why a FHIR server refused: the diagnostics of its OperationOutcome, and of a batch the entries that failed.</summary>
/// <remarks>The words are the server's. A node of EhrLedger puts no health data into them; another server might.</remarks>
internal static class OutcomeText
{
    private const int MostShown = 3;
    private const int MostCharacters = 300;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>The issues of an OperationOutcome.</summary>
    /// <param name="status">HTTP status, for an answer that says no more.</param>
    /// <param name="body">From the server.</param>
    public static string OfRefusal(int status, ReadOnlyMemory<byte> body) => Read(body, root => Issues(root)) is { Length: > 0 } issues ? $"HTTP {status}: {issues}" : $"HTTP {status}";

    /// <summary>The entries of a batch's answer that were not taken.</summary>
    /// <param name="body">From the server.</param>
    /// <returns>Empty if all were. Null if the body is no answer to a batch.</returns>
    public static string? OfBatch(ReadOnlyMemory<byte> body) => Read(body, FailedEntries);

    private static string? FailedEntries(JsonElement root)
    {
        if (Text(root, "resourceType") != "Bundle" || !root.TryGetProperty("entry", out var entries) || entries.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var failed = new List<string>();
        var index = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            var response = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("response", out var found) ? found : default;
            if (Text(response, "status") is not ['2', ..])
            {
                var why = response.ValueKind == JsonValueKind.Object && response.TryGetProperty("outcome", out var outcome) ? Issues(outcome) : "";
                failed.Add($"entry {index}: {Printable.Line(Text(response, "status") ?? "no status", 60)}{(why.Length > 0 ? ": " + why : "")}");
            }

            index++;
        }

        return Joined(failed);
    }

    private static string Issues(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Text(root, "resourceType") != "OperationOutcome" || !root.TryGetProperty("issue", out var issues) || issues.ValueKind != JsonValueKind.Array)
        {
            return "";
        }

        return Joined([.. issues.EnumerateArray().Select(Issue)]);
    }

    private static string Issue(JsonElement issue)
    {
        var what = Text(issue, "diagnostics")
            ?? (issue.ValueKind == JsonValueKind.Object && issue.TryGetProperty("details", out var details) ? Text(details, "text") : null)
            ?? Text(issue, "code")
            ?? "no reason given";
        var where = issue.ValueKind == JsonValueKind.Object && issue.TryGetProperty("expression", out var paths) && paths.ValueKind == JsonValueKind.Array && paths.GetArrayLength() > 0
            && paths[0].ValueKind == JsonValueKind.String
            ? $"{Printable.Line(paths[0].GetString()!, 120)}: "
            : "";
        return where + Printable.Line(what, MostCharacters);
    }

    private static string Joined(List<string> all) =>
        string.Join("; ", all.Take(MostShown)) + (all.Count > MostShown ? $"; and {all.Count - MostShown} more" : "");

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Read(ReadOnlyMemory<byte> body, Func<JsonElement, string?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Options);
            return read(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
