using EhrLedger.Node.Smart.Clients;
using Microsoft.AspNetCore.Http.Extensions;

namespace EhrLedger.Node.Smart;

/// <summary>
/// Lets applications that run in a browser ask from their own origins: those of registered addresses, and where nothing is told that is not public, all. No cookie counts for what they ask.
/// </summary>
/// <remarks>Source: Fetch Standard, "CORS protocol"; SMART App Launch 2.2, "Considerations for cross-origin resource sharing".</remarks>
internal sealed class CrossOrigin(ClientRegistry clients)
{
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private const string Asked = "Authorization, Accept, Content-Type, Prefer, If-Match, If-None-Match, If-Modified-Since, If-None-Exist, X-Provenance";
    private const string Told = "Location, Content-Location, ETag, Last-Modified, Retry-After, X-Progress, WWW-Authenticate";
    private const string SecondsKept = "600";

    /// <summary>Says to the browser whether the page may have the answer, and answers what it asks before.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.Origin is not [{ Length: > 0 } origin] || !IsForApplications(request.Path))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var headers = context.Response.Headers;
        var isOpen = IsPublic(request.Path);
        headers.Vary = "Origin";
        if (isOpen || await IsRegisteredAsync(origin, context.RequestAborted).ConfigureAwait(false))
        {
            headers.AccessControlAllowOrigin = isOpen ? "*" : origin;
            headers.AccessControlExposeHeaders = Told;
            if (HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0)
            {
                headers.AccessControlAllowMethods = Methods;
                headers.AccessControlAllowHeaders = Asked;
                headers.AccessControlMaxAge = SecondsKept;
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
        }

        await next(context).ConfigureAwait(false);
    }

    // The pages under /auth are for people: no script of anybody's has to do with them.
    private static bool IsForApplications(PathString path) => path.StartsWithSegments("/fhir") || path == SmartAddresses.TokenPath || IsPublic(path);

    private static bool IsPublic(PathString path) => path.Value is SmartConfiguration.RootPath or SmartConfiguration.FhirPath or SmartAddresses.KeysPath or "/fhir/metadata";

    private async Task<bool> IsRegisteredAsync(string origin, CancellationToken cancellationToken) =>
        (await clients.ListAsync(cancellationToken).ConfigureAwait(false)).Any(client => client.IsActive && (client.Terms.RedirectUris ?? []).Any(address => OriginOf(address) == origin));

    private static string? OriginOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? UriHelper.BuildAbsolute(uri.Scheme, HostString.FromUriComponent(uri)).TrimEnd('/') : null;
}
