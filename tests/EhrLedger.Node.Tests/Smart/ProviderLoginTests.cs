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
    private TestConsortium _consortium = null!;
    private FakeProvider _provider = null!;
    private string _app = "";

    private TestNode Node => _consortium.Sequencer;

    private string SecretFile => _consortium.Folder["provider.secret"];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _consortium = await TestConsortium.StartAsync(1);
        await File.WriteAllTextAsync(SecretFile, FakeProvider.Secret + "\n");
        await RestartAsync(_provider.SettingsWith(SecretFile));
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Ward list", ["scope"] = Scope, ["redirectUris"] = new JsonArray(Browser.Callback) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        _app = (string)json!["id"]!;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _consortium.Dispose();
        await _provider.DisposeAsync();
    }

    [SetUp]
    public void Forget()
    {
        (_provider.Spoil, _provider.Signature) = ((_, _) => { }, null);
    }

    [Test]
    public async Task Somebody_with_a_role_acts_as_that_role()
    {
        _provider.User = Doctor("abc-1");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        Assert.That(tokens.Scope!.Split(' '), Is.EquivalentTo(Scope.Split(' ')));
        Assert.That(new JsonWebToken((string)tokens.Json["id_token"]!).GetPayloadValue<string>("fhirUser"), Is.EqualTo($"{Node.Endpoint}/fhir/Practitioner/abc-1"));
        Assert.That(tokens.Claims.EncodedPayload, Is.Not.Empty);
        Assert.That(Base64UrlEncoder.Decode(tokens.Claims.EncodedPayload), Does.Contain("Dr. abc-1").And.Contain("clinician"));
        Assert.That((await Node.GetWithAsync("Practitioner", tokens.Token)).Status, Is.EqualTo(200));
        Assert.That((await RefreshAsync(tokens)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_first_role_of_the_settings_counts_and_a_fhirUser_of_this_node()
    {
        _provider.User = Doctor("both");
        _provider.User["groups"] = new JsonArray("Everybody", "CN=Desk", "CN=Doctors,OU=Ward");
        _provider.User["fhirUser"] = $"{Node.Endpoint}/fhir/Practitioner/both";
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        Assert.That(Base64UrlEncoder.Decode(tokens.Claims.EncodedPayload), Does.Contain("clinician"));
        Assert.That(new JsonWebToken((string)tokens.Json["id_token"]!).GetPayloadValue<string>("fhirUser"), Is.EqualTo($"{Node.Endpoint}/fhir/Practitioner/both"));
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
        _provider.User = Doctor("visitor");
        _provider.User[claim] = value;
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Who_loses_the_role_loses_what_applications_had()
    {
        _provider.User = Doctor("left");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        _provider.User["groups"] = new JsonArray("Everybody");
        await ComesToNothingAsync();
        (await Node.GetWithAsync("Practitioner", tokens.Token)).AssertIsOutcome(401);
        Assert.That((await RefreshAsync(tokens)).Error, Is.EqualTo("invalid_grant"));
        _provider.User = Doctor("left");
        using var again = new Browser(Node);
        Assert.That((await Node.GetWithAsync("Practitioner", (await LaunchAsync(again)).Token)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Who_was_disabled_here_stays_so_whatever_the_provider_says()
    {
        _provider.User = Doctor("Ended");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser);
        string[] socket = ["--socket", Node.AdminSocket];
        Assert.That((await Cli.CliProcess.RunAsync(["user", "list", .. socket])).Output, Does.Contain("oidc:Ended  active   clinician  Practitioner/Ended  Dr. Ended"));
        Assert.That((await Cli.CliProcess.PipeAsync("correct horse battery", ["user", "password", "oidc:Ended", .. socket])).ExitCode, Is.EqualTo(1), "the provider has its password");
        Assert.That((await Cli.CliProcess.RunAsync(["user", "disable", "oidc:Ended", .. socket])).ExitCode, Is.Zero);
        (await Node.GetWithAsync("Practitioner", tokens.Token)).AssertIsOutcome(401);
        await ComesToNothingAsync();
    }

    [Test]
    public async Task No_password_fits_a_user_of_the_provider()
    {
        _provider.User = Doctor("typed");
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
        _provider.User = Doctor("spoilt");
        _provider.Spoil = (_, claims) => claims[claim] = value;
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_has_ended()
    {
        _provider.User = Doctor("spoilt");
        _provider.Spoil = (_, claims) => claims["exp"] = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds();
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_another_key_signed()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _provider.User = Doctor("spoilt");
        _provider.Signature = signed => other.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_nobody_signed()
    {
        _provider.User = Doctor("spoilt");
        (_provider.Spoil, _provider.Signature) = ((header, _) => header["alg"] = "none", _ => []);
        await ComesToNothingAsync();
    }

    [Test]
    public async Task Refuses_an_identity_token_that_is_signed_with_the_secret()
    {
        _provider.User = Doctor("spoilt");
        (_provider.Spoil, _provider.Signature) = ((header, _) => header["alg"] = "HS256", signed => HMACSHA256.HashData(Encoding.UTF8.GetBytes(FakeProvider.Secret), Encoding.ASCII.GetBytes(signed)));
        await ComesToNothingAsync();
    }

    [Test]
    public async Task A_code_that_another_browser_asked_for_logs_nobody_in()
    {
        _provider.User = Doctor("victim");
        using var attacker = new Browser(Node);
        using var victim = new Browser(Node);
        var back = await attacker.GoToProviderAsync(attacker.RequestFor(_app, Scope));
        Assert.That((await victim.GetAsync(back)).Status, Is.EqualTo(403));
        Assert.That((await victim.OpenAsync(victim.RequestFor(_app, Scope))).Location, Does.StartWith("/auth/login?"));
    }

    [Test]
    public async Task A_login_there_leads_nowhere_else()
    {
        _provider.User = Doctor("redirected");
        using var browser = new Browser(Node);
        var back = (await browser.GetAsync((await browser.GetAsync("/auth/provider?next=https%3A%2F%2Fthief.example%2F")).Location!)).Location!;
        Assert.That((await browser.GetAsync(back)).Location, Is.EqualTo("/auth/login"));
    }

    [Test]
    public async Task A_key_takes_the_place_of_a_secret()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: true);
        var jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "node", ["x"] = Base64UrlEncoder.Encode(point.Q.X!), ["y"] = Base64UrlEncoder.Encode(point.Q.Y!) };
        _provider.NodeKey = new JsonWebKey(jwk.ToJsonString());
        jwk["d"] = Base64UrlEncoder.Encode(point.D!);
        await File.WriteAllTextAsync(_consortium.Folder["provider.jwk"], jwk.ToJsonString());
        try
        {
            await RestartAsync([.. _provider.SettingsWith(SecretFile).Select(setting => setting == "--idp-secret-file" ? "--idp-key-file" : setting == SecretFile ? _consortium.Folder["provider.jwk"] : setting)]);
            _provider.User = Doctor("keyed");
            using var browser = new Browser(Node);
            Assert.That((await Node.GetWithAsync("Practitioner", (await LaunchAsync(browser)).Token)).Status, Is.EqualTo(200));
        }
        finally
        {
            _provider.NodeKey = null;
            await RestartAsync(_provider.SettingsWith(SecretFile));
        }
    }

    [Test]
    public async Task What_it_said_counts_for_a_while_only()
    {
        try
        {
            await RestartAsync([.. _provider.SettingsWith(SecretFile), "--idp-lifetime", "00:00:01"]);
            _provider.User = Doctor("away");
            using var browser = new Browser(Node);
            var last = await LaunchAsync(browser);
            await Eventually.BecomesTrueAsync("a refresh is refused", async () =>
            {
                var next = await RefreshAsync(last);
                if (next.Status != 200)
                {
                    Assert.That(next.Error, Is.EqualTo("invalid_grant"));
                    return true;
                }

                last = next;
                return false;
            });
        }
        finally
        {
            await RestartAsync(_provider.SettingsWith(SecretFile));
        }
    }

    [Test]
    public async Task A_provider_that_is_away_is_told_of_in_a_page()
    {
        try
        {
            await RestartAsync([.. _provider.SettingsWith(SecretFile).Select(setting => setting == _provider.Issuer ? $"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}" : setting)]);
            using var browser = new Browser(Node);
            var page = await browser.GetAsync("/auth/provider");
            Assert.That((page.Status, page.Text), Is.EqualTo((502, page.Text)));
            Assert.That(page.Text, Does.Contain("does not answer"));
        }
        finally
        {
            await RestartAsync(_provider.SettingsWith(SecretFile));
        }
    }

    private static JsonObject Doctor(string subject) => new()
    {
        ["sub"] = subject,
        ["name"] = $"Dr. {subject}",
        ["groups"] = new JsonArray("Everybody", "CN=Doctors,OU=Ward"),
        ["fhirUser"] = $"Practitioner/{subject}",
    };

    private async Task ComesToNothingAsync()
    {
        using var browser = new Browser(Node);
        var request = browser.RequestFor(_app, Scope);
        var page = await browser.GetAsync(await browser.GoToProviderAsync(request));
        Assert.That(page.Status, Is.EqualTo(403), page.Text + page.Location);
        Assert.That(page.Text, Does.Contain("could not be logged in"));
        Assert.That((await browser.OpenAsync(request)).Location, Does.StartWith("/auth/login?"));
    }

    private async Task<TokenReply> LaunchAsync(Browser browser)
    {
        var done = await browser.GetAsync(await browser.GoToProviderAsync(browser.RequestFor(_app, Scope)));
        Assert.That(done.Location, Does.StartWith("/auth/authorize?"), done.Text);
        var consent = await browser.GetAsync(done.Location!);
        Assert.That(consent.Text, Does.Contain("Allow access"));
        var reply = await browser.RedeemAsync(_app, (await browser.SendAsync(consent, ("ehr_decision", "allow"))).Parameter("code")!);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Json.ToJsonString());
        return reply;
    }

    private Task<TokenReply> RefreshAsync(TokenReply tokens) =>
        Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens.Json["refresh_token"]! });

    private async Task RestartAsync(string[] settings)
    {
        await Node.StopAsync();
        await Node.StartAsync(more: settings);
    }
}
