using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Reads a resource from a request.</summary>
internal static class FhirBody
{
    /// <summary>One of the two is null.</summary>
    public static async Task<(Resource? Resource, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type is not ("application/fhir+json" or "application/json" or "text/json"))
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send application/fhir+json."));
        }

        byte[] bytes;
        try
        {
            using var buffer = new MemoryStream();
            await request.Body.CopyToAsync(buffer, cancellationToken);
            bytes = buffer.ToArray();
        }
        catch (BadHttpRequestException refused)
        {
            return (null, FhirAnswer.Failed(
                refused.StatusCode,
                refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? OperationOutcome.IssueType.TooLong : OperationOutcome.IssueType.Invalid,
                refused.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The body is larger than this node takes." : "The body could not be read."));
        }

        return FhirJson.Parse(bytes).Match<(Resource?, FhirAnswer?)>(
            resource => (resource, null),
            issues => (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, issues)));
    }
}
