using EhrLedger.Node.Fhir;
using EhrLedger.Node.Smart.Tokens;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Smart;

/// <summary>Lets nobody into FHIR without an access token of this node, but for what says how to get one.</summary>
internal sealed class BearerCheck(AccessTokens tokens, ClientLimits limits)
{
    private const string Scheme = "Bearer ";

    /// <summary>Answers 401 or 429, or puts a <see cref="SmartCaller"/> among the request's features and goes on.</summary>
    public async System.Threading.Tasks.Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (IsOpen(context.Request.Path))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var token = TokenOf(context.Request);
        if (token is null || await tokens.FindCallerAsync(token, context.RequestAborted).ConfigureAwait(false) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = token is null ? "Bearer" : "Bearer error=\"invalid_token\"";
            await FhirAnswer.Failed(StatusCodes.Status401Unauthorized, OperationOutcome.IssueType.Login, "An access token of this node is needed: .well-known/smart-configuration says where to get one.")
                .ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (limits.FindFhirWait(caller.ClientId) is { } wait)
        {
            await ClientLimits.Refuse(wait).ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        context.Features.Set(caller);
        await next(context).ConfigureAwait(false);
    }

    /// <summary>The bearer token of a request; null for none.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } one] && one.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? one[Scheme.Length..].Trim() : null;

    private static bool IsOpen(PathString path) => path.Value is "/fhir/metadata" or SmartConfiguration.FhirPath;
}
