using System.Text.Json;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using Microsoft.Playwright;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>What js/device.js does with passkeys, in a real browser on an empty page: what it tells the app, and what it leaves behind.</summary>
public sealed class PasskeyScriptTests
{
    // The listener notes what it is told, keeps the very bytes, and says afterwards what is in them.
    private const string Hear = """
        async ask => {
          const device = await import('/js/device.js');
          const told = [], handed = [];
          const listener = { invokeMethodAsync: async (name, ...bytes) => { handed.push(...bytes); told.push({ name, bytes: bytes.map(one => Array.from(one)) }); } };
          const salt = new Uint8Array(32).fill(ask.salt);
          await (ask.id ? device.askPasskey(new Uint8Array(ask.id), salt, listener) : device.makePasskey('Wallet', salt, listener));
          return { told, left: handed.map(one => Array.from(one)) };
        }
        """;

    // As authenticators do it whose extension answers only when a passkey is asked, not when it is made.
    private const string GiveNothingAtFirst = """
        () => {
          const all = PublicKeyCredential.prototype.getClientExtensionResults;
          PublicKeyCredential.prototype.getClientExtensionResults = function () {
            return this.response instanceof AuthenticatorAttestationResponse ? { prf: { enabled: all.call(this).prf.enabled } } : all.call(this);
          };
        }
        """;

    private Chromium _chromium = null!;
    private IBrowserContext _context = null!;
    private IPage _page = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _chromium = await Chromium.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }
    }

    [SetUp]
    public async Task OpenAsync()
    {
        _context = await _chromium.NewContextAsync(new BrowserNewContextOptions());
        _page = await _context.NewPageAsync();
        var script = Path.Combine(Repository.FindRoot() ?? "", "src", "EhrLedger.Wallet.App", "wwwroot", "js", "device.js");
        await _page.RouteAsync("**/*", route => route.FulfillAsync(route.Request.Url.EndsWith("/js/device.js", StringComparison.Ordinal)
            ? new RouteFulfillOptions { Path = script, ContentType = "text/javascript" }
            : new RouteFulfillOptions { Body = "<!doctype html><title>Empty</title>", ContentType = "text/html" }));
        await _page.GotoAsync("http://localhost/");
    }

    [TearDown]
    public async Task CloseAsync()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }
    }

    [Test]
    public async Task A_passkey_gives_for_a_salt_always_the_same_and_for_another_something_else()
    {
        await Finger.OfAsync(_page);
        var made = await HearAsync(1);
        var (id, output) = (Bytes(made, "told", 0), Bytes(made, "told", 1));
        Assert.That(output, Has.Length.EqualTo(32));
        Assert.That(Bytes(await HearAsync(1, id), "told", 1), Is.EqualTo(output));
        Assert.That(Bytes(await HearAsync(2, id), "told", 1), Has.Length.EqualTo(32).And.Not.EqualTo(output));
    }

    [Test]
    public async Task A_passkey_that_gives_nothing_when_it_is_made_is_asked_once()
    {
        await Finger.OfAsync(_page);
        await _page.EvaluateAsync(GiveNothingAtFirst);
        var made = await HearAsync(1);
        var (id, output) = (Bytes(made, "told", 0), Bytes(made, "told", 1));
        Assert.That(Names(made), Is.EqualTo(new[] { "OnGiven" }));
        Assert.That(Bytes(await HearAsync(1, id), "told", 1), Is.EqualTo(output));
    }

    [Test]
    public async Task A_passkey_whose_first_question_is_refused_is_forgotten()
    {
        var finger = await Finger.OfAsync(_page);
        await _page.EvaluateAsync(GiveNothingAtFirst);
        await _page.EvaluateAsync("() => { navigator.credentials.get = async () => { throw new DOMException('', 'NotAllowedError'); }; }");
        Assert.That(Names(await HearAsync(1)), Is.EqualTo(new[] { "OnRefused" }));
        Assert.That(await finger.ReadPasskeysAsync(), Is.Empty);
    }

    [Test]
    public async Task What_was_handed_over_is_zeroed()
    {
        await Finger.OfAsync(_page);
        var made = await HearAsync(1);
        Assert.That(Bytes(made, "left", 1), Has.Length.EqualTo(32).And.All.Zero);
        Assert.That(Bytes(await HearAsync(1, Bytes(made, "told", 0)), "left", 1), Has.Length.EqualTo(32).And.All.Zero);
    }

    [Test]
    public async Task It_is_named_and_belongs_to_the_host()
    {
        var finger = await Finger.OfAsync(_page);
        await HearAsync(1);
        await HearAsync(1);
        Assert.That(await finger.ReadPasskeysAsync(), Is.EqualTo(new[] { ("localhost", "Wallet"), ("localhost", "Wallet") }), "a second one does not take the first one's place");
    }

    [Test]
    public async Task Where_the_owner_is_not_it_is_refused_and_nothing_is_made()
    {
        var finger = await Finger.OfAsync(_page);
        var id = Bytes(await HearAsync(1), "told", 0);
        await finger.LiftAsync();
        Assert.That(Names(await HearAsync(1, id)), Is.EqualTo(new[] { "OnRefused" }));
        Assert.That(Names(await HearAsync(1)), Is.EqualTo(new[] { "OnRefused" }));
        Assert.That(await finger.ReadPasskeysAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_passkey_that_gives_no_key_is_forgotten_and_nothing_is_told()
    {
        var finger = await Finger.OfAsync(_page, hasPrf: false);
        Assert.That(Names(await HearAsync(1)), Is.Empty);
        Assert.That(await finger.ReadPasskeysAsync(), Is.Empty);
    }

    [Test]
    public async Task It_can_where_there_is_an_authenticator_and_the_host_is_a_name()
    {
        Assert.That(await CanAsync(), Is.False, "no authenticator");
        await Finger.OfAsync(_page);
        Assert.That(await CanAsync());
        await _page.GotoAsync("http://127.0.0.1/");
        Assert.That(await CanAsync(), Is.False, "an address");
    }

    [Test]
    public async Task A_browser_that_says_it_lacks_the_extension_is_believed_and_one_that_says_nothing_is_asked()
    {
        await Finger.OfAsync(_page);
        await _page.EvaluateAsync("() => { PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': false }); }");
        Assert.That(await CanAsync(), Is.False);
        await _page.EvaluateAsync("() => { PublicKeyCredential.getClientCapabilities = undefined; }");
        Assert.That(await CanAsync());
    }

    private Task<JsonElement> HearAsync(int salt, int[]? id = null) => _page.EvaluateAsync<JsonElement>(Hear, new { salt, id });

    private Task<bool> CanAsync() => _page.EvaluateAsync<bool>("async () => (await import('/js/device.js')).canMakePasskey()");

    private static string[] Names(JsonElement heard) => [.. heard.GetProperty("told").EnumerateArray().Select(one => one.GetProperty("name").GetString()!)];

    private static int[] Bytes(JsonElement heard, string which, int number)
    {
        var all = which == "told" ? heard.GetProperty(which)[0].GetProperty("bytes") : heard.GetProperty(which);
        return [.. all[number].EnumerateArray().Select(one => one.GetInt32())];
    }
}
