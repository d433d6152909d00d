using Microsoft.Playwright;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>A real browser without a screen: Debian's Chromium.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Executable = "/usr/bin/chromium";
    private const string Absent = "The browser is absent: it needs Debian's package chromium.";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Starts it; skips the test where there is none.</summary>
    /// <param name="more">Arguments of its own.</param>
    public static async Task<Chromium> StartAsync(params string[] more)
    {
        if (!File.Exists(Executable))
        {
            Assert.Ignore(Absent);
        }

        var playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", .. more,
            ],
            Timeout = 60_000,
        }));
    }

    /// <summary>A page of its own, with nothing that another has left: no cookies, no storage.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await _browser.NewContextAsync();
        context.SetDefaultTimeout(30_000);
        return await context.NewPageAsync();
    }

    /// <summary>A browser of its own, as the options say.</summary>
    public Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options) => _browser.NewContextAsync(options);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
