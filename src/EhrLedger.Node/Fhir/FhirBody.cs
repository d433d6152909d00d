using EhrLedger.Fhir.Json;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.Http.Features;

namespace EhrLedger.Node.Fhir;

/// <summary>Reads a resource from a request.</summary>
internal static class FhirBody
{
    private const int Largest = 16 << 20;

    /// <summary>One of the two is null.</summary>
    public static async Task<(Resource? Resource, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type is not ("application/fhir+json" or "application/json" or "text/json"))
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send application/fhir+json."));
        }

        var (body, tooMuch) = await ReadBytesAsync(request, cancellationToken);
        return body is not { } bytes
            ? (null, tooMuch)
            : FhirJson.Parse(bytes.Span).Match<(Resource?, FhirAnswer?)>(
                resource => (resource, null),
                issues => (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, issues)));
    }

    /// <summary>The bytes, whatever they are. One of the two is null.</summary>
    public static async Task<(ReadOnlyMemory<byte>? Bytes, FhirAnswer? Refusal)> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // A client that is still sending when it is refused may never see why: what is somewhat too long is read to its end and dropped.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = 4L * Largest;
        }

        ReadOnlyMemory<byte>? bytes;
        try
        {
            bytes = await request.ReadBodyAsync(Largest, cancellationToken);
        }
        catch (BadHttpRequestException refused)
        {
            return (null, refused.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge()
                : FhirAnswer.Failed(refused.StatusCode, OperationOutcome.IssueType.Invalid, "The body could not be read."));
        }

        return bytes is { } body ? (body, null) : ((ReadOnlyMemory<byte>?)null, TooLarge());
    }

    private static FhirAnswer TooLarge() =>
        FhirAnswer.Failed(StatusCodes.Status413PayloadTooLarge, OperationOutcome.IssueType.TooLong, $"The body is larger than the {Largest >> 20} MiB that this node takes.");
}
