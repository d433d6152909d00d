using System.Collections.Concurrent;
using System.Net.Http.Headers;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using Polly;
using Polly.CircuitBreaker;

namespace EhrLedger.Node.Peers;

/// <summary>
/// HTTP/1.1 with kept connections: nodes talk over few long-lived lines, most of them one request at a time, where h2c has nothing to multiplex and costs its framing. Sockets are opened with
/// TCP_NODELAY, which is the handler's default. A member that fails again and again is left alone for two seconds.
/// </summary>
internal sealed class HttpPeerTransport : IPeerTransport, IDisposable
{
    private static readonly MediaTypeHeaderValue Cbor = new("application/cbor");
    private readonly ConcurrentDictionary<OrganisationId, ResiliencePipeline<PeerAnswer>> _breakers = new();
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private readonly HttpClient _client;

    /// <param name="time">The clock of pauses and limits.</param>
    /// <param name="alarms">Told of endless answers.</param>
    public HttpPeerTransport(TimeProvider time, IAlarmSink alarms)
    {
        _time = time;
        _alarms = alarms;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 64,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <inheritdoc/>
    public async Task<PeerAnswer> SendAsync(
        Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
    {
        var breaker = _breakers.GetOrAdd(member.Organisation, _ => NewBreaker());
        for (var attempt = 0; ; attempt++)
        {
            var answer = limits.Retries == 0
                ? await SendOnceAsync(member, method, path, body, limits, cancellationToken).ConfigureAwait(false)
                : await SendGuardedAsync(breaker, member, method, path, body, limits, cancellationToken).ConfigureAwait(false);
            if (attempt >= limits.Retries || answer.Failure is PeerFailure.TooLarge or PeerFailure.Resting || (answer.Failure is null && answer.Status < 500))
            {
                return answer;
            }

            // Doubled each time, with jitter, so that nodes that lost the same peer do not all come back at once.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 150) << attempt), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<PeerAnswer> SendGuardedAsync(
        ResiliencePipeline<PeerAnswer> breaker, Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            return await breaker.ExecuteAsync(
                async token => await SendOnceAsync(member, method, path, body, limits, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenCircuitException)
        {
            return PeerAnswer.None(PeerFailure.Resting);
        }
    }

    private async Task<PeerAnswer> SendOnceAsync(
        Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(member.Endpoint.TrimEnd('/') + path, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return PeerAnswer.None(PeerFailure.Unreachable);
        }

        using var limit = new CancellationTokenSource(limits.Longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(method, uri);
            if (method != HttpMethod.Get)
            {
                request.Content = new ReadOnlyMemoryContent(body);
                request.Content.Headers.ContentType = Cbor;
            }

            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (await ReadAsync(response.Content, limits.LargestAnswer, either.Token).ConfigureAwait(false) is { } read)
            {
                return new PeerAnswer((int)response.StatusCode, read, null);
            }

            _alarms.Raise(AlarmKind.LyingPeer, $"{member.Name} ({member.Organisation}) answered {path.Split('?')[0]} with more than {limits.LargestAnswer} bytes.");
            return PeerAnswer.None(PeerFailure.TooLarge);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PeerAnswer.None(PeerFailure.TooSlow);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return PeerAnswer.None(PeerFailure.Unreachable);
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpContent content, int largest, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > largest)
        {
            return null;
        }

        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var bytes = new MemoryStream((int)(content.Headers.ContentLength ?? 1024));
            var buffer = new byte[16 * 1024];
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                if (bytes.Length + count > largest)
                {
                    return null;
                }

                bytes.Write(buffer, 0, count);
            }

            return bytes.ToArray();
        }
    }

    private ResiliencePipeline<PeerAnswer> NewBreaker() => new ResiliencePipelineBuilder<PeerAnswer> { TimeProvider = _time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<PeerAnswer>
        {
            FailureRatio = 0.9,
            MinimumThroughput = 8,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(2),
            ShouldHandle = new PredicateBuilder<PeerAnswer>().HandleResult(answer => answer.Failure is not null || answer.Status >= 500),
        })
        .Build();
}
