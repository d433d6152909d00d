using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>App Launch by an application that has a key: private_key_jwt. Source: SMART App Launch 2.2, "Client authentication: asymmetric".</summary>
public sealed class ConfidentialAppTests
{
    private const string Scope = "openid fhirUser offline_access user/*.rs";
    private TestConsortium _consortium = null!;
    private TestClient _app = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await LaunchNode.StartAsync();
        _app = TestClient.WithEllipticCurve();
        _app.Id = await RegisterAsync(_app);
    }

    [OneTimeTearDown]
    public void Stop() => _app.Dispose();

    [Test]
    public async Task Redeems_its_code_and_refreshes_with_its_signature()
    {
        using var browser = new Browser(Node);
        var tokens = await RedeemAsync(browser, await CodeAsync(browser), _app);
        Assert.That(tokens.Status, Is.EqualTo(200), tokens.Json.ToJsonString());
        Assert.That((await Node.GetWithAsync("Practitioner", tokens.Token)).Status, Is.EqualTo(200));
        var refreshed = await RefreshAsync((string)tokens.Json["refresh_token"]!, _app);
        Assert.That(refreshed.Status, Is.EqualTo(200), refreshed.Json.ToJsonString());
    }

    [Test]
    public async Task Gets_nothing_for_a_code_without_its_signature()
    {
        using var browser = new Browser(Node);
        var code = await CodeAsync(browser);
        Assert.That((await browser.RedeemAsync(_app.Id, code)).Error, Is.EqualTo("invalid_client"));
        using var impostor = TestClient.WithEllipticCurve();
        impostor.Id = _app.Id;
        Assert.That((await RedeemAsync(browser, code, impostor)).Error, Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task Gets_nothing_for_the_code_of_another_application()
    {
        using var other = TestClient.WithRsa();
        other.Id = await RegisterAsync(other);
        using var browser = new Browser(Node);
        Assert.That((await RedeemAsync(browser, await CodeAsync(browser), other)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Refreshes_nothing_without_its_signature()
    {
        using var browser = new Browser(Node);
        var token = (string)(await RedeemAsync(browser, await CodeAsync(browser), _app)).Json["refresh_token"]!;
        Assert.That((await Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = token })).Error, Is.EqualTo("invalid_client"));
        Assert.That((await RefreshAsync(token, _app)).Status, Is.EqualTo(200), "who has no key uses nothing up");
    }

    [Test]
    public async Task An_assertion_is_good_once_here_too()
    {
        using var browser = new Browser(Node);
        var assertion = _app.Sign(_app.Header, _app.ClaimsFor(Node));
        Assert.That((await RedeemAsync(browser, await CodeAsync(browser), assertion)).Status, Is.EqualTo(200));
        Assert.That((await RedeemAsync(browser, await CodeAsync(browser, isLoggedIn: true), assertion)).Error, Is.EqualTo("invalid_client"));
    }

    private async Task<string> RegisterAsync(TestClient app)
    {
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Server app", ["scope"] = Scope, ["jwks"] = app.KeySet, ["redirectUris"] = new JsonArray(Browser.Callback) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        return (string)json!["id"]!;
    }

    private async Task<string> CodeAsync(Browser browser, bool isLoggedIn = false)
    {
        var request = browser.RequestFor(_app.Id, Scope);
        var consent = isLoggedIn ? await browser.OpenAsync(request) : await browser.LogInAsync(request, "li", LaunchNode.Password);
        return (await browser.SendAsync(consent, ("ehr_decision", "allow"))).Parameter("code")!;
    }

    private Task<TokenReply> RedeemAsync(Browser browser, string code, TestClient app) => RedeemAsync(browser, code, app.Sign(app.Header, app.ClaimsFor(Node)));

    private Task<TokenReply> RedeemAsync(Browser browser, string code, string assertion) => PostAsync(assertion, new Dictionary<string, string>
    {
        ["grant_type"] = "authorization_code",
        ["code"] = code,
        ["redirect_uri"] = Browser.Callback,
        ["code_verifier"] = browser.Verifier,
    });

    private Task<TokenReply> RefreshAsync(string token, TestClient app) =>
        PostAsync(app.Sign(app.Header, app.ClaimsFor(Node)), new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = token });

    private Task<TokenReply> PostAsync(string assertion, Dictionary<string, string> form)
    {
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        form["client_assertion"] = assertion;
        return Node.PostTokenFormAsync(form);
    }
}
