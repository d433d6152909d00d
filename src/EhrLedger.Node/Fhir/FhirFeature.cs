using System.Collections.Frozen;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Consents;
using EhrLedger.Node.Fhir.Export;
using EhrLedger.Node.Fhir.History;
using EhrLedger.Node.Fhir.Operations;
using EhrLedger.Node.Fhir.Patch;
using EhrLedger.Node.Fhir.Subscriptions;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Sharing;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>The FHIR R4 API under /fhir.</summary>
internal static class FhirFeature
{
    // Names are told apart by case: to the SDK "observation" is known as well.
    private static readonly FrozenSet<string> Types = ModelInfo.SupportedResources.Where(type => type is not ("Resource" or "DomainResource")).ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    public static IServiceCollection AddFhir(this IServiceCollection services) => services
        .AddSingleton(_ => ProfileSet.Own)
        .AddSingleton(services => new Classifier(services.GetRequiredService<NodeSettings>().CategoryTable))
        .AddSingleton<IntentMaker>()
        .AddConsentRequests()
        .AddSingleton<AuthorSearch>()
        .AddSingleton<Sight>()
        .AddSingleton<Chains.ChainSearch>()
        .AddSingleton<ReadLog>()
        .AddSingleton<SearchSessions>()
        .AddSingleton<FhirWriter>()
        .AddSingleton<BundleWriter>()
        .AddSingleton<FhirReader>()
        .AddSingleton<HistoryReader>()
        .AddSingleton<HistoryPages>()
        .AddSingleton<Inclusion>()
        .AddSingleton<FhirSearch>()
        .AddSingleton<BundleReads>()
        .AddSingleton<Patching>()
        .AddSingleton<Patcher>()
        .AddSingleton<ConditionalWriter>()
        .AddSingleton<IGranteeTokens, StoredTokens>()
        .AddSingleton<ForeignRecords>()
        .AddSingleton(services => new SpecificationDefinitions(services.GetRequiredService<Metadata>().Statement))
        .AddViews()
        .AddSingleton(services => new WithViews(
            new WithinScopes(
                new WithDefinitions(
                    new WithDirectories(services.GetRequiredService<ForeignRecords>(), services.GetRequiredService<MemberDirectories>(), services.GetRequiredService<ServerBase>()), services.GetRequiredService<SpecificationDefinitions>()),
                services.GetRequiredService<ServerBase>()),
            services.GetServices<IViews>()))
        .AddSingleton<IForeignRecords>(services => services.GetRequiredService<WithViews>())
        .AddOperations()
        .AddExport()
        .AddSubscriptions()
        .AddSingleton<Metadata>();

    public static IEndpointRouteBuilder MapFhir(this IEndpointRouteBuilder app)
    {
        var fhir = app.MapGroup("/fhir").AddEndpointFilter(AnswerFaultsAsync).AddEndpointFilter(AgreeOnFormAsync);
        fhir.MapMethods("/metadata", Reads, (Metadata metadata) => metadata.Answer());
        fhir.MapPost("/", (HttpRequest request, BundleWriter writer, CancellationToken token) => writer.AnswerAsync(request, token));
        fhir.MapPost("/{type}", (string type, HttpRequest request, FhirWriter writer, CancellationToken token) =>
            Types.Contains(type) ? writer.CreateAsync(type, request, token) : UnknownType());
        fhir.MapMethods("/{type}", Reads, (string type, HttpRequest request, FhirSearch search, CancellationToken token) =>
            Types.Contains(type) ? search.SearchAsync(new SearchScope(type), ParametersOf(request), request, token) : UnknownType());
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
        fhir.MapOperations();
        fhir.MapExport();
        fhir.MapSubscriptions();
        fhir.MapGet("/", PageOfSeveralTypesAsync);
        fhir.MapGet("/{compartment}/{id}/{type}", (string compartment, string id, string type, HttpRequest request, FhirSearch search, CancellationToken token) =>
            SearchCompartmentAsync(compartment, id, type, ParametersOf(request), request, search, token));
        fhir.MapPost("/{compartment}/{id}/{type}/_search", SearchCompartmentByPostAsync);
        fhir.MapFallback("{**path}", (HttpRequest request) => FhirAnswer.Failed(
            StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "This interaction is not supported: GET /fhir/metadata lists those that are."));
        return app;
    }

    private static string QueryOf(HttpRequest request) => request.QueryString.Value?.TrimStart('?') ?? "";

    /// <summary>Whether R4 has a resource type of this name.</summary>
    public static bool IsType(string type) => Types.Contains(type);

    public static Task<FhirAnswer> IfType(string type, Func<Task<FhirAnswer>> answer) => IsType(type) ? answer() : UnknownType();

    private static Task<FhirAnswer> UnknownType() =>
        System.Threading.Tasks.Task.FromResult(FhirAnswer.Failed(StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "R4 has no resource type of this name."));

    private static async Task<FhirAnswer> SearchByPostAsync(string type, HttpRequest request, FhirSearch search, CancellationToken cancellationToken)
    {
        if (!Types.Contains(type))
        {
            return await UnknownType();
        }

        var (parameters, refusal) = await PostedAsync(request, cancellationToken);
        return parameters is null ? refusal! : await search.SearchAsync(new SearchScope(type), parameters, request, cancellationToken);
    }

    private static async Task<FhirAnswer> SearchCompartmentByPostAsync(string compartment, string id, string type, HttpRequest request, FhirSearch search, CancellationToken cancellationToken)
    {
        var (parameters, refusal) = await PostedAsync(request, cancellationToken);
        return parameters is null ? refusal! : await SearchCompartmentAsync(compartment, id, type, parameters, request, search, cancellationToken);
    }

    private static Task<FhirAnswer> SearchCompartmentAsync(
        string compartment, string id, string type, IReadOnlyList<(string Name, string Value)> parameters, HttpRequest request, FhirSearch search, CancellationToken cancellationToken)
    {
        var scope = new SearchScope(type == "*" ? null : type, compartment, id);
        return scope.IsKnown
            ? search.SearchAsync(scope, parameters, request, cancellationToken)
            : System.Threading.Tasks.Task.FromResult(FhirAnswer.Failed(
                StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "R4 has no such compartment, or none that holds resources of this type."));
    }

    /// <summary>A page of a search over several types; such a search begins in a compartment.</summary>
    private static async Task<FhirAnswer> PageOfSeveralTypesAsync(HttpRequest request, FhirSearch search, CancellationToken cancellationToken) =>
        ParametersOf(request) is not [("_page", var token)]
            ? FhirAnswer.Failed(StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotSupported, "Search one type, or a compartment: there is no search over all types of the server.")
            : FhirCaller.Find(request) is { } asking ? await search.PageAsync(null, token, asking.Searching, cancellationToken) : FhirWriter.BadCaller();

    /// <summary>Parameters of the URL and of the form in the body, without those that choose the answer's form.</summary>
    private static async Task<(IReadOnlyList<(string Name, string Value)>? Parameters, FhirAnswer? Refusal)> PostedAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (form, refusal) = await FhirBody.ReadFormAsync(request, cancellationToken);
        if (form is null)
        {
            return (null, refusal);
        }

        IReadOnlyList<(string Name, string Value)> parameters = [.. QueryText.Parse(QueryOf(request)), .. form];
        return FhirForm.Find(request, parameters) is null ? (null, NotAcceptable()) : ([.. parameters.Where(pair => !FhirForm.IsName(pair.Name))], null);
    }

    /// <summary>What the URL asks, without how it is to be answered.</summary>
    public static IReadOnlyList<(string Name, string Value)> ParametersOf(HttpRequest request) =>
        [.. QueryText.Parse(QueryOf(request)).Where(pair => !FhirForm.IsName(pair.Name))];

    // Before anything is done: what has been written can't be taken back because nobody can read the answer.
    private static async ValueTask<object?> AgreeOnFormAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        FhirForm.Find(context.HttpContext.Request) is null && context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<AnswersInItsOwnForm>() is null ? NotAcceptable() : await next(context);

    private static FhirAnswer NotAcceptable() => FhirAnswer.Failed(
        StatusCodes.Status406NotAcceptable, OperationOutcome.IssueType.NotSupported, "Answers are application/fhir+json or application/fhir+xml of FHIR version 4.0: ask for one of them by Accept or _format.");

    private static async ValueTask<object?> AnswerFaultsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (OperationCanceledException) when (context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return FhirAnswer.Empty(StatusCodes.Status499ClientClosedRequest);
        }
#pragma warning disable CA1031 // The last resort: the caller gets an answer in FHIR's form, the operator gets the exception.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            return AnswerOf(thrown, context.HttpContext);
        }
    }

    /// <summary>What nobody caught becomes an OperationOutcome without a word of the exception.</summary>
    public static FhirAnswer AnswerOf(Exception thrown, HttpContext context)
    {
        switch (thrown)
        {
            case StoreFailedException:
                return FhirWriter.StoreFailed();
            case BadHttpRequestException refused:
                return FhirAnswer.Failed(refused.StatusCode, OperationOutcome.IssueType.Invalid, "The request could not be read.");
            default:
                FhirLog.Unexpected(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("EhrLedger.Fhir"), context.Request.Method, thrown.GetType().Name);
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
