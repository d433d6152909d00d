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
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _holdsAfter = int.MaxValue;

    private Subscriber(FakePeer peer)
    {
        _peer = peer;
        peer.Answer = TakeAsync;
    }

    /// <summary>What it answers to requests that come from now on; a redirect has a place to go to.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>One more request is answered with this; those after it are, too, but wait for <see cref="Release"/>: until then the node is between two tries.</summary>
    public void FailOnceThenHold(int status)
    {
        Status = status;
        Volatile.Write(ref _holdsAfter, _received.Count + 1);
    }

    /// <summary>Requests that come from now on wait for <see cref="Release"/>.</summary>
    public void Hold() => Volatile.Write(ref _holdsAfter, _received.Count);

    /// <summary>Nothing waits any more.</summary>
    public void Release() => _released.TrySetResult();

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

    public ValueTask DisposeAsync()
    {
        Release();
        return _peer.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        var status = Status;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue(new Received(
            context.Request.Method, context.Request.Path, Encoding.UTF8.GetString(body.ToArray()), context.Request.ContentType, context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (_received.Count > Volatile.Read(ref _holdsAfter))
        {
            await _released.Task.WaitAsync(context.RequestAborted);
        }

        context.Response.StatusCode = status;
        if (status is >= 300 and < 400)
        {
            context.Response.Headers.Location = $"{_peer.Address}elsewhere";
        }
    }
}

/// <summary>A request that came.</summary>
internal sealed record Received(string Method, string Path, string Body, string? ContentType, IReadOnlyDictionary<string, string> Headers);
