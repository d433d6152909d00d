using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Access;

/// <summary>Access tokens of a node, for one client and one who is acting; asked for again shortly before one ends.</summary>
/// <param name="http">Without redirects.</param>
/// <param name="tokenEndpoint">Of the node.</param>
/// <param name="key">The client's.</param>
/// <param name="acting">Who is acting.</param>
/// <param name="scope">What is asked for.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenSource(HttpClient http, Uri tokenEndpoint, ClientKey key, Acting acting, string scope, TimeProvider time) : IDisposable
{
    /// <summary>Everything that a client can be registered for.</summary>
    public const string EveryScope = "system/*.cruds";

    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1);
    private string? _token;
    private DateTimeOffset _ends;

    /// <summary>The token endpoint of a node, from any of its addresses: /fhir may follow.</summary>
    public static Uri EndpointOf(Uri node)
    {
        var path = node.AbsolutePath.TrimEnd('/');
        return new UriBuilder(node) { Path = (path.EndsWith("/fhir", StringComparison.Ordinal) ? path[..^"/fhir".Length] : path) + "/auth/token" }.Uri;
    }

    /// <summary>A token that is good for a while.</summary>
    /// <exception cref="CommandException">The node gives none.</exception>
    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is null || time.GetUtcNow() >= _ends)
            {
                var asked = time.GetUtcNow();
                (_token, var lasts) = await AskAsync(cancellationToken).ConfigureAwait(false);
                _ends = asked + lasts - Margin;
            }

            return _token;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<(string Token, TimeSpan Lasts)> AskAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["scope"] = scope,
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = key.Sign(tokenEndpoint.AbsoluteUri, acting, time.GetUtcNow()),
            });
            using var response = await http.PostAsync(tokenEndpoint, form, limit.Token).ConfigureAwait(false);
            var answer = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false)) as JsonObject;
            return response.IsSuccessStatusCode && (string?)answer?["access_token"] is { } token && (int?)answer["expires_in"] is { } seconds
                ? (token, TimeSpan.FromSeconds(seconds))
                : throw new CommandException(ExitCode.Finding, $"{tokenEndpoint} gives no token: HTTP {(int)response.StatusCode}, {Printable.Line((string?)answer?["error_description"] ?? "no reason")}");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException or InvalidOperationException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException(ExitCode.Unreachable, $"{tokenEndpoint} does not answer.");
        }
    }
}
