using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>A client that signs for itself, and says whatever a test wants it to say.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly AsymmetricAlgorithm _key;
    private readonly string _kid;

    private TestClient(AsymmetricAlgorithm key, string kid) => (_key, _kid) = (key, kid);

    public static TestClient WithEllipticCurve(string kid = "ec") => new(ECDsa.Create(ECCurve.NamedCurves.nistP384), kid);

    public static TestClient WithRsa(string kid = "rsa") => new(RSA.Create(2048), kid);

    /// <summary>As the node gave it.</summary>
    public string Id { get; set; } = "";

    /// <summary>Its public key.</summary>
    public JsonObject PublicKey
    {
        get
        {
            var key = _key switch
            {
                ECDsa ec => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ECDsa.Create(ec.ExportParameters(includePrivateParameters: false)))),
                RSA rsa => JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false))),
                _ => throw new InvalidOperationException("No such key."),
            };
            return key.Kty == JsonWebAlgorithmsKeyTypes.RSA
                ? new JsonObject { ["kty"] = "RSA", ["kid"] = _kid, ["n"] = key.N, ["e"] = key.E }
                : new JsonObject { ["kty"] = "EC", ["kid"] = _kid, ["crv"] = "P-384", ["x"] = key.X, ["y"] = key.Y };
        }
    }

    public JsonObject KeySet => new() { ["keys"] = new JsonArray(PublicKey) };

    /// <summary>Header as SMART asks for it.</summary>
    public JsonObject Header => new() { ["alg"] = _key is RSA ? "RS384" : "ES384", ["typ"] = "JWT", ["kid"] = _kid };

    /// <summary>Claims as SMART asks for them.</summary>
    public JsonObject ClaimsFor(TestNode node) => new()
    {
        ["iss"] = Id,
        ["sub"] = Id,
        ["aud"] = $"{node.Endpoint}/auth/token",
        ["exp"] = DateTimeOffset.UtcNow.AddMinutes(4).ToUnixTimeSeconds(),
        ["jti"] = Guid.NewGuid().ToString(),
    };

    /// <summary>Signs whatever it is.</summary>
    public string Sign(JsonObject header, JsonObject claims)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = _key switch
        {
            ECDsa ec => ec.SignData(bytes, HashAlgorithmName.SHA384),
            RSA rsa => rsa.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            _ => throw new InvalidOperationException("No such key."),
        };
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    public static string Encode(JsonObject part) => Base64UrlEncoder.Encode(part.ToJsonString());

    /// <summary>Asks for a token with a good assertion.</summary>
    public Task<TokenReply> AskAsync(TestNode node, string scope, JsonObject? iua = null)
    {
        var claims = ClaimsFor(node);
        if (iua is not null)
        {
            claims["extensions"] = new JsonObject { ["ihe_iua"] = iua };
        }

        return node.AskForTokenAsync(Sign(Header, claims), scope);
    }

    public void Dispose() => _key.Dispose();
}

/// <summary>What the token endpoint answered.</summary>
internal sealed record TokenReply(int Status, JsonObject Json)
{
    public string? Error => (string?)Json["error"];

    public string? Scope => (string?)Json["scope"];

    public string Token => (string?)Json["access_token"] ?? throw new AssertionException($"No token: {Json}");

    public JsonWebToken Claims => new(Token);
}

/// <summary>The node's authorization server and its operator's socket.</summary>
internal static class TokenEndpoint
{
    public static Task<TokenReply> AskForTokenAsync(this TestNode node, string assertion, string scope) => node.PostTokenFormAsync(new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials",
        ["scope"] = scope,
        ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ["client_assertion"] = assertion,
    });

    public static async Task<TokenReply> PostTokenFormAsync(this TestNode node, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await node.Client.PostAsync("/auth/token", content);
        return new TokenReply((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    /// <summary>Registers a client; its id is the client's from then on.</summary>
    public static async Task RegisterAsync(this TestNode node, TestClient client, string scope = "system/*.cruds", string? jwksUrl = null, bool namesPersons = false, params string[] purposes)
    {
        var body = new JsonObject { ["name"] = "Ward system", ["scope"] = scope, ["namesPersons"] = namesPersons, ["purposes"] = new JsonArray([.. purposes.Select(code => (JsonNode)code)]) };
        if (jwksUrl is null)
        {
            body["jwks"] = client.KeySet;
        }
        else
        {
            body["jwksUrl"] = jwksUrl;
        }

        var (status, json) = await node.OperateAsync(HttpMethod.Post, "/operator/clients", body);
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        client.Id = (string)json!["id"]!;
    }

    /// <summary>Adds a user of the node itself, named Dr and the login.</summary>
    public static async Task AddUserAsync(this TestNode node, string login, string role, string password)
    {
        var (status, json) = await node.OperateAsync(HttpMethod.Post, "/operator/users", new JsonObject { ["login"] = login, ["name"] = $"Dr {login}", ["role"] = role, ["fhirUser"] = $"Practitioner/{login}", ["password"] = password });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
    }

    /// <summary>A call through the operator's socket.</summary>
    public static async Task<(int Status, JsonNode? Json)> OperateAsync(this TestNode node, HttpMethod method, string path, JsonObject? body = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(node.AdminSocket), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(method, "http://localhost" + path);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>Says for whom an application is launched, with this token or none.</summary>
    public static async Task<(int Status, JsonNode? Json)> AnnounceLaunchAsync(this TestNode node, JsonObject launch, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/launch") { Content = new StringContent(launch.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await node.Client.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>A FHIR request with this token, or with none.</summary>
    public static Task<FhirReply> GetWithAsync(this TestNode node, string path, string? token) =>
        node.GetAsync(path, ("Authorization", token is null ? "None" : $"Bearer {token}"));
}
