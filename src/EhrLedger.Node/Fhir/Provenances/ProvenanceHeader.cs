using System.Text;
using System.Text.Json;
using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Provenances;

/// <summary>
/// The header X-Provenance (FHIR R4 §6.3.4.3): a Provenance in JSON, without a target, that is kept with the resource that the request writes, both or neither. It names the new version as its target.
/// </summary>
internal static class ProvenanceHeader
{
    public const string Name = "X-Provenance";

    /// <summary>Whether the request has one, be it good or bad.</summary>
    public static bool IsIn(HttpRequest request) => request.Headers.ContainsKey(Name);

    /// <summary>Reads it.</summary>
    /// <param name="request">May have none.</param>
    /// <param name="target">Of the resource that is written, <c>Type/id</c>.</param>
    /// <param name="provenance">With the target; null where there is none, or a bad one.</param>
    /// <returns>False for a bad one.</returns>
    public static bool TryRead(HttpRequest request, string target, out Provenance? provenance)
    {
        provenance = null;
        if (!IsIn(request))
        {
            return true;
        }

        // A target is mandatory in a Provenance, and is what only the server can name: it is put in before anything is checked.
        if (request.Headers[Name] is not [{ Length: > 0 } text] || WithTarget(text, target) is not { } json)
        {
            return false;
        }

        provenance = FhirJson.Parse(Encoding.UTF8.GetBytes(json)).Match(resource => resource as Provenance, _ => null);
        return provenance is not null;
    }

    /// <summary>What is answered to a bad one.</summary>
    public static FhirAnswer Bad() => FhirAnswer.Failed(
        StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, $"{Name} is one Provenance in JSON, without a target: nothing was written.");

    /// <summary>What is answered where no one resource is written that it could be about.</summary>
    public static FhirAnswer NotHere() => FhirAnswer.Failed(
        StatusCodes.Status400BadRequest, OperationOutcome.IssueType.NotSupported, $"{Name} is taken with a create, an update and a patch: nothing was done.");

    /// <summary>Null for what is no object, or has a target already.</summary>
    private static string? WithTarget(string text, string target)
    {
        var start = text.IndexOf('{', StringComparison.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().Any() && !document.RootElement.TryGetProperty("target", out _)
                ? $$"""{"target":[{"reference":"{{target}}"}],{{text[(start + 1)..]}}"""
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
