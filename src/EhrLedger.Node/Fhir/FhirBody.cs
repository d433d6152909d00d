using System.Text;
using System.Text.Unicode;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Xml;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.Http.Features;

namespace EhrLedger.Node.Fhir;

/// <summary>Reads a resource from a request.</summary>
internal static class FhirBody
{
    private const int Largest = 16 << 20;
    private const int LargestForm = 256 << 10;

    /// <summary>One of the two is null.</summary>
    public static async Task<(Resource? Resource, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (parsed, refusal) = await ParseAsync(request, cancellationToken);
        return parsed is null
            ? (null, refusal)
            : parsed.Match<(Resource?, FhirAnswer?)>(resource => (resource, null), issues => (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, issues)));
    }

    /// <summary>The same, where what is wrong with the resource is the answer. One of the two is null.</summary>
    public static async Task<(ParsedResource? Parsed, FhirAnswer? Refusal)> ParseAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirForm.IsXmlBody(request.ContentType) is not { } isXml)
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send application/fhir+json or application/fhir+xml, in UTF-8."));
        }

        var (bytes, refusal) = await ReadBytesAsync(request, Largest, cancellationToken);
        return bytes is not { } body ? (null, refusal) : (isXml ? FhirXml.Parse(body) : FhirJson.Parse(body.Span), null);
    }

    /// <summary>The parameters of a form, read as those of a URL are. One of the two is null.</summary>
    public static async Task<(IReadOnlyList<(string Name, string Value)>? Parameters, FhirAnswer? Refusal)> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentType?.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send application/x-www-form-urlencoded."));
        }

        var (bytes, refusal) = await ReadBytesAsync(request, LargestForm, cancellationToken);
        return bytes is not { } body ? (null, refusal)
            : !Utf8.IsValid(body.Span) ? (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Structure, "The body is not valid UTF-8."))
            : (QueryText.Parse(Encoding.UTF8.GetString(body.Span)), null);
    }

    /// <summary>The bytes, whatever they are. One of the two is null.</summary>
    public static Task<(ReadOnlyMemory<byte>? Bytes, FhirAnswer? Refusal)> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken) => ReadBytesAsync(request, Largest, cancellationToken);

    private static async Task<(ReadOnlyMemory<byte>? Bytes, FhirAnswer? Refusal)> ReadBytesAsync(HttpRequest request, int largest, CancellationToken cancellationToken)
    {
        // What is packed small may unpack to anything: nothing is unpacked.
        if (request.Headers.ContentEncoding.Any(coding => !string.IsNullOrWhiteSpace(coding) && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send the body as it is, without Content-Encoding."));
        }

        // A client that is still sending when it is refused may never see why: what is somewhat too long is read to its end and dropped.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = 4L * Largest;
        }

        try
        {
            return await request.ReadBodyAsync(largest, cancellationToken) is { } bytes ? (bytes, null) : (null, TooLarge(largest));
        }
        catch (BadHttpRequestException refused)
        {
            return (null, refused.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge(largest)
                : FhirAnswer.Failed(refused.StatusCode, OperationOutcome.IssueType.Invalid, "The body could not be read."));
        }
    }

    private static FhirAnswer TooLarge(int largest) =>
        FhirAnswer.Failed(StatusCodes.Status413PayloadTooLarge, OperationOutcome.IssueType.TooLong, $"The body is larger than the {(largest < Largest ? $"{largest >> 10} KiB" : $"{largest >> 20} MiB")} that this node takes.");
}
