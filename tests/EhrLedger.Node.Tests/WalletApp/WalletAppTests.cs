using System.Net;
using System.Text;
using EhrLedger.Node.WalletApp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.WalletApp;

/// <summary>How the wallet's files are served.</summary>
public sealed class WalletAppTests
{
    private const string Runtime = "_framework/dotnet.native.0a1b2c3d4e.wasm";

    private string _folder = "";
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("ehrledger-app-").FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "_framework"));
        Write("index.html", "<p>first</p>");
        Write("index.html.br", "not really brotli");
        Write(Runtime, "code");
        Write("js/start.js", "// starts");
        await ServeAsync(_folder);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("/wallet/")]
    [TestCase("/wallet/records/3/2/1")]
    [TestCase("/wallet/index.html")]
    public async Task The_first_page_stands_for_every_screen_and_names_what_takes_longest(string address)
    {
        using var answer = await _client.GetAsync(new Uri(address, UriKind.Relative));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("<p>first</p>"));
        Assert.That(answer.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(Header(answer, "Link"), Is.EqualTo($"</wallet/{Runtime}>; rel=preload; as=fetch; crossorigin=anonymous; fetchpriority=high"));
        Assert.That(answer.Headers.CacheControl?.ToString(), Is.EqualTo("no-cache"));
        Assert.That(answer.Headers.ETag, Is.Not.Null);
    }

    [TestCase("/wallet/")]
    [TestCase("/wallet/js/start.js")]
    [TestCase("/wallet/" + Runtime)]
    public async Task Nothing_may_come_from_elsewhere_go_elsewhere_or_be_framed(string address)
    {
        using var answer = await _client.GetAsync(new Uri(address, UriKind.Relative));
        Assert.That(Header(answer, "Content-Security-Policy").Split(';', StringSplitOptions.TrimEntries), Is.EquivalentTo(new[]
        {
            "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "worker-src 'self'", "form-action 'none'",
            "frame-ancestors 'none'", "base-uri 'self'",
        }));
        Assert.That(Header(answer, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"));
        Assert.That(Header(answer, "Cross-Origin-Opener-Policy"), Is.EqualTo("same-origin"));
        Assert.That(Header(answer, "Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"));
        Assert.That(Header(answer, "Permissions-Policy"), Does.Contain("camera=(self)").And.Contain("publickey-credentials-create=(self)").And.Contain("publickey-credentials-get=(self)").And.Contain("geolocation=()"));
    }

    [Test]
    public async Task What_never_changes_is_kept_and_only_the_first_page_names_what_else_is_needed()
    {
        using var code = await _client.GetAsync(new Uri("/wallet/" + Runtime, UriKind.Relative));
        Assert.That(code.Headers.CacheControl?.ToString(), Does.Contain("immutable"));
        Assert.That(code.Content.Headers.ContentType?.ToString(), Is.EqualTo("application/wasm"));
        Assert.That(code.Headers.Contains("Link"), Is.False);
        using var script = await _client.GetAsync(new Uri("/wallet/js/start.js", UriKind.Relative));
        Assert.That(script.Headers.CacheControl?.ToString(), Is.EqualTo("no-cache"));
    }

    [Test]
    public async Task A_browser_that_takes_it_gets_it_compressed()
    {
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/wallet/");
        asked.Headers.AcceptEncoding.ParseAdd("gzip, br");
        using var answer = await _client.SendAsync(asked);
        Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
        Assert.That(answer.Headers.Vary, Does.Contain("Accept-Encoding"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("not really brotli"));
    }

    [TestCase("/wallet/nothing.js")]
    [TestCase("/wallet/index.html.br")]
    [TestCase("/wallet/..%2findex.html")]
    public async Task What_is_not_a_file_of_the_app_is_not_there(string address)
    {
        using var answer = await _client.GetAsync(new Uri(address, UriKind.Relative));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_node_that_was_built_without_the_app_says_so()
    {
        await StopAsync();
        _folder = Directory.CreateTempSubdirectory("ehrledger-app-").FullName;
        await ServeAsync(Path.Combine(_folder, "absent"));
        using var answer = await _client.GetAsync(new Uri("/wallet/", UriKind.Relative));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(false));
    }

    private async Task ServeAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapWalletApp(folder);
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
    }
}
