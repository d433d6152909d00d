using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Which client assertions the token endpoint takes. Source: SMART App Launch 2.2, "Asymmetric client authentication".</summary>
public sealed class AssertionTests
{
    private TestConsortium _consortium = null!;
    private TestClient _client = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _client = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(_client, "system/*.rs");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client?.Dispose();
        _consortium.Dispose();
    }

    [Test]
    public async Task Takes_typ_JWT_and_the_token_endpoint_as_audience()
    {
        var reply = await _client.AskAsync(Node, "system/*.rs");
        Assert.That((reply.Status, (string?)reply.Json["token_type"], reply.Scope), Is.EqualTo((200, "Bearer", "system/*.rs")), reply.Json.ToJsonString());
        Assert.That((int)reply.Json["expires_in"]!, Is.InRange(1, 300));
        Assert.That(reply.Json.ContainsKey("refresh_token"), Is.False);
    }

    [Test]
    public async Task Takes_RS384()
    {
        using var rsa = TestClient.WithRsa();
        await Node.RegisterAsync(rsa, "system/Patient.r");
        Assert.That((await rsa.AskAsync(Node, "system/Patient.r")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Takes_an_assertion_once()
    {
        var assertion = _client.Sign(_client.Header, _client.ClaimsFor(Node));
        Assert.That((await Node.AskForTokenAsync(assertion, "system/*.rs")).Status, Is.EqualTo(200));
        AssertRefused(await Node.AskForTokenAsync(assertion, "system/*.rs"));
    }

    [TestCase("aud", "\"https://elsewhere.example/auth/token\"")]
    [TestCase("aud", "null")]
    [TestCase("exp", "+3600")]
    [TestCase("exp", "-1")]
    [TestCase("exp", "null")]
    [TestCase("exp", "\"tomorrow\"")]
    [TestCase("nbf", "+120")]
    [TestCase("jti", "null")]
    [TestCase("iss", "\"somebody else\"")]
    [TestCase("sub", "\"somebody else\"")]
    [TestCase("extensions", "{\"ihe_iua\":{\"purpose_of_use\":[{\"code\":\"TREAT\"},{\"code\":\"HPAYMT\"}]}}")]
    [TestCase("extensions", "{\"ihe_iua\":{\"purpose_of_use\":\"treatment, please\"}}")]
    [TestCase("extensions", "\"TREAT\"")]
    public async Task Refuses_the_claim(string claim, string value)
    {
        var claims = _client.ClaimsFor(Node);
        claims[claim] = value[0] is '+' or '-' ? DateTimeOffset.UtcNow.ToUnixTimeSeconds() + long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) : JsonNode.Parse(value);
        AssertRefused(await Node.AskForTokenAsync(_client.Sign(_client.Header, claims), "system/*.rs"));
    }

    [TestCase("typ", "at+jwt")]
    [TestCase("typ", null)]
    [TestCase("kid", "other")]
    [TestCase("kid", null)]
    [TestCase("alg", "RS384")]
    [TestCase("alg", "ES256")]
    [TestCase("alg", "PS384")]
    [TestCase("crit", "exp")]
    [TestCase("jku", "https://foreign.example/keys")]
    public async Task Refuses_the_header(string name, string? value)
    {
        var header = _client.Header;
        header[name] = value;
        AssertRefused(await Node.AskForTokenAsync(_client.Sign(header, _client.ClaimsFor(Node)), "system/*.rs"));
    }

    [TestCase("none")]
    [TestCase("None")]
    public async Task Refuses_what_is_not_signed(string algorithm)
    {
        var header = _client.Header.With("alg", algorithm);
        foreach (var signature in (string[])["", "AA"])
        {
            AssertRefused(await Node.AskForTokenAsync($"{TestClient.Encode(header)}.{TestClient.Encode(_client.ClaimsFor(Node))}.{signature}", "system/*.rs"));
        }
    }

    [Test]
    public async Task Does_not_take_a_public_key_for_a_shared_secret()
    {
        var signed = $"{TestClient.Encode(_client.Header.With("alg", "HS384"))}.{TestClient.Encode(_client.ClaimsFor(Node))}";
        foreach (var secret in (string[])[_client.PublicKey.ToJsonString(), (string)_client.PublicKey["x"]!])
        {
            var signature = HMACSHA384.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
            AssertRefused(await Node.AskForTokenAsync($"{signed}.{Base64UrlEncoder.Encode(signature)}", "system/*.rs"));
        }
    }

    [Test]
    public async Task Refuses_another_key_under_the_same_name()
    {
        using var impostor = TestClient.WithEllipticCurve();
        impostor.Id = _client.Id;
        AssertRefused(await impostor.AskAsync(Node, "system/*.rs"));
    }

    [Test]
    public async Task Refuses_a_key_that_the_assertion_brings_along()
    {
        using var impostor = TestClient.WithEllipticCurve("brought");
        impostor.Id = _client.Id;
        AssertRefused(await Node.AskForTokenAsync(impostor.Sign(impostor.Header.With("jwk", impostor.PublicKey), impostor.ClaimsFor(Node)), "system/*.rs"));
    }

    [Test]
    public async Task Answers_an_unknown_client_as_it_does_a_wrong_key()
    {
        using var impostor = TestClient.WithEllipticCurve();
        impostor.Id = "nobody";
        var unknown = await impostor.AskAsync(Node, "system/*.rs");
        impostor.Id = _client.Id;
        var wrong = await impostor.AskAsync(Node, "system/*.rs");
        Assert.That(unknown.Json.ToJsonString(), Is.EqualTo(wrong.Json.ToJsonString()));
    }

    [TestCase("")]
    [TestCase("a.b.c")]
    [TestCase("....")]
    [TestCase("not a token")]
    public async Task Refuses_what_is_no_token(string assertion) =>
        Assert.That((await Node.AskForTokenAsync(assertion, "system/*.rs")).Status, Is.InRange(400, 401));

    [Test]
    public async Task Refuses_a_client_without_an_assertion()
    {
        var reply = await Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = _client.Id, ["client_secret"] = "secret", ["scope"] = "system/*.rs" });
        Assert.That(reply.Status, Is.InRange(400, 401));
        Assert.That(reply.Json.ContainsKey("access_token"), Is.False);
    }

    private static void AssertRefused(TokenReply reply)
    {
        Assert.That(reply.Error, Is.EqualTo("invalid_client"), reply.Json.ToJsonString());
        Assert.That(reply.Status, Is.InRange(400, 401));
    }
}
