using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>A member that answers whatever a test wants it to.</summary>
internal sealed class FakePeer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakePeer(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>What it answers; may be changed at any time.</summary>
    public RequestDelegate Answer { get; set; } = context =>
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };

    public static async Task<FakePeer> StartAsync()
    {
        var address = new Uri($"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address.ToString());
        var app = builder.Build();
        var peer = new FakePeer(app, address);
        app.Run(context => peer.Answer(context));
        await app.StartAsync();
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        Answer = _ => Task.CompletedTask;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }
}
