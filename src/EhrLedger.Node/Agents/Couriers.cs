using System.Net.Http.Headers;
using EhrLedger.Ledger.Replication;
using EhrLedger.Messaging.Envelopes;
using EhrLedger.Node.Fhir.Subscriptions;

namespace EhrLedger.Node.Agents;

/// <summary>Sends what waits in the mailbox to the endpoints of other agents: one message after another for each recipient, recipients side by side. No redirects, cookies or proxies; of an answer only the status is looked at.</summary>
internal sealed class Couriers(Mailbox mailbox, SubscriberNetworks networks, TimeProvider time) : IDisposable
{
    private const int SideBySide = 8;
    private const int MostAtOnce = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        ActivityHeadersPropagator = null,
        ConnectCallback = networks.ConnectAsync,
    })
    {
        Timeout = Patience,
    };

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        mailbox.Arrived = () => _arrived.Release();
        while (true)
        {
            var due = Find();
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken }, SendAsync);
            if (due.Count == 0)
            {
                await _arrived.WaitAsync(Pause, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _arrived.Dispose();
    }

    private IReadOnlyList<Waiting> Find()
    {
        try
        {
            return mailbox.FindDue(MostAtOnce);
        }
        catch (StoreFailedException)
        {
            return [];
        }
    }

    private async ValueTask SendAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        var hasArrived = await PostAsync(waiting, cancellationToken);
        try
        {
            if (hasArrived)
            {
                mailbox.Sent(waiting);
            }
            else
            {
                mailbox.Failed(waiting);
            }
        }
        catch (StoreFailedException)
        {
            // It is sent once more: a message that comes twice changes nothing. Not at once, for the store needs time.
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<bool> PostAsync(Waiting waiting, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, waiting.Endpoint) { Content = new ByteArrayContent(waiting.Envelope) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Envelope.MediaType);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or UriFormatException or IOException || (unreachable is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
