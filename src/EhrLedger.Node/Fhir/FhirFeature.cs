using System.Collections.Frozen;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.History;
using EhrLedger.Node.Fhir.Patch;
using EhrLedger.Node.Reading;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>The FHIR R4 API under /fhir.</summary>
internal static class FhirFeature
{
    // Names are told apart by case: to the SDK "observation" is known as well.
    private static readonly FrozenSet<string> Types = ModelInfo.SupportedResources.Where(type => type is not ("Resource" or "DomainResource")).ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    public static IServiceCollection AddFhir(this IServiceCollection services) => services
        .AddSingleton<IntentMaker>()
        .AddSingleton<AuthorSearch>()
        .AddSingleton<ReadLog>()
        .AddSingleton<SearchSessions>()
        .AddSingleton<FhirWriter>()
        .AddSingleton<FhirReader>()
        .AddSingleton<HistoryReader>()
        .AddSingleton<BundleReads>()
        .AddSingleton<Patching>()
        .AddSingleton<Patcher>()
        .AddSingleton<ConditionalWriter>()
        .AddSingleton<IGranteeTokens, StoredTokens>()
        .AddSingleton<IForeignRecords, ForeignRecords>()
        .AddSingleton<Metadata>();

    public static WebApplication MapFhir(this WebApplication app)
    {
        var fhir = app.MapGroup("/fhir").AddEndpointFilter(AnswerFaultsAsync);
        fhir.MapMethods("/metadata", Reads, (Metadata metadata) => metadata.Answer());
        fhir.MapPost("/", (HttpRequest request, FhirWriter writer, CancellationToken token) => writer.BundleAsync(request, token));
        fhir.MapPost("/{type}", (string type, HttpRequest request, FhirWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.CreateAsync(type, request, token) : UnknownType());
        fhir.MapMethods("/{type}", Reads, (string type, HttpRequest request, FhirReader reader, CancellationToken token) =>
            Types.Contains(type) ? reader.SearchAsync(type, QueryText.Parse(QueryOf(request)), request, token) : UnknownType());
        fhir.MapPost("/{type}/_search", SearchByPostAsync);
        fhir.MapMethods("/{type}/{id}", Reads, (string type, string id, HttpRequest request, FhirReader reader, CancellationToken token) =>
            Types.Contains(type) ? reader.ReadAsync(type, id, null, request, token) : UnknownType());
        fhir.MapMethods("/{type}/{id}/_history/{version}", Reads, (string type, string id, string version, HttpRequest request, FhirReader reader, CancellationToken token) =>
            Types.Contains(type) ? reader.ReadAsync(type, id, version, request, token) : UnknownType());
        fhir.MapMethods("/_history", Reads, (HttpRequest request, HistoryReader history, CancellationToken token) => history.ReadAsync(null, null, QueryOf(request), request, token));
        fhir.MapMethods("/{type}/_history", Reads, (string type, HttpRequest request, HistoryReader history, CancellationToken token) =>
            Types.Contains(type) ? history.ReadAsync(type, null, QueryOf(request), request, token) : UnknownType());
        fhir.MapMethods("/{type}/{id}/_history", Reads, (string type, string id, HttpRequest request, HistoryReader history, CancellationToken token) =>
            Types.Contains(type) ? history.ReadAsync(type, id, QueryOf(request), request, token) : UnknownType());
        fhir.MapPut("/{type}/{id}", (string type, string id, HttpRequest request, FhirWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.UpdateAsync(type, id, request, token) : UnknownType());
        fhir.MapDelete("/{type}/{id}", (string type, string id, HttpRequest request, FhirWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.DeleteAsync(type, id, request, token) : UnknownType());
        fhir.MapPatch("/{type}/{id}", (string type, string id, HttpRequest request, Patcher patcher, CancellationToken token) =>
            Types.Contains(type) ? patcher.PatchAsync(type, id, request, token) : UnknownType());
        fhir.MapPut("/{type}", (string type, HttpRequest request, ConditionalWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.UpdateAsync(type, QueryOf(request), request, token) : UnknownType());
        fhir.MapPatch("/{type}", (string type, HttpRequest request, ConditionalWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.PatchAsync(type, QueryOf(request), request, token) : UnknownType());
        fhir.MapDelete("/{type}", (string type, HttpRequest request, ConditionalWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.DeleteAsync(type, QueryOf(request), request, token) : UnknownType());
        fhir.MapFallback("{**path}", (HttpRequest request) => FhirAnswer.Failed(
            StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "This interaction is not supported: GET /fhir/metadata lists those that are."));
        return app;
    }

    private static string QueryOf(HttpRequest request) => request.QueryString.Value?.TrimStart('?') ?? "";

    private static Task<FhirAnswer> UnknownType() =>
        System.Threading.Tasks.Task.FromResult(FhirAnswer.Failed(StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "R4 has no resource type of this name."));

    private static async Task<FhirAnswer> SearchByPostAsync(string type, HttpRequest request, FhirReader reader, CancellationToken cancellationToken)
    {
        if (!Types.Contains(type))
        {
            return await UnknownType();
        }

        if (!request.HasFormContentType)
        {
            return FhirAnswer.Failed(StatusCodes.Status415UnsupportedMediaType, OperationOutcome.IssueType.NotSupported, "Send application/x-www-form-urlencoded.");
        }

        var form = await request.ReadFormAsync(cancellationToken);
        var parameters = QueryText.Parse(QueryOf(request)).Concat(form.SelectMany(pair => pair.Value.Select(value => (pair.Key, value ?? ""))));
        return await reader.SearchAsync(type, [.. parameters], request, cancellationToken);
    }

    /// <summary>What nobody caught becomes an OperationOutcome without a word of the exception.</summary>
    private static async ValueTask<object?> AnswerFaultsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (StoreFailedException)
        {
            return FhirWriter.StoreFailed();
        }
        catch (BadHttpRequestException refused)
        {
            return FhirAnswer.Failed(refused.StatusCode, OperationOutcome.IssueType.Invalid, "The request could not be read.");
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return FhirAnswer.Empty(StatusCodes.Status499ClientClosedRequest);
        }
#pragma warning disable CA1031 // The last resort: the caller gets an answer in FHIR's form, the operator gets the exception.
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            FhirLog.Unexpected(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("EhrLedger.Fhir"), context.HttpContext.Request.Method, unexpected.GetType().Name);
            return FhirAnswer.Failed(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The node failed to answer. Its log has the kind of the fault.");
        }
    }
}

/// <summary>Log lines of the FHIR API: kinds of faults, never content.</summary>
internal static partial class FhirLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} under /fhir failed: {Kind}.")]
    public static partial void Unexpected(ILogger logger, string method, string kind);
}
