using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Clients;

/// <summary>
/// Key sets of clients that publish them, fetched when needed. The address is the operator's own word at registration, so private addresses are taken too; a redirect is not followed, because it would be somebody else's.
/// </summary>
internal sealed class RemoteKeySets(TimeProvider time) : IDisposable
{
    /// <summary>Between two fetches of one set, whatever is asked and however the first one ended.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, Kept> _kept = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(3), UseCookies = false }) { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = PublicKeySet.Largest };

    /// <summary>Whether a set may be fetched there: https, or http on this machine.</summary>
    public static bool IsAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <summary>The set at an address: fetched anew where the kept one is too old or lacks the key, but at most once a minute.</summary>
    /// <returns>Null where there is none.</returns>
    public async Task<JsonWebKeySet?> FindAsync(string url, string keyId, CancellationToken cancellationToken)
    {
        var kept = _kept.GetOrAdd(url, _ => new Kept());
        await kept.One.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = time.GetUtcNow();
            var isGood = kept.Set is not null && now < kept.Ends;
            if ((!isGood || !kept.Set!.Keys.Any(key => key.Kid == keyId)) && now - kept.Fetched >= Pause)
            {
                kept.Fetched = now;
                var (set, lasts) = await FetchAsync(url, cancellationToken).ConfigureAwait(false);
                if (set is not null)
                {
                    (kept.Set, kept.Ends) = (set, now + lasts);
                    isGood = true;
                }
            }

            return isGood ? kept.Set : null;
        }
        finally
        {
            kept.One.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        foreach (var kept in _kept.Values)
        {
            kept.One.Dispose();
        }
    }

    private async Task<(JsonWebKeySet? Set, TimeSpan Lasts)> FetchAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != System.Net.HttpStatusCode.OK)
            {
                return (null, default);
            }

            var json = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            var control = response.Headers.CacheControl;
            var lasts = control is { NoStore: true } or { NoCache: true } ? Pause : control?.MaxAge ?? Longest;
            return (PublicKeySet.TryParse(json), lasts < Pause ? Pause : lasts > Longest ? Longest : lasts);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, default);
        }
    }

    private sealed class Kept
    {
        public SemaphoreSlim One { get; } = new(1);

        public JsonWebKeySet? Set { get; set; }

        public DateTimeOffset Fetched { get; set; } = DateTimeOffset.MinValue;

        public DateTimeOffset Ends { get; set; }
    }
}
