using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>An application that subscribes: takes what a node sends to it, and answers as a test wants.</summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly FakePeer _peer;

    private Subscriber(FakePeer peer)
    {
        _peer = peer;
        peer.Answer = TakeAsync;
    }

    /// <summary>What it answers; a redirect has a place to go to.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>All requests so far, also those that were refused.</summary>
    public IReadOnlyList<Received> All => [.. _received];

    public string Endpoint => $"{_peer.Address}hook";

    public static async Task<Subscriber> StartAsync() => new(await FakePeer.StartAsync());

    /// <summary>A Subscription to it.</summary>
    public JsonObject Subscription(string criteria, string? payload = null, params string[] headers)
    {
        var channel = new JsonObject { ["type"] = "rest-hook", ["endpoint"] = Endpoint };
        if (payload is not null)
        {
            channel["payload"] = payload;
        }

        if (headers.Length > 0)
        {
            channel["header"] = new JsonArray([.. headers.Select(header => JsonValue.Create(header))]);
        }

        return new JsonObject { ["resourceType"] = "Subscription", ["status"] = "requested", ["reason"] = "A test", ["criteria"] = criteria, ["channel"] = channel };
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue(new Received(
            context.Request.Method, context.Request.Path, Encoding.UTF8.GetString(body.ToArray()), context.Request.ContentType, context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        context.Response.StatusCode = Status;
        if (Status is >= 300 and < 400)
        {
            context.Response.Headers.Location = $"{_peer.Address}elsewhere";
        }
    }
}

/// <summary>A request that came.</summary>
internal sealed record Received(string Method, string Path, string Body, string? ContentType, IReadOnlyDictionary<string, string> Headers);
