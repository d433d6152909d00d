using System.Globalization;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>A FHIR answer: a status, headers and a resource, which goes out in the form that the request asks for.</summary>
internal sealed class FhirAnswer : IResult
{
    private const int RetrySeconds = 5;

    private readonly int _status;
    private readonly ReadOnlyMemory<byte> _json;
    private readonly Resource? _resource;
    private IReadOnlyDictionary<Resource, ReadOnlyMemory<byte>>? _stored;
    private Func<Bundle>? _whole;
    private bool _lacksScope;

    private FhirAnswer(int status, ReadOnlyMemory<byte> json, Resource? resource = null) => (_status, _json, _resource) = (status, json, resource);

    public int Status => _status;

    /// <summary>The body, JSON; empty for none.</summary>
    public ReadOnlyMemory<byte> Body => _resource is null ? _json : WriteJson(_resource);

    public string? Location { get; init; }

    /// <summary>Seconds; null for none.</summary>
    public int? RetryAfter { get; private set; }

    public string? ETag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    public static FhirAnswer Of(int status, Resource resource) => new(status, default, resource);

    /// <summary>A page.</summary>
    /// <param name="searchset">As <see cref="Searchset"/> builds it.</param>
    /// <param name="stored">The JSON of those of its resources that are shown as they are stored.</param>
    /// <param name="whole">The same page for other forms than JSON as it is stored, where resources of <paramref name="searchset"/> only stand for their JSON; null where they are whole.</param>
    public static FhirAnswer Of(Bundle searchset, IReadOnlyDictionary<Resource, ReadOnlyMemory<byte>> stored, Func<Bundle>? whole = null) =>
        new(StatusCodes.Status200OK, default, searchset) { _stored = stored, _whole = whole };

    /// <summary>A stored version: in JSON as its bytes are.</summary>
    public static FhirAnswer OfVersion(int status, ResourceVersion version, ReadOnlyMemory<byte> json, string? location = null) =>
        new(status, json) { ETag = version.ETag, LastModified = version.LastUpdated, Location = location };

    public static FhirAnswer Failed(int status, OperationOutcome.IssueType code, string diagnostics, string? expression = null) =>
        Of(status, Outcome.Of(Outcome.Error(code, diagnostics, expression)));

    public static FhirAnswer Failed(int status, IReadOnlyList<OperationOutcome.IssueComponent> issues) => Of(status, Outcome.Of(issues));

    /// <summary>What is not there, and what the caller may not see: one answer.</summary>
    public static FhirAnswer NotFound() => Of(StatusCodes.Status404NotFound, Outcome.NotFound());

    /// <summary>The caller's token does not reach so far (RFC 6750 §3.1).</summary>
    public static FhirAnswer NotInScopes(string diagnostics)
    {
        var answer = Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, diagnostics);
        answer._lacksScope = true;
        return answer;
    }

    /// <summary>There is something, and it can't be read.</summary>
    public static FhirAnswer Damaged() =>
        Failed(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The stored record is damaged. The operator has been told.");

    /// <summary>Whom it would take does not answer now. Not what a denial looks like.</summary>
    public static FhirAnswer Unavailable()
    {
        var answer = Failed(
            StatusCodes.Status503ServiceUnavailable, OperationOutcome.IssueType.Transient, "Granted records can't be asked for now: other organisations' nodes do not answer. Try again.");
        answer.RetryAfter = RetrySeconds;
        return answer;
    }

    public static FhirAnswer Empty(int status) => new(status, default);

    public async System.Threading.Tasks.Task ExecuteAsync(HttpContext httpContext)
    {
        if (httpContext.Features.Get<AnswerSink>() is { } sink)
        {
            sink.Answer = this;
            return;
        }

        // Before anything of the answer is set: what can't be written is answered in its place.
        var (body, type) = Write(httpContext.Request);
        var response = httpContext.Response;
        response.StatusCode = _status;
        var headers = response.GetTypedHeaders();
        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        if (_lacksScope)
        {
            response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
        }

        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (ETag is not null)
        {
            response.Headers.ETag = ETag;
        }

        if (LastModified is not null)
        {
            headers.LastModified = LastModified;
        }

        if (body.IsEmpty)
        {
            return;
        }

        // A HEAD says what a GET would send.
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.Vary = "Accept";
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, httpContext.RequestAborted);
        }
    }

    /// <summary>The body as a resource, whose links keep the form that the request's URL asks for; null for none.</summary>
    public Resource? ResourceFor(HttpRequest request) =>
        WithLinks(_whole?.Invoke() ?? _resource, request) ?? (_json.IsEmpty ? null : FhirJson.Parse(_json.Span).Match<Resource?>(resource => resource, _ => null));

    private static Resource? WithLinks(Resource? resource, HttpRequest request)
    {
        if (resource is Bundle { Type: Bundle.BundleType.Searchset or Bundle.BundleType.History } bundle && FhirForm.Suffix(request) is { Length: > 0 } suffix)
        {
            foreach (var link in bundle.Link.Where(link => link.Relation != "self" && link.Url is not null))
            {
                link.Url += suffix;
            }
        }

        return resource;
    }

    private (ReadOnlyMemory<byte> Body, string ContentType) Write(HttpRequest request)
    {
        var form = FhirForm.Find(request) ?? new FhirForm(IsXml: false, IsPretty: false);
        return form is { IsXml: false, IsPretty: false } ? (WithLinks(_resource, request) is { } resource ? WriteJson(resource) : _json, FhirForm.Json)
            : ResourceFor(request) is { } whole ? form.Write(whole)
            : (_json, FhirForm.Json);
    }

    private byte[] WriteJson(Resource resource) => resource is Bundle page && _stored is { } stored
        ? SearchsetJson.Write(page, one => stored.TryGetValue(one, out var json) ? json : (ReadOnlyMemory<byte>?)null)
        : FhirJson.Write(resource);
}
