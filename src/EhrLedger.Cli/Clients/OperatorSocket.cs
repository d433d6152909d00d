using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Clients;

/// <summary>The node's Unix domain socket, which only its owner may connect to.</summary>
internal static class OperatorSocket
{
    private const int LargestAnswer = 16 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Option that says where it is.</summary>
    public static Option<string> Option() => new("--socket")
    {
        Description = "The node's socket: admin.sock in its data folder, or what its setting admin-socket says. Default: data/admin.sock.",
        HelpName = "FILE",
        DefaultValueFactory = _ => Path.Combine("data", "admin.sock"),
    };

    /// <summary>Calls the node.</summary>
    /// <param name="socket">The file.</param>
    /// <param name="method">HTTP.</param>
    /// <param name="path">Below /operator or /admin.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>JSON; null where there is no such thing.</returns>
    /// <exception cref="CommandException">No node, or it refuses.</exception>
    public static async Task<JsonNode?> CallAsync(string socket, HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token).ConfigureAwait(false);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        using var http = new HttpClient(handler) { Timeout = Limit, MaxResponseContentBufferSize = LargestAnswer };
        try
        {
            using var request = new HttpRequestMessage(method, "http://localhost" + path);
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
            using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? answer.Length == 0 ? null : JsonNode.Parse(answer)
                : response.StatusCode == System.Net.HttpStatusCode.NotFound ? null
                : throw new CommandException(ExitCode.Finding, $"The node refuses: {Printable.Line(TitleOf(answer) ?? $"HTTP {(int)response.StatusCode}")}");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException or ArgumentException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException(ExitCode.Unreachable, $"No node answers at {socket}, or not to you: its owner may.");
        }
    }

    private static string? TitleOf(string problem)
    {
        try
        {
            return (string?)JsonNode.Parse(problem)?["title"];
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
