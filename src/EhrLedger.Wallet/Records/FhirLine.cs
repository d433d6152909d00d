using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EhrLedger.Wallet.Records;

/// <summary>One line of a FHIR resource as a person reads it.</summary>
/// <param name="Depth">How far it is set in, from 0.</param>
/// <param name="Name">Words of the element's name, such as "Reference range".</param>
/// <param name="Text">What stands there; empty for the heading of what follows.</param>
public sealed record FhirLine(int Depth, string Name, string Text)
{
    private const int MostLines = 2_000;
    private const int LongestText = 10_000;
    private static readonly string[] Technical = ["resourceType", "id", "meta", "text", "div"];

    /// <summary>All elements of a resource in its own order, without what only machines need. Empty for what is no FHIR JSON; never throws.</summary>
    public static IReadOnlyList<FhirLine> Of(ReadOnlyMemory<byte> json)
    {
        var lines = new List<FhirLine>();
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                AddAll(lines, 0, document.RootElement);
            }
        }
        catch (JsonException)
        {
            lines.Clear();
        }

        return lines;
    }

    private static void AddAll(List<FhirLine> lines, int depth, JsonElement element)
    {
        foreach (var property in element.EnumerateObject().Where(property => depth > 0 || !Technical.Contains(property.Name)))
        {
            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in property.Value.EnumerateArray())
                {
                    Add(lines, depth, WordsOf(property.Name), item);
                }
            }
            else
            {
                Add(lines, depth, WordsOf(property.Name), property.Value);
            }
        }
    }

    private static void Add(List<FhirLine> lines, int depth, string name, JsonElement value)
    {
        if (lines.Count >= MostLines)
        {
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object when Short(value) is { } text:
                lines.Add(new FhirLine(depth, name, text));
                break;
            case JsonValueKind.Object:
                lines.Add(new FhirLine(depth, name, ""));
                AddAll(lines, depth + 1, value);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Add(lines, depth, name, item);
                }

                break;
            case JsonValueKind.String:
                lines.Add(new FhirLine(depth, name, Cut(value.GetString() ?? "")));
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                lines.Add(new FhirLine(depth, name, value.GetRawText()));
                break;
            default:
                break;
        }
    }

    /// <summary>Concepts, codings, quantities, references and periods are one line.</summary>
    private static string? Short(JsonElement value)
    {
        string? Of(string name) => value.TryGetProperty(name, out var found) && found.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? found.ValueKind == JsonValueKind.String ? found.GetString() : found.GetRawText()
            : null;
        if (value.TryGetProperty("coding", out var coding) && coding.ValueKind == JsonValueKind.Array)
        {
            return Of("text") ?? coding.EnumerateArray().Select(Short).FirstOrDefault(text => text is not null);
        }

        if (Of("value") is { } number && (Of("unit") ?? Of("code") ?? Of("currency")) is { } unit)
        {
            return $"{number} {unit}";
        }

        if (Of("start") is { } start)
        {
            return Of("end") is { } end ? $"{start} – {end}" : start;
        }

        return Of("display") ?? Of("reference") ?? (Of("system") is not null && Of("code") is { } code ? code : value.EnumerateObject().Count() == 1 ? Of("text") : null);
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";

    // referenceRange → Reference range
    private static string WordsOf(string name)
    {
        var words = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && words.Length > 0)
            {
                words.Append(' ');
            }

            words.Append(words.Length == 0 ? char.ToUpper(c, CultureInfo.InvariantCulture) : char.ToLower(c, CultureInfo.InvariantCulture));
        }

        return words.ToString();
    }
}
