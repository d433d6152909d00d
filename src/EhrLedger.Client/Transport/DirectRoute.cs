using System.Globalization;
using System.Net;
using System.Text.Json;

namespace EhrLedger.Client.Transport;

/// <summary>
/// Straight to the node over HTTP. The node sees the caller's address. A request that names a subject is the last one on its connection (HTTP/1.1, <c>Connection: close</c>), so that
/// no connection names two; in a browser the browser decides about connections, and only a relay hides.
/// </summary>
/// <param name="http">The host's: it decides about proxies, certificates and pooling, and should not follow redirects. Stays the host's.</param>
public sealed class DirectRoute(HttpClient http) : IRoute
{
    private const string CodePrefix = "urn:ehrledger:";
    private const int LargestProblem = 16 * 1024;

    /// <inheritdoc/>
    public async Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(request.Timeout);
        try
        {
            using var message = Request(request);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            return await ReadAsync(request, response, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Answer<ReadOnlyMemory<byte>>.Unavailable("no answer in time");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return new Answer<ReadOnlyMemory<byte>>.Unavailable("not reachable");
        }
    }

    private static HttpRequestMessage Request(NodeCall call)
    {
        var request = new HttpRequestMessage(call.Method, call.Node.AbsoluteUri.TrimEnd('/') + call.Path);
        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.ContentType = new(call.ContentType);
        }

        if (call.About is not null)
        {
            request.Version = HttpVersion.Version11;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            request.Headers.ConnectionClose = true;
        }

        return request;
    }

    private static async Task<Answer<ReadOnlyMemory<byte>>> ReadAsync(NodeCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var body = await ReadBodyAsync(response, IsSuccess(status) ? call.MostBytes : LargestProblem, cancellationToken).ConfigureAwait(false);
        return AnswerOf(status, body, call.MostBytes);
    }

    /// <summary>What a status and a body say, whichever way they came.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">Null where it was longer than is read.</param>
    /// <param name="mostBytes">What a good answer may have.</param>
    internal static Answer<ReadOnlyMemory<byte>> AnswerOf(int status, ReadOnlyMemory<byte>? body, int mostBytes) =>
        IsSuccess(status)
            ? body is { } given && given.Length <= mostBytes
                ? new Answer<ReadOnlyMemory<byte>>.Given(given)
                : new Answer<ReadOnlyMemory<byte>>.Untrue(string.Create(CultureInfo.InvariantCulture, $"an answer of more than {mostBytes} bytes"))
            : status is >= 400 and < 500 && status != (int)HttpStatusCode.TooManyRequests
                ? new Answer<ReadOnlyMemory<byte>>.Refused(status, CodeOf(body))
                : new Answer<ReadOnlyMemory<byte>>.Unavailable(string.Create(CultureInfo.InvariantCulture, $"HTTP {status}"));

    private static bool IsSuccess(int status) => status is >= 200 and < 300;

    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        // The announced length may lie, and there may be none: what counts is what arrives.
        if (response.Content.Headers.ContentLength > most)
        {
            return null;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > most)
                {
                    return null;
                }

                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
    }

    private static string CodeOf(ReadOnlyMemory<byte>? problem)
    {
        try
        {
            using var document = JsonDocument.Parse(problem ?? ReadOnlyMemory<byte>.Empty);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.GetString() is { Length: < 200 } text
                && text.StartsWith(CodePrefix, StringComparison.Ordinal)
                ? text[CodePrefix.Length..]
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
