using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Smart;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.WebUtilities;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// What a Bundle asks by GET or HEAD. Each entry goes through the endpoints that a request of its own would go through, and is answered, logged and refused as that is: one implementation for both. No other
/// endpoint of the node can be reached by an entry.
/// </summary>
internal sealed class BundleReads(IServiceProvider services)
{
    // At the first entry, because the endpoints need what this is made with.
    private readonly Lazy<RequestDelegate> _endpoints = new(() => new ApplicationBuilder(services).UseRouting().UseEndpoints(endpoints => endpoints.MapFhir()).Build());

    /// <summary>Answers one entry.</summary>
    /// <param name="operation">Of kind read.</param>
    /// <param name="bundle">The request that the Bundle came with: who asks, what for, and how strictly.</param>
    /// <param name="allowance">What the Bundle's reads may still cost.</param>
    /// <param name="cancellationToken">Gives up; then nothing of the Bundle is answered.</param>
    public async Task<EntryResult> AnswerAsync(PlannedOperation operation, HttpRequest bundle, ReadAllowance allowance, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!allowance.Take())
        {
            return Failed(StatusCodes.Status403Forbidden, [Outcome.Error(OperationOutcome.IssueType.TooCostly, ReadAllowance.UsedUp)]);
        }

        if (operation.Url.Length > RequestLimits.LargestLine)
        {
            return Failed(StatusCodes.Status414UriTooLong, [Outcome.Error(OperationOutcome.IssueType.TooLong, "The URL is longer than this node takes: send a search as POST to _search.")]);
        }

        if (ContextOf(operation, bundle, cancellationToken) is not { } context)
        {
            return Failed(StatusCodes.Status400BadRequest, [Outcome.Error(OperationOutcome.IssueType.Value, "The URL can't be read.", $"Bundle.entry[{operation.Entry}].request.url")]);
        }

        FhirAnswer answer;
        try
        {
            answer = await AskAsync(context);
            allowance.Spend(answer.Body.Length);
        }
#pragma warning disable CA1031 // As for a request of its own: what fails, or can't be written, is answered in its place, and leaves the Bundle's other entries as they are.
        catch (Exception thrown) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            answer = FhirFeature.AnswerOf(thrown, context);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var resource = answer.ResourceFor(context.Request);
        return answer.Status >= StatusCodes.Status400BadRequest
            ? new EntryResult(StatusLineOf(answer.Status), null, null, null, null, resource as OperationOutcome)
            : new EntryResult(StatusLineOf(answer.Status), null, ResourceVersion.ReadETag(answer.ETag), answer.LastModified, operation.WithoutBody ? null : resource, null);
    }

    public static EntryResult Failed(int status, IReadOnlyList<OperationOutcome.IssueComponent> issues) => new(StatusLineOf(status), null, null, null, null, Outcome.Of(issues));

    private static string StatusLineOf(int status) => $"{status} {ReasonPhrases.GetReasonPhrase(status)}";

    private async Task<FhirAnswer> AskAsync(DefaultHttpContext context)
    {
        var sink = new AnswerSink();
        context.Features.Set(sink);
        await _endpoints.Value(context);

        // Routing itself answers a method that a path does not have, without a word.
        return sink.Answer ?? FhirAnswer.Failed(context.Response.StatusCode, OperationOutcome.IssueType.NotSupported, "This interaction is not supported: GET /fhir/metadata lists those that are.");
    }

    /// <summary>Null for a URL that no request could have.</summary>
    private static DefaultHttpContext? ContextOf(PlannedOperation operation, HttpRequest bundle, CancellationToken cancellationToken)
    {
        var context = new DefaultHttpContext { RequestServices = bundle.HttpContext.RequestServices, RequestAborted = cancellationToken };
        var mark = operation.Url.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = mark < 0 ? (operation.Url, "") : (operation.Url[..mark], operation.Url[mark..]);
        var request = context.Request;
        request.Method = operation.WithoutBody ? HttpMethods.Head : HttpMethods.Get;
        try
        {
            request.Path = PathString.FromUriComponent($"/fhir/{path}");
        }
        catch (InvalidOperationException)
        {
            // A null character.
            return null;
        }

        request.QueryString = new QueryString(query.Length > 1 ? query : "");
        request.Headers["Prefer"] = bundle.Headers["Prefer"];
        context.Features.Set(bundle.HttpContext.Features.Get<SmartCaller>());

        if (operation.IfNoneMatch is { } ifNoneMatch)
        {
            request.Headers.IfNoneMatch = ifNoneMatch;
        }

        if (operation.IfModifiedSince is { } since)
        {
            request.GetTypedHeaders().IfModifiedSince = since;
        }

        return context;
    }
}

/// <summary>Takes an answer that goes into a Bundle instead of out to a client.</summary>
internal sealed class AnswerSink
{
    /// <summary>Null until there is one.</summary>
    public FhirAnswer? Answer { get; set; }
}
