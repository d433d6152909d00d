using System.Net.Http.Headers;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Calls subscribers' endpoints. No redirects, cookies or proxies; of an answer only its status is looked at, so that nothing that stands behind an address can be read with a subscription.
/// </summary>
internal sealed class SubscriptionHook(SubscriberNetworks networks) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxConnectionsPerServer = 16,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        ActivityHeadersPropagator = null,
        ConnectCallback = networks.ConnectAsync,
    })
    {
        Timeout = Patience,
    };

    /// <summary>Sends nothing but that something is there.</summary>
    /// <returns>Null where the endpoint has taken it; else what went wrong, for the subscriber.</returns>
    public Task<string?> CallAsync(Subscription.ChannelComponent channel, CancellationToken cancellationToken) => SendAsync(channel, HttpMethod.Post, channel.Endpoint!, default, cancellationToken);

    /// <summary>Sends a resource, as an update.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public Task<string?> PutAsync(Subscription.ChannelComponent channel, string type, string id, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var endpoint = new UriBuilder(channel.Endpoint!);
        endpoint.Path = $"{endpoint.Path.TrimEnd('/')}/{type}/{id}";
        return SendAsync(channel, HttpMethod.Put, endpoint.Uri.AbsoluteUri, json, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string?> SendAsync(Subscription.ChannelComponent channel, HttpMethod method, string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, url) { Content = new ReadOnlyMemoryContent(json) };
            if (!json.IsEmpty)
            {
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(SubscriptionRules.Payload, "utf-8");
            }

            foreach (var (name, value) in channel.Header.Select(SubscriptionRules.HeaderOf).OfType<(string, string)>())
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"The endpoint answers {(int)response.StatusCode}.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The endpoint does not answer within {(int)Patience.TotalSeconds} seconds.";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return "The endpoint can't be reached, or is in a network that this node does not call.";
        }
    }
}
