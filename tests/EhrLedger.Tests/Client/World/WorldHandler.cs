using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace EhrLedger.Tests.Client.World;

/// <summary>One request as a node sees it.</summary>
internal sealed record WorldRequest(string Node, string Method, string Path, string Query, byte[] Body, bool LastOnConnection);

/// <summary>What a node answers.</summary>
internal sealed record WorldReply(int Status, byte[] Body, string? Code = null)
{
    public static WorldReply Ok(byte[] body) => new(200, body);

    public static WorldReply NoContent { get; } = new(204, []);

    public static WorldReply Problem(int status, string code) => new(status, Encoding.UTF8.GetBytes($$"""{"type":"urn:ehrledger:{{code}}","status":{{status}}}"""), code);
}

/// <summary>The network: hosts are <c>name.test</c>. A test may put itself between, before a node answers and after.</summary>
internal sealed class WorldHandler(ConsortiumWorld world) : HttpMessageHandler
{
    /// <summary>Answers in the node's place; null lets the node answer.</summary>
    public Func<WorldRequest, HttpResponseMessage?>? Instead { get; set; }

    /// <summary>Changes what the node has answered.</summary>
    public Func<WorldRequest, WorldReply, WorldReply>? Changed { get; set; }

    public ConcurrentQueue<WorldRequest> Seen { get; } = new();

    /// <summary>Nodes that don't answer.</summary>
    public ConcurrentDictionary<string, byte> Down { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        var name = uri.Host.Split('.')[0];
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var seen = new WorldRequest(name, request.Method.Method, uri.AbsolutePath, uri.Query.TrimStart('?'), body, request.Headers.ConnectionClose == true);
        Seen.Enqueue(seen);
        if (Down.ContainsKey(name) || world.Nodes.FirstOrDefault(node => node.Name == name) is not { } node)
        {
            throw new HttpRequestException("connection refused");
        }

        if (Instead?.Invoke(seen) is { } instead)
        {
            return instead;
        }

        var reply = await node.AnswerAsync(seen, cancellationToken);
        return Respond(Changed?.Invoke(seen, reply) ?? reply);
    }

    public static HttpResponseMessage Respond(WorldReply reply) => new((HttpStatusCode)reply.Status) { Content = new ByteArrayContent(reply.Body) };
}
