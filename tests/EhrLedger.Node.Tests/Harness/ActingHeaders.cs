using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EhrLedger.Cli.Access;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>
/// Lets tests say in headers who is acting, what for and within which scopes: they never leave this process. In their place goes an access token that the node gave to its development client for just that. A request that has a token of its
/// own keeps it.
/// </summary>
/// <param name="keyFile">The development client's key; there once the node has started.</param>
/// <param name="clock">The node's.</param>
internal sealed class ActingHeaders(string keyFile, TimeProvider clock) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    private const string Purpose = "X-Purpose-Of-Use";
    private const string Person = "X-Acting-Person";
    private const string Role = "X-Acting-Role";
    private const string Scope = "X-Acting-Scope";
    private readonly ConcurrentDictionary<(Uri, Acting, string), TokenSource> _tokens = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>What a node says to whom nobody may name is said as it would have been of a header: as an answer in FHIR's form.</summary>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var acting = new Acting(Take(request, Purpose), Take(request, Person), Take(request, Role));
        var scope = Take(request, Scope) ?? TokenSource.EveryScope;
        if (NeedsToken(request))
        {
            try
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await FindTokenAsync(request.RequestUri!, acting, scope, cancellationToken));
            }
            catch (CommandException refused) when (refused.ExitCode == ExitCode.Finding)
            {
                return Refusal(request, refused.Message);
            }
            catch (CommandException gone)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, gone.Message);
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _http.Dispose();
            foreach (var source in _tokens.Values)
            {
                source.Dispose();
            }
        }
    }

    private static bool NeedsToken(HttpRequestMessage request) =>
        request.Headers.Authorization is null
        && request.RequestUri!.AbsolutePath is var path
        && (path == "/fhir" || path.StartsWith("/fhir/", StringComparison.Ordinal))
        && path is not ("/fhir/metadata" or "/fhir/.well-known/smart-configuration");

    private Task<string> FindTokenAsync(Uri address, Acting acting, string scope, CancellationToken cancellationToken)
    {
        var endpoint = new Uri(address, "/auth/token");
        return _tokens.GetOrAdd((endpoint, acting, scope), _ => new TokenSource(_http, endpoint, ClientKey.Read(keyFile), acting, scope, clock)).FindAsync(cancellationToken);
    }

    private static string? Take(HttpRequestMessage request, string name)
    {
        var value = request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
        request.Headers.Remove(name);
        return value;
    }

    private static HttpResponseMessage Refusal(HttpRequestMessage request, string why) => new(HttpStatusCode.BadRequest)
    {
        RequestMessage = request,
        Content = new StringContent(
            $$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","diagnostics":{{System.Text.Json.JsonSerializer.Serialize(why)}}}]}""", Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json")),
    };
}
