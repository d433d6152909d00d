using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Users of the hospital's own OpenID Connect provider. Source: OpenID Connect Core 1.0, "Authentication using the Authorization Code Flow".</summary>
public sealed class ProviderLoginTests
{
    private const string Scope = "openid fhirUser offline_access user/*.rs";
    private TestFolder _files = null!;
    private TestConsortium _consortium = null!;
    private FakeProvider _provider = null!;
    private string _app = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _files = new TestFolder();
        await File.WriteAllTextAsync(_files["secret"], FakeProvider.Secret + "\n");
        _provider = await FakeProvider.StartAsync();
        _consortium = await TestConsortium.StartAsync(1, settings: _provider.SettingsWith("--idp-secret-file", _files["secret"]));
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

    [SetUp]
    public void Forget() => (_provider.Spoil, _provider.Signature) = ((_, _) => { }, null);

    [Test]
    public async Task Somebody_with_a_role_acts_as_that_role()
    {
        _provider.User = FakeProvider.Doctor("abc-1");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        Assert.That(tokens.Scope!.Split(' '), Is.EquivalentTo(Scope.Split(' ')));
        Assert.That(FhirUserOf(tokens), Is.EqualTo($"{Node.Endpoint}/fhir/Practitioner/abc-1"));
        Assert.That(ClaimsOf(tokens), Does.Contain("Dr. abc-1").And.Contain("clinician"));
        Assert.That((await Node.GetWithAsync("Practitioner", tokens.Token)).Status, Is.EqualTo(200));
        Assert.That((await browser.RefreshAsync(tokens)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_first_role_of_the_settings_counts_and_a_fhirUser_of_this_node()
    {
        _provider.User = FakeProvider.Doctor("both");
        _provider.User["groups"] = new JsonArray("Everybody", "CN=Desk", "CN=Doctors,OU=Ward");
        _provider.User["fhirUser"] = $"{Node.Endpoint}/fhir/Practitioner/both";
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        Assert.That(ClaimsOf(tokens), Does.Contain("clinician"));
        Assert.That(FhirUserOf(tokens), Is.EqualTo($"{Node.Endpoint}/fhir/Practitioner/both"));
    }

    [TestCase("groups", null)]
    [TestCase("groups", "Visitors")]
    [TestCase("groups", "clinician")]
    [TestCase("groups", "CN=Doctors")]
    [TestCase("fhirUser", null)]
    [TestCase("fhirUser", "Patient/1")]
    [TestCase("fhirUser", "https://elsewhere.example/fhir/Practitioner/1")]
    [TestCase("fhirUser", "Practitioner/a b")]
    public async Task Who_has_no_role_or_no_reference_of_ours_gets_nothing(string claim, string? value)
    {
        _provider.User = FakeProvider.Doctor("visitor");
        _provider.User[claim] = value;
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Who_loses_the_role_loses_what_applications_had()
    {
        _provider.User = FakeProvider.Doctor("left");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        _provider.User["groups"] = new JsonArray("Everybody");
        await ComesToNothingAsync();
        await HasEndedAsync(browser, tokens);
        _provider.User = FakeProvider.Doctor("left");
        using var again = new Browser(Node);
        Assert.That((await Node.GetWithAsync("Practitioner", (await LaunchAsync(again)).Token)).Status, Is.EqualTo(200));
    }

    [TestCase("groups", "CN=Desk")]
    [TestCase("fhirUser", "Practitioner/else")]
    public async Task Who_becomes_another_here_leaves_nothing_of_the_former_to_applications(string claim, string value)
    {
        _provider.User = FakeProvider.Doctor($"moved-{claim}");
        using var browser = new Browser(Node);
        var former = await LaunchAsync(browser);
        _provider.User[claim] = value;
        using var other = new Browser(Node);
        var tokens = await LaunchAsync(other);
        Assert.That((await Node.GetWithAsync("Practitioner", tokens.Token)).Status, Is.EqualTo(200));
        await HasEndedAsync(browser, former);
        Assert.That((await browser.OpenAsync(browser.RequestFor(_app, Scope))).Location, Does.StartWith("/auth/login?"), "the former session");
    }

    [Test]
    public async Task No_password_fits_a_user_of_the_provider()
    {
        _provider.User = FakeProvider.Doctor("typed");
        using var browser = new Browser(Node);
        await LaunchAsync(browser);
        using var other = new Browser(Node);
        var login = await other.GetAsync((await other.OpenAsync(other.RequestFor(_app, Scope))).Location!);
        Assert.That((await other.SendAsync(login, ("login", "oidc:typed"), ("password", ""))).Text, Does.Contain("do not fit"));
    }

    [TestCase("iss", "https://elsewhere.example")]
    [TestCase("aud", "another application")]
    [TestCase("nonce", "another login's")]
    [TestCase("nonce", null)]
    [TestCase("sub", null)]
    public async Task Refuses_an_identity_token_with_the_claim(string claim, string? value)
    {
        _provider.User = FakeProvider.Doctor("spoilt");
        _provider.Spoil = (_, claims) => claims[claim] = value;
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_has_ended()
    {
        _provider.User = FakeProvider.Doctor("spoilt");
        _provider.Spoil = (_, claims) => claims["exp"] = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds();
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_another_key_signed()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _provider.User = FakeProvider.Doctor("spoilt");
        _provider.Signature = signed => other.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        await ComesToNothingAsync();
    }

    [TestCase("none")]
    [TestCase("ES256")]
    public async Task Refuses_an_identity_token_that_nobody_signed(string algorithm)
    {
        _provider.User = FakeProvider.Doctor("spoilt");
        (_provider.Spoil, _provider.Signature) = ((header, _) => header["alg"] = algorithm, _ => []);
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_is_signed_with_the_secret()
    {
        _provider.User = FakeProvider.Doctor("spoilt");
        (_provider.Spoil, _provider.Signature) = ((header, _) => header["alg"] = "HS256", signed => HMACSHA256.HashData(Encoding.UTF8.GetBytes(FakeProvider.Secret), Encoding.ASCII.GetBytes(signed)));
        await ComesToNothingAsync();
    }

    [Test]
    public async Task A_code_that_another_browser_asked_for_logs_nobody_in()
    {
        _provider.User = FakeProvider.Doctor("victim");
        using var attacker = new Browser(Node);
        using var victim = new Browser(Node);
        var back = await attacker.GoToProviderAsync(attacker.RequestFor(_app, Scope));
        Assert.That((await victim.GetAsync(back)).Status, Is.EqualTo(403));
        Assert.That((await victim.OpenAsync(victim.RequestFor(_app, Scope))).Location, Does.StartWith("/auth/login?"));
    }

    [Test]
    public async Task A_state_is_good_once_even_with_a_new_code()
    {
        _provider.User = FakeProvider.Doctor("replayed");
        using var browser = new Browser(Node);
        var first = await browser.GoToProviderAsync(browser.RequestFor(_app, Scope));
        Assert.That((await browser.GetAsync(first)).Location, Does.StartWith("/auth/authorize?"));
        Assert.That((await browser.GetAsync(first)).Status, Is.EqualTo(403));
        var code = WebPage.ParameterOf(await browser.GoToProviderAsync("/auth/provider"), "code");
        Assert.That((await browser.GetAsync($"/auth/provider/callback?code={code}&state={Uri.EscapeDataString(WebPage.ParameterOf(first, "state")!)}")).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_login_there_leads_nowhere_else()
    {
        _provider.User = FakeProvider.Doctor("redirected");
        using var browser = new Browser(Node);
        Assert.That((await browser.GetAsync(await browser.GoToProviderAsync("/auth/provider?next=https%3A%2F%2Fthief.example%2F"))).Location, Is.EqualTo("/auth/login"));
    }

    private static string? FhirUserOf(TokenReply tokens) => new JsonWebToken((string)tokens.Json["id_token"]!).GetPayloadValue<string>("fhirUser");

    private static string ClaimsOf(TokenReply tokens) => Base64UrlEncoder.Decode(tokens.Claims.EncodedPayload);

    private async Task ComesToNothingAsync()
    {
        using var browser = new Browser(Node);
        var request = browser.RequestFor(_app, Scope);
        var page = await browser.GetAsync(await browser.GoToProviderAsync(request));
        Assert.That(page.Status, Is.EqualTo(403), page.Text + page.Location);
        Assert.That(page.Text, Does.Contain("could not be logged in"));
        Assert.That((await browser.OpenAsync(request)).Location, Does.StartWith("/auth/login?"));
    }

    private async Task HasEndedAsync(Browser browser, TokenReply tokens)
    {
        (await Node.GetWithAsync("Practitioner", tokens.Token)).AssertIsOutcome(401);
        Assert.That((await browser.RefreshAsync(tokens)).Error, Is.EqualTo("invalid_grant"));
    }

    private async Task<TokenReply> LaunchAsync(Browser browser) => await browser.AllowAsync(_app, await browser.LogInAtProviderAsync(browser.RequestFor(_app, Scope)));
}
