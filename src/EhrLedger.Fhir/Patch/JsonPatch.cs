using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.JsonPatch.SystemTextJson;
using Microsoft.AspNetCore.JsonPatch.SystemTextJson.Exceptions;
using Microsoft.AspNetCore.JsonPatch.SystemTextJson.Operations;

namespace EhrLedger.Fhir.Patch;

/// <summary>A JSON Patch (RFC 6902) over the JSON form of a resource.</summary>
public sealed class JsonPatch : ResourcePatch
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "application/json-patch+json";

    // Each copy may double what is there: few of them, and what they make is measured.
    private const int MaxCopies = 50;
    private const int MaxResult = 16 << 20;
    private const int MaxPath = 500;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = FhirJson.MaxDepth, AllowDuplicateProperties = false };

    private readonly IReadOnlyList<Operation> _operations;

    private JsonPatch(IReadOnlyList<Operation> operations) => _operations = operations;

    /// <summary>Reads a patch. One of the two is null.</summary>
    /// <param name="utf8">The whole body; the caller has bounded its size.</param>
    public static (JsonPatch? Patch, OperationOutcome.IssueComponent? Issue) Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            if (!Utf8.IsValid(utf8.Span))
            {
                return Malformed("A JSON Patch is valid UTF-8.");
            }

            using var document = JsonDocument.Parse(utf8, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Array ? Read(document.RootElement) : Malformed("A JSON Patch is an array of operations.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return Malformed("The body is not well-formed JSON.");
        }
    }

    private protected override (byte[]? Patched, OperationOutcome.IssueComponent? Issue) Change(Resource before, ReadOnlySpan<byte> json)
    {
        var node = JsonNode.Parse(json, documentOptions: Strict)!;
        for (var i = 0; i < _operations.Count; i++)
        {
            var operation = _operations[i];
            try
            {
                new JsonPatchDocument([operation.OperationType == OperationType.Copy ? CopyOf(node, operation) : operation], JsonSerializerOptions.Default).ApplyTo(node);
                if (operation.OperationType == OperationType.Copy && Write(node).Length > MaxResult)
                {
                    return (null, Unfit("The patched resource would be too large.", ExpressionOf(before.TypeName, operation.path)));
                }
            }
            catch (Exception fault) when (fault is JsonPatchException or JsonException or ArgumentException or InvalidOperationException or FormatException or InvalidCastException
                or NotSupportedException or NullReferenceException or OverflowException)
            {
                // The text of the exception repeats values of the record.
                var text = operation.OperationType == OperationType.Test
                    ? $"Operation {i} of the patch is a test, and the resource does not pass it."
                    : $"Operation {i} of the patch ({operation.op}) does not fit the resource.";
                return (null, Unfit(text, ExpressionOf(before.TypeName, operation.path)));
            }
        }

        try
        {
            return (Write(node), null);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            return (null, Unfit("What the patch makes can't be written as JSON.", null));
        }
    }

    /// <summary>RFC 6902 §4.5: the same as to add what stands at the other place. The package's own copy takes no single values.</summary>
    private static Operation CopyOf(JsonNode resource, Operation copy)
    {
        var at = resource;
        foreach (var segment in copy.from!.Split('/').Skip(1).Select(segment => segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            at = at switch
            {
                JsonArray array when int.TryParse(segment, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index) && index < array.Count => array[index],
                JsonObject of => of[segment],
                _ => null,
            } ?? throw new InvalidOperationException("There is nothing to copy.");
        }

        return new Operation("add", copy.path, null, JsonSerializer.SerializeToElement(at));
    }

    private static byte[] Write(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static (JsonPatch?, OperationOutcome.IssueComponent?) Read(JsonElement patch)
    {
        if (patch.GetArrayLength() is 0 or > MaxOperations)
        {
            return Malformed($"A JSON Patch has 1 to {MaxOperations} operations.");
        }

        var operations = new List<Operation>(patch.GetArrayLength());
        var copies = 0;
        foreach (var element in patch.EnumerateArray())
        {
            var place = operations.Count;
            if (element.ValueKind != JsonValueKind.Object || TextOf(element, "op") is not { } op || TextOf(element, "path") is not { } path)
            {
                return Malformed($"Operation {place} of the patch needs op and path.");
            }

            var from = TextOf(element, "from");
            var hasValue = element.TryGetProperty("value", out var value);
            if (op is not ("add" or "remove" or "replace" or "move" or "copy" or "test"))
            {
                return Malformed($"Operation {place} of the patch is none of add, remove, replace, move, copy and test.");
            }

            if (op is "add" or "replace" or "test" ? !hasValue : op is "move" or "copy" && from is null)
            {
                return Malformed($"Operation {place} of the patch needs {(op is "move" or "copy" ? "from" : "value")}.");
            }

            if (!IsPointer(path) || (op is "move" or "copy" && !IsPointer(from!)))
            {
                return Malformed($"Operation {place} of the patch: a path is a JSON pointer to an element, such as /name/0/family.");
            }

            copies += op == "copy" ? 1 : 0;
            operations.Add(op is "add" or "replace" or "test" ? new Operation(op, path, null, value.Clone()) : new Operation(op, path, from));
        }

        return copies > MaxCopies ? Malformed($"A JSON Patch has at most {MaxCopies} copies.") : (new JsonPatch(operations), null);
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.String ? property.GetString() : null;

    // RFC 6901; an index has no leading zeros, and the whole resource is no target.
    private static bool IsPointer(string text) =>
        text is ['/', _, ..] && text.Length <= MaxPath
        && text.Split('/').Skip(1).All(segment => segment.Length > 0 && !(segment.Length > 1 && segment[0] == '0' && segment.All(char.IsAsciiDigit))
            && !segment.Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~', StringComparison.Ordinal));

    /// <summary>The pointer as FHIRPath.</summary>
    private static string ExpressionOf(string type, string pointer)
    {
        var text = new StringBuilder(type);
        foreach (var segment in pointer.Split('/').Skip(1).Where(segment => segment != "-"))
        {
            text.Append(segment.All(char.IsAsciiDigit) ? $"[{segment}]" : $".{segment}");
        }

        return text.ToString();
    }

    private static (JsonPatch?, OperationOutcome.IssueComponent?) Malformed(string text) => (null, Outcome.Error(OperationOutcome.IssueType.Structure, text));
}
