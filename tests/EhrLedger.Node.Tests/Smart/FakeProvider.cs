using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>A hospital's own OpenID Connect provider: code flow with PKCE. Who sits at the browser is whom the test says; nobody is asked for a password.</summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    /// <summary>How it knows the node.</summary>
    public const string ClientId = "ehr ledger";

    /// <summary>Shared with the node, where <see cref="NodeKey"/> is null.</summary>
    public const string Secret = "a secret & of the node";

    private readonly FakePeer _peer;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new();

    private FakeProvider(FakePeer peer) => _peer = peer;

    /// <summary>One of its addresses, or the other.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Has it answer nothing but 503.</summary>
    public bool IsAway { get; set; }

    /// <summary>Claims of whoever logs in next.</summary>
    public JsonObject User { get; set; } = [];

    /// <summary>Changes header and claims of identity tokens before they are signed.</summary>
    public Action<JsonObject, JsonObject> Spoil { get; set; } = (_, _) => { };

    /// <summary>Takes the place of the signature; null for a good one.</summary>
    public Func<string, byte[]>? Signature { get; set; }

    /// <summary>Public key that the node has to sign with in place of the secret.</summary>
    public JsonWebKey? NodeKey { get; set; }

    public static async Task<FakeProvider> StartAsync()
    {
        var provider = new FakeProvider(await FakePeer.StartAsync());
        provider._peer.Answer = provider.AnswerAsync;
        provider.Issuer = provider._peer.Address.ToString().TrimEnd('/');
        return provider;
    }

    /// <summary>Settings of a node that knows it.</summary>
    /// <param name="credential">What the node shows it: <c>--idp-secret-file</c> or <c>--idp-key-file</c>.</param>
    /// <param name="file">With <see cref="Secret"/>, or the private key.</param>
    /// <param name="more">Other settings.</param>
    public IReadOnlyList<string> SettingsWith(string credential, string file, params string[] more) =>
        ["--shared-types", "none", "--idp-issuer", Issuer, "--idp-client", ClientId, credential, file, "--idp-roles", "CN=Doctors,OU=Ward=clinician;CN=Desk=front-desk", "--idp-scope", "openid profile groups", .. more];

    /// <summary>Claims of a clinician.</summary>
    /// <param name="subject">Who it is there.</param>
    /// <param name="practitioner">Who it is here; null for the same.</param>
    public static JsonObject Doctor(string subject, string? practitioner = null) => new()
    {
        ["sub"] = subject,
        ["name"] = $"Dr. {subject}",
        ["groups"] = new JsonArray("Everybody", "CN=Doctors,OU=Ward"),
        ["fhirUser"] = $"Practitioner/{practitioner ?? subject}",
    };

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        _key.Dispose();
    }

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        _ when IsAway => RefuseAsync(context, "temporarily_unavailable", StatusCodes.Status503ServiceUnavailable),
        "/.well-known/openid-configuration" => WriteAsync(context, new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/keys",
            ["response_types_supported"] = new JsonArray("code"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("ES256"),
        }),
        "/keys" => WriteAsync(context, new JsonObject { ["keys"] = new JsonArray(PublicKey()) }),
        "/authorize" => AuthorizeAsync(context),
        "/token" => GiveTokenAsync(context),
        _ => RefuseAsync(context, "not_found"),
    };

    private Task AuthorizeAsync(HttpContext context)
    {
        var asked = context.Request.Query;
        if (asked["client_id"] != ClientId || asked["response_type"] != "code" || asked["code_challenge_method"] != "S256" || asked["scope"] != "openid profile groups" || asked["nonce"].Count != 1)
        {
            return RefuseAsync(context, "invalid_request");
        }

        var code = Guid.NewGuid().ToString();
        _codes[code] = asked;
        context.Response.Redirect($"{asked["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(asked["state"].ToString())}");
        return Task.CompletedTask;
    }

    private async Task GiveTokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (!_codes.TryRemove(form["code"].ToString(), out var asked)
            || form["redirect_uri"] != asked["redirect_uri"]
            || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked["code_challenge"])
        {
            await RefuseAsync(context, "invalid_grant");
        }
        else if (!await KnowsAsync(form))
        {
            await RefuseAsync(context, "invalid_client");
        }
        else
        {
            await WriteAsync(context, new JsonObject { ["access_token"] = "for nothing", ["token_type"] = "Bearer", ["expires_in"] = 60, ["id_token"] = Sign(asked["nonce"].ToString()) });
        }
    }

    private async Task<bool> KnowsAsync(IFormCollection form) => NodeKey is null
        ? form["client_id"] == ClientId && form["client_secret"] == Secret
        : !form.ContainsKey("client_secret")
            && form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            && await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(form["client_assertion"], new TokenValidationParameters { ValidIssuer = ClientId, ValidAudience = Issuer + "/token", IssuerSigningKey = NodeKey })
                is { IsValid: true, SecurityToken: JsonWebToken { Subject: ClientId, Id.Length: > 0 } };

    private string Sign(string nonce)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["typ"] = "JWT", ["kid"] = "1" };
        var claims = User.DeepClone().AsObject();
        claims["iss"] = Issuer;
        claims["aud"] = ClientId;
        claims["nonce"] = nonce;
        claims["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        claims["exp"] = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds();
        Spoil(header, claims);
        var signed = $"{TestClient.Encode(header)}.{TestClient.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(Signature?.Invoke(signed) ?? _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private JsonObject PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "1", ["use"] = "sig", ["x"] = Base64UrlEncoder.Encode(point.X!), ["y"] = Base64UrlEncoder.Encode(point.Y!) };
    }

    private static Task RefuseAsync(HttpContext context, string error, int status = StatusCodes.Status400BadRequest)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new JsonObject { ["error"] = error });
    }

    private static Task WriteAsync(HttpContext context, JsonObject json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json.ToJsonString());
    }
}
