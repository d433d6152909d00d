using System.Text.Json;

namespace EhrLedger.Wallet.Records;

/// <summary>What a list shows of a FHIR resource: enough to recognise it. Read with System.Text.Json; nothing is validated.</summary>
/// <param name="ResourceType">Empty where the content is no FHIR JSON.</param>
/// <param name="Id">The resource's id; empty where it has none.</param>
/// <param name="Title">The text or display of what it is about; empty where there is none.</param>
/// <param name="Date">As it stands in the resource; empty where there is none.</param>
public sealed record FhirGlance(string ResourceType, string Id, string Title, string Date)
{
    /// <summary>What was measured, found or ordered, with its unit; empty where there is nothing of the kind.</summary>
    public string Value { get; init; } = "";

    private static readonly string[] Titles = ["code", "medicationCodeableConcept", "vaccineCode", "type", "category", "name"];
    private static readonly string[] Dates =
        ["effectiveDateTime", "occurrenceDateTime", "performedDateTime", "onsetDateTime", "authoredOn", "issued", "recordedDate", "date", "created", "birthDate", "started"];

    private static readonly string[] Periods = ["effectivePeriod", "performedPeriod", "period", "billablePeriod"];

    /// <summary>Never throws: what can't be read is empty.</summary>
    public static FhirGlance Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? new FhirGlance(Text(root, "resourceType"), Text(root, "id"), TitleOf(root), DateOf(root)) { Value = FhirValue.Of(root) }
                : new FhirGlance("", "", "", "");
        }
        catch (JsonException)
        {
            return new FhirGlance("", "", "", "");
        }
    }

    private static string TitleOf(JsonElement root) =>
        Titles.Select(name => root.TryGetProperty(name, out var value) ? ConceptOf(value) : "").FirstOrDefault(text => text.Length > 0) ?? "";

    private static string DateOf(JsonElement root) =>
        Dates.Select(name => Text(root, name))
            .Concat(Periods.Select(name => root.TryGetProperty(name, out var period) ? Text(period, "start") : ""))
            .FirstOrDefault(text => text.Length > 0) ?? "";

    /// <summary>A CodeableConcept, a list whose first one counts, a HumanName, or plain text.</summary>
    private static string ConceptOf(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return value.GetString() ?? "";
            case JsonValueKind.Array:
                return value.GetArrayLength() > 0 ? ConceptOf(value[0]) : "";
            case JsonValueKind.Object:
                if (Text(value, "text") is { Length: > 0 } text)
                {
                    return text;
                }

                if (value.TryGetProperty("coding", out var coding) && coding.ValueKind == JsonValueKind.Array)
                {
                    return coding.EnumerateArray().Select(item => Text(item, "display")).FirstOrDefault(display => display.Length > 0) ?? "";
                }

                return Text(value, "family") is { Length: > 0 } family ? string.Join(' ', Given(value).Append(family)) : Text(value, "display");
            default:
                return "";
        }
    }

    private static IEnumerable<string> Given(JsonElement name) =>
        name.TryGetProperty("given", out var given) && given.ValueKind == JsonValueKind.Array
            ? given.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString() ?? "")
            : [];

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
}
