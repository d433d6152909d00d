using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Patch;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>
/// Rewrites what a patch in a transaction points at other entries with. In a patch a reference may stand as a mere string, whose element's type is known only once it is applied: every string of a value that is
/// an entry's fullUrl counts as one.
/// </summary>
internal sealed class PatchRewriter(ReferenceRewriter references)
{
    private const string Reference = "reference";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = FhirJson.MaxDepth, AllowDuplicateProperties = false };

    /// <param name="patch">Changed in place. What is no patch stays as it is: whoever reads it says so.</param>
    /// <returns>False if a reference leads to no entry.</returns>
    internal bool Rewrite(Resource patch)
    {
        switch (patch)
        {
            case Binary { ContentType: JsonPatch.MediaType, Data: { } data } binary:
                try
                {
                    return !Utf8.IsValid(data) || JsonNode.Parse(data, documentOptions: Strict) is not JsonArray operations || Rewrite(binary, operations);
                }
                catch (Exception fault) when (fault is JsonException or InvalidOperationException)
                {
                    // No JSON, or half a character in a string.
                    return true;
                }

            case Parameters parameters:
                return parameters.Parameter.TrueForAll(operation =>
                {
                    var target = operation.Part.Find(part => part.Name == "name")?.Value as FhirString ?? operation.Part.Find(part => part.Name == "path")?.Value as FhirString;
                    var isReference = target?.Value is { } text && text[(text.LastIndexOf('.') + 1)..] == Reference;
                    return operation.Part.Where(part => part.Name == "value").All(part => Rewrite(part, isReference));
                });
            default:
                return true;
        }
    }

    private bool Rewrite(Binary patch, JsonArray operations)
    {
        var (changed, whole) = (false, true);
        foreach (var operation in operations.OfType<JsonObject>())
        {
            var isReference = operation["path"] is JsonValue path && path.TryGetValue<string>(out var pointer) && pointer.EndsWith($"/{Reference}", StringComparison.Ordinal);
            if (operation["value"] is { } value && Rewritten(value, isReference ? Reference : "value", ref changed, ref whole) is { } other)
            {
                operation["value"] = other;
            }
        }

        patch.Data = changed ? JsonSerializer.SerializeToUtf8Bytes(operations) : patch.Data;
        return whole;
    }

    private bool Rewrite(Parameters.ParameterComponent value, bool isReference)
    {
        if (value.Value is FhirString { Value: { } text } element)
        {
            element.Value = Find(text) ?? text;
            return !isReference || !LeadsNowhere(element.Value);
        }

        return value.Part.TrueForAll(part => Rewrite(part, part.Name == Reference));
    }

    /// <returns>What takes the node's place; null where it may stay.</returns>
    private JsonValue? Rewritten(JsonNode node, string name, ref bool changed, ref bool whole)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (member, value) in members.ToArray())
                {
                    if (value is not null && Rewritten(value, member, ref changed, ref whole) is { } other)
                    {
                        members[member] = other;
                    }
                }

                return null;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i] is { } item && Rewritten(item, name, ref changed, ref whole) is { } other)
                    {
                        items[i] = other;
                    }
                }

                return null;
            case JsonValue single when single.TryGetValue<string>(out var text):
                var target = name == "div" ? references.RewriteLinks(text, null) : Find(text);
                whole &= target is not null || name != Reference || !LeadsNowhere(text);
                if (target is null || target == text)
                {
                    return null;
                }

                changed = true;
                return JsonValue.Create(target);
            default:
                return null;
        }
    }

    private string? Find(string text) => text.Contains(':', StringComparison.Ordinal) ? references.Find(text, null) : null;

    private static bool LeadsNowhere(string reference) => reference.StartsWith("urn:", StringComparison.Ordinal);
}
