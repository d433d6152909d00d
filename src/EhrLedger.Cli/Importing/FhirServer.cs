using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using EhrLedger.Cli.Access;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Importing;

/// <summary>A FHIR server that Bundles are posted to.</summary>
/// <param name="http">Without redirects and without a timeout of its own.</param>
/// <param name="address">The FHIR base URL.</param>
/// <param name="tokens">What to show it; null for nothing.</param>
internal sealed class FhirServer(HttpClient http, Uri address, TokenSource? tokens = null)
{
    private const int LargestAnswer = 64 << 20;
    private const string FhirJson = "application/fhir+json";
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(30);

    // A large Bundle is sealed resource by resource before the answer comes.
    private static readonly TimeSpan PostLimit = TimeSpan.FromMinutes(15);

    /// <summary>Whether there is a FHIR server: records should not go to whatever listens there.</summary>
    /// <returns>Null if there is, or what is wrong.</returns>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AskLimit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address.AbsoluteUri.TrimEnd('/') + "/metadata");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(FhirJson));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return $"answers HTTP {(int)response.StatusCode} to /metadata: it is no FHIR base URL";
            }

            var body = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            return IsCapabilityStatement(body) ? null : "has no CapabilityStatement at /metadata: it is no FHIR base URL";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "no answer in time";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return "not reachable";
        }
    }

    /// <summary>Posts a Bundle once.</summary>
    /// <param name="bundle">JSON.</param>
    /// <param name="isBatch">Whether the answer says of each entry what became of it.</param>
    public async Task<PostOutcome> PostAsync(ReadOnlyMemory<byte> bundle, bool isBatch)
    {
        using var limit = new CancellationTokenSource(PostLimit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address);
            request.Content = new ReadOnlyMemoryContent(bundle);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(FhirJson);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(FhirJson));
            if (tokens is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.FindAsync(limit.Token).ConfigureAwait(false));
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            return await JudgeAsync(response, isBatch, limit.Token).ConfigureAwait(false);
        }
        catch (CommandException none)
        {
            // Nothing was sent.
            return none.ExitCode == ExitCode.Finding ? new PostOutcome.Refused(none.Message) : new PostOutcome.Unreachable(none.Message);
        }
        catch (OperationCanceledException)
        {
            return new PostOutcome.Unknown("no answer in 15 minutes");
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            return new PostOutcome.Unreachable("the server is not reachable");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return new PostOutcome.Unknown("the connection broke");
        }
    }

    private static async Task<PostOutcome> JudgeAsync(HttpResponseMessage response, bool isBatch, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        switch (response.StatusCode)
        {
            case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests:
                return new PostOutcome.Busy($"HTTP {status}", response.Headers.RetryAfter?.Delta);
            case >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not HttpStatusCode.RequestTimeout:
                return new PostOutcome.Refused(OutcomeText.OfRefusal(status, await ReadAsync(response, cancellationToken).ConfigureAwait(false)));
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                // Of a transaction the status says all, whatever becomes of the rest of the answer.
                return isBatch ? JudgeBatch(await ReadAsync(response, cancellationToken).ConfigureAwait(false)) : new PostOutcome.Taken();
            case >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest:
                return new PostOutcome.Refused($"HTTP {status}: redirects are not followed");
            default:
                return new PostOutcome.Unknown(OutcomeText.OfRefusal(status, await ReadAsync(response, cancellationToken).ConfigureAwait(false)));
        }
    }

    private static PostOutcome JudgeBatch(ReadOnlyMemory<byte> body) => OutcomeText.OfBatch(body) switch
    {
        null => new PostOutcome.Unknown("the answer to the batch can't be read"),
        "" => new PostOutcome.Taken(),
        { } failed => new PostOutcome.Unknown("not all of the batch was taken: " + failed),
    };

    /// <summary>The body, or nothing where it is too long.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > LargestAnswer)
                {
                    return default;
                }

                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
    }

    private static bool IsCapabilityStatement(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("resourceType", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.GetString() == "CapabilityStatement";
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
