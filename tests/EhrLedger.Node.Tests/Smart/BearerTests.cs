using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Tokens;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Who gets into FHIR.</summary>
public sealed class BearerTests
{
    private TestConsortium _consortium = null!;
    private TestClient _client = null!;
    private TokenKey _key = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _client = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(_client);
        _key = TokenKey.Open(new NodeSettings { Keys = Path.GetDirectoryName(Node.ClientKeyFile)! }, Node.Keys);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client?.Dispose();
        _key?.Dispose();
        _consortium.Dispose();
    }

    [TestCase("/fhir/metadata")]
    [TestCase("/fhir/.well-known/smart-configuration")]
    [TestCase("/.well-known/smart-configuration")]
    [TestCase("/auth/keys")]
    public async Task Anybody_may_know_how_to_get_a_token(string path)
    {
        using var http = new HttpClient();
        Assert.That((await http.GetAsync(Node.Endpoint + path)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Says_where_tokens_are_and_how_to_sign()
    {
        var says = JsonNode.Parse(await Node.Client.GetStringAsync("/fhir/.well-known/smart-configuration"))!;
        Assert.That(((string?)says["issuer"], (string?)says["token_endpoint"]), Is.EqualTo(($"{Node.Endpoint}/", $"{Node.Endpoint}/auth/token")));
        Assert.That(says["token_endpoint_auth_signing_alg_values_supported"]!.AsArray().Select(value => (string?)value), Is.EquivalentTo(new[] { "RS384", "ES384" }));
        Assert.That(says["capabilities"]!.AsArray().Select(value => (string?)value), Does.Contain("client-confidential-asymmetric"));
    }

    [TestCase("Patient")]
    [TestCase("Patient/1")]
    [TestCase("")]
    [TestCase("Patient/$everything")]
    [TestCase("no/such/place")]
    [TestCase("metadata/../Patient")]
    [TestCase("METADATA")]
    public async Task Nobody_gets_in_without(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Node.Endpoint}/fhir/{path}");
        request.Headers.Add("X-Purpose-Of-Use", "TREAT");
        using var http = new HttpClient();
        using var reply = await http.SendAsync(request);
        var outcome = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.That(((int)reply.StatusCode, reply.Headers.WwwAuthenticate.ToString(), (string?)outcome["issue"]![0]!["code"]), Is.EqualTo((401, "Bearer", "login")));
    }

    [Test]
    public async Task A_good_token_gets_in()
    {
        var token = (await _client.AskAsync(Node, "system/*.rs")).Token;
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(200));
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_token_is_for_FHIR_at_this_node_and_for_five_minutes()
    {
        var token = (await _client.AskAsync(Node, "system/*.rs")).Claims;
        Assert.That((token.Typ, token.Issuer.TrimEnd('/'), token.Audiences.Single(), token.GetPayloadValue<string>("client_id")), Is.EqualTo(("at+jwt", Node.Endpoint, $"{Node.Endpoint}/fhir", _client.Id)));
        Assert.That(token.ValidTo - token.IssuedAt, Is.EqualTo(TimeSpan.FromMinutes(5)));
        Assert.That(token.Id, Is.Not.Empty);
    }

    [Test]
    public async Task Nobody_gets_in_with_a_token_that_was_changed()
    {
        var parts = (await _client.AskAsync(Node, "system/Practitioner.r")).Token.Split('.');
        var claims = JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!.AsObject();
        claims["scope"] = "system/*.cruds";
        var changed = TestClient.Encode(claims);
        foreach (var forged in (string[])[
            $"{parts[0]}.{changed}.{parts[2]}",
            $"{TestClient.Encode(new JsonObject { ["alg"] = "none", ["typ"] = "at+jwt" })}.{changed}.",
            $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}.{parts[1]}",
            await SignedWithThePublicKeyAsync(changed)])
        {
            AssertStaysOut(await Node.GetWithAsync("Practitioner", forged));
        }
    }

    [Test]
    public async Task An_assertion_is_no_token()
    {
        AssertStaysOut(await Node.GetWithAsync("Practitioner", _client.Sign(_client.Header, _client.ClaimsFor(Node))));
        AssertStaysOut(await Node.GetWithAsync("Practitioner", _client.Sign(_client.Header.With("typ", "at+jwt"), _client.ClaimsFor(Node).With("aud", $"{Node.Endpoint}/fhir").With("client_id", _client.Id))));
    }

    /// <summary>Even what the node's own key has signed is not always a token that is good here and now.</summary>
    [TestCase("", 200)]
    [TestCase("expired", 401)]
    [TestCase("another audience", 401)]
    [TestCase("another issuer", 401)]
    [TestCase("a client that is none", 401)]
    [TestCase("another type", 401)]
    [TestCase("no purpose", 401)]
    public async Task Of_tokens_that_the_node_signed_the_good_one_gets_in(string fault, int status)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = fault == "another issuer" ? "https://elsewhere.example/" : $"{Node.Endpoint}/",
            ["aud"] = fault == "another audience" ? "https://elsewhere.example/fhir" : $"{Node.Endpoint}/fhir",
            ["exp"] = fault == "expired" ? now - 1 : now + 60,
            ["client_id"] = fault == "a client that is none" ? "nobody" : _client.Id,
            ["scope"] = "system/*.rs",
            ["extensions"] = new JsonObject { ["ihe_iua"] = fault == "no purpose" ? new JsonObject() : new JsonObject { ["purpose_of_use"] = "TREAT" } },
        };
        var descriptor = new Dictionary<string, object> { ["typ"] = fault == "another type" ? "JWT" : "at+jwt" };
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims.ToJsonString(), _key.Signing, descriptor);
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Another_node_s_token_stays_out()
    {
        using var other = await TestConsortium.StartAsync(1);
        using var client = TestClient.WithEllipticCurve();
        await other.Sequencer.RegisterAsync(client);
        AssertStaysOut(await Node.GetWithAsync("Practitioner", (await client.AskAsync(other.Sequencer, "system/*.rs")).Token));
    }

    [Test]
    public async Task Tokens_of_a_revoked_client_stop_at_once_also_after_a_restart()
    {
        using var gone = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(gone);
        var token = (await gone.AskAsync(Node, "system/*.rs")).Token;
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(200));
        Assert.That((await Node.OperateAsync(HttpMethod.Delete, $"/operator/clients/{gone.Id}")).Status, Is.EqualTo(200));
        AssertStaysOut(await Node.GetWithAsync("Practitioner", token));
        Assert.That((await gone.AskAsync(Node, "system/*.rs")).Error, Is.EqualTo("invalid_client"));
        var kept = (await _client.AskAsync(Node, "system/*.rs")).Token;
        await Node.StopAsync();
        await Node.StartAsync();
        AssertStaysOut(await Node.GetWithAsync("Practitioner", token));
        Assert.That((await Node.GetWithAsync("Practitioner", kept)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_batch_reads_in_its_caller_s_name()
    {
        var token = (await _client.AskAsync(Node, "system/*.cruds")).Token;
        var reply = await Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("GET", "Practitioner")), ("Authorization", $"Bearer {token}"));
        Assert.That((string?)reply.Json["entry"]![0]!["response"]!["status"], Does.StartWith("200"), reply.Text);
    }

    private async Task<string> SignedWithThePublicKeyAsync(string claims)
    {
        var keys = JsonNode.Parse(await Node.Client.GetStringAsync("/auth/keys"))!["keys"]!.AsArray();
        var signed = $"{TestClient.Encode(new JsonObject { ["alg"] = "HS256", ["typ"] = "at+jwt", ["kid"] = (string?)keys[0]!["kid"] })}.{claims}";
        return $"{signed}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(keys[0]!.ToJsonString()), Encoding.ASCII.GetBytes(signed)))}";
    }

    private static void AssertStaysOut(FhirReply reply)
    {
        reply.AssertIsOutcome(401);
        Assert.That((string?)reply.Json["issue"]![0]!["code"], Is.EqualTo("login"));
    }
}
