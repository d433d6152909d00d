using System.Net;
using Bunit;
using EhrLedger.Client.Transport;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Texts;
using EhrLedger.Wallet.Storage;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>The app's screens on a phone in memory, whose node does not answer unless a test says what.</summary>
internal sealed class WalletScreens : BunitContext
{
    private readonly HttpClient _http = new();

    /// <param name="device">A phone that had the app open before; null for a new one.</param>
    /// <param name="node">A real node that serves the app; null for <see cref="Node"/>.</param>
    public WalletScreens(MemoryDevice? device = null, Uri? node = null)
    {
        Device = device ?? Device;
        Services.AddSingleton(node is null ? Clock : TimeProvider.System)
            .AddSingleton<IDevice>(Device)
            .AddSingleton<IWalletStore>(Device)
            .AddSingleton<DeviceLock>()
            .AddSingleton<PasskeyLock>()
            .AddSingleton(node is null ? new OriginNode(new DirectRoute(new HttpClient(Node)), new Uri("http://node.test/")) : new OriginNode(new DirectRoute(_http), node))
            .AddSingleton<WalletOnDevice>()
            .AddSingleton<RecoveryOnDevice>()
            .AddSingleton<Shelf>()
            .AddSingleton<Notices>()
            .AddSingleton<INavigationInterception>(new NoInterception())
            .AddSingleton<Language>();
    }

    public MemoryDevice Device { get; } = new();

    public SetClock Clock { get; } = new();

    public FixedNode Node { get; } = new();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _http.Dispose();
    }

    public WalletOnDevice Mine => Services.GetRequiredService<WalletOnDevice>();

    private sealed class NoInterception : INavigationInterception
    {
        public Task EnableNavigationInterceptionAsync() => Task.CompletedTask;
    }
}

/// <summary>A node that answers what was put here, and 503 to everything else.</summary>
internal sealed class FixedNode : HttpMessageHandler
{
    public Dictionary<string, byte[]> Answers { get; } = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
        Answers.TryGetValue(request.RequestUri!.AbsolutePath, out var bytes)
            ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) }
            : new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
}
