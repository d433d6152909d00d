using System.Collections.Concurrent;
using System.Net.Http.Headers;
using EhrLedger.Cli.Access;

namespace EhrLedger.Benchmarks.Http;

/// <summary>Puts an access token on what goes to a node; the reference server has no key, and gets none.</summary>
/// <param name="acting">Who is acting.</param>
/// <param name="servers">Whose addresses are known.</param>
internal sealed class Tokens(Acting acting, params ChildServer[] servers) : DelegatingHandler(new SocketsHttpHandler { MaxConnectionsPerServer = 64, UseProxy = false })
{
    private readonly ConcurrentDictionary<string, TokenSource> _sources = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new();

    /// <summary>Nobody in particular.</summary>
    public static Acting Nobody { get; } = new(null, null, null);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (servers.FirstOrDefault(server => server.Address.Authority == request.RequestUri!.Authority && File.Exists(server.ClientKeyFile)) is { } node)
        {
            var source = _sources.GetOrAdd(node.ClientKeyFile, file => new TokenSource(_http, TokenSource.EndpointOf(node.Address), ClientKey.Read(file), acting, TokenSource.EveryScope, TimeProvider.System));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await source.FindAsync(cancellationToken).ConfigureAwait(false));
        }

        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _http.Dispose();
            foreach (var source in _sources.Values)
            {
                source.Dispose();
            }
        }
    }
}
