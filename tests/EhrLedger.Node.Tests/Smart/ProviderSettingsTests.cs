using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>A node that signs for the hospital's identity provider with a key, whose provider is away at times and moves to another address. In this order, on one node.</summary>
public sealed class ProviderSettingsTests
{
    private const string Scope = "openid fhirUser offline_access user/*.rs";
    private TestFolder _files = null!;
    private TestConsortium _consortium = null!;
    private FakeProvider _provider = null!;
    private TokenReply _tokens = null!;
    private string _app = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _files = new TestFolder();
        _provider = await FakeProvider.StartAsync();
        await MakeKeyAsync();
        _consortium = await TestConsortium.StartAsync(1, settings: _provider.SettingsWith("--idp-key-file", _files["key"]));
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Ward list", ["scope"] = Scope, ["redirectUris"] = new JsonArray(Browser.Callback) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        _app = (string)json!["id"]!;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _consortium.Dispose();
        await _provider.DisposeAsync();
        _files.Dispose();
    }

    [Test]
    public async Task A_provider_that_is_away_is_told_of_in_a_page()
    {
        _provider.IsAway = true;
        using var browser = new Browser(Node);
        var page = await browser.GetAsync("/auth/provider");
        Assert.That(page.Status, Is.EqualTo(502), page.Text);
        Assert.That(page.Text, Does.Contain("does not answer"));
    }

    [Test]
    [DependsOnTest(nameof(A_provider_that_is_away_is_told_of_in_a_page))]
    public async Task Once_it_is_back_a_key_takes_the_place_of_a_secret()
    {
        _provider.IsAway = false;
        _provider.User = FakeProvider.Doctor("keyed");
        using var browser = new Browser(Node);
        _tokens = await browser.AllowAsync(_app, await browser.LogInAtProviderAsync(browser.RequestFor(_app, Scope)));
        Assert.That((await Node.GetWithAsync("Practitioner", _tokens.Token)).Status, Is.EqualTo(200));
    }

    [Test]
    [DependsOnTest(nameof(Once_it_is_back_a_key_takes_the_place_of_a_secret))]
    public async Task The_operator_ends_a_user_whatever_it_says()
    {
        _provider.User = FakeProvider.Doctor("Ward/Ended", "1");
        using var browser = new Browser(Node);
        var tokens = await browser.AllowAsync(_app, await browser.LogInAtProviderAsync(browser.RequestFor(_app, Scope)));
        string[] socket = ["--socket", Node.AdminSocket];
        Assert.That((await Cli.CliProcess.RunAsync(["user", "list", .. socket])).Output, Does.Contain("oidc:Ward/Ended  active    clinician  Practitioner/1  Dr. Ward/Ended"));
        Assert.That((await Cli.CliProcess.PipeAsync("correct horse battery", ["user", "password", "oidc:Ward/Ended", .. socket])).ExitCode, Is.EqualTo(1), "the provider has its password");
        Assert.That((await Cli.CliProcess.RunAsync(["user", "disable", "oidc:ward/ended", .. socket])).ExitCode, Is.EqualTo(1), "another subject");
        Assert.That((await Cli.CliProcess.RunAsync(["user", "disable", "oidc:Ward/Ended", .. socket])).ExitCode, Is.Zero);
        (await Node.GetWithAsync("Practitioner", tokens.Token)).AssertIsOutcome(401);
        await IsRefusedAsync();
        _provider.User["groups"] = new JsonArray("CN=Desk");
        await IsRefusedAsync();
    }

    [Test]
    [DependsOnTest(nameof(The_operator_ends_a_user_whatever_it_says))]
    public async Task What_it_said_counts_for_a_while_only()
    {
        using var browser = new Browser(Node);
        var last = await browser.RefreshAsync(_tokens);
        Assert.That(last.Status, Is.EqualTo(200));
        _provider.Issuer = _provider.Issuer.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await Node.StopAsync();
        Node.Settings = _provider.SettingsWith("--idp-key-file", _files["key"], "--idp-lifetime", "00:00:01");
        await Node.StartAsync();
        await Eventually.BecomesTrueAsync("a refresh is refused", async () =>
        {
            var next = await browser.RefreshAsync(last);
            last = next.Status == 200 ? next : last;
            return next.Status != 200 && next.Error == "invalid_grant";
        });
    }

    [Test]
    [DependsOnTest(nameof(What_it_said_counts_for_a_while_only))]
    public async Task At_another_address_it_is_another_provider_and_whom_the_operator_ended_stays_out()
    {
        _provider.User = FakeProvider.Doctor("Ward/Ended", "1");
        await IsRefusedAsync();
        _provider.User = FakeProvider.Doctor("keyed");
        using var browser = new Browser(Node);
        Assert.That((await browser.LogInAtProviderAsync(browser.RequestFor(_app, Scope))).Text, Does.Contain("Allow access"));
        var (_, users) = await Node.OperateAsync(HttpMethod.Get, "/operator/users");
        Assert.That(users!.AsArray().Select(user => (string?)user!["login"]), Is.EquivalentTo((string[])["oidc:Ward/Ended", "oidc:keyed"]));
    }

    private async Task IsRefusedAsync()
    {
        using var browser = new Browser(Node);
        var page = await browser.GetAsync(await browser.GoToProviderAsync(browser.RequestFor(_app, Scope)));
        Assert.That((page.Status, page.Location), Is.EqualTo((403, (string?)null)), page.Text);
    }

    private async Task MakeKeyAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: true);
        var jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "node", ["x"] = Base64UrlEncoder.Encode(point.Q.X!), ["y"] = Base64UrlEncoder.Encode(point.Q.Y!) };
        _provider.NodeKey = new JsonWebKey(jwk.ToJsonString());
        jwk["d"] = Base64UrlEncoder.Encode(point.D!);
        await File.WriteAllTextAsync(_files["key"], jwk.ToJsonString());
    }
}
