using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Cli.Access;

/// <summary>A client's private key, which signs that it is the client. Read from a file with a JSON Web Key; the development client's has its client_id beside it.</summary>
internal sealed class ClientKey
{
    private const int Largest = 64 << 10;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(4);
    private readonly SigningCredentials _credentials;

    private ClientKey(string clientId, SigningCredentials credentials) => (ClientId, _credentials) = (clientId, credentials);

    /// <summary>Of the client.</summary>
    public string ClientId { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">As typed.</param>
    /// <param name="clientId">Null for the one that the file has.</param>
    /// <exception cref="CommandException">It can't be read, or has no key that signs with RS384 or ES384.</exception>
    public static ClientKey Read(string path, string? clientId = null) =>
        TryParse(LocalFile.Read(path, Largest), clientId) ?? throw new CommandException(ExitCode.Usage, $"{path} is no private JSON Web Key with a kid, RSA or EC on P-384; or the client's id is not known: --client-id.");

    /// <summary>Null for what is no such key.</summary>
    public static ClientKey? TryParse(ReadOnlySpan<byte> json, string? clientId = null)
    {
        try
        {
            if (JsonNode.Parse(json) is not JsonObject file)
            {
                return null;
            }

            var id = clientId ?? (string?)file["client_id"];
            file.Remove("client_id");
            var key = new JsonWebKey(file.ToJsonString());
            var algorithm = key.Kty == JsonWebAlgorithmsKeyTypes.RSA ? SecurityAlgorithms.RsaSha384 : key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: JsonWebKeyECTypes.P384 } ? SecurityAlgorithms.EcdsaSha384 : null;
            return id is { Length: > 0 } && key.HasPrivateKey && key.Kid is { Length: > 0 } && algorithm is not null ? new ClientKey(id, new SigningCredentials(key, algorithm)) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>An assertion for one use.</summary>
    /// <param name="audience">The token endpoint's URL.</param>
    /// <param name="acting">Who is acting, and what for.</param>
    /// <param name="now">The time.</param>
    public string Sign(string audience, Acting acting, DateTimeOffset now)
    {
        var claims = new JsonObject
        {
            ["iss"] = ClientId,
            ["sub"] = ClientId,
            ["aud"] = audience,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["jti"] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)),
        };
        if (acting.ToClaim() is { } iua)
        {
            claims["extensions"] = new JsonObject { ["ihe_iua"] = iua };
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims.ToJsonString(), _credentials);
    }
}

/// <summary>Who is acting, and what for, as a client says: null for what it does not say.</summary>
/// <param name="Purpose">HL7's PurposeOfUse, such as TREAT.</param>
/// <param name="Person">A name.</param>
/// <param name="Role">A code or word.</param>
internal sealed record Acting(string? Purpose, string? Person, string? Role)
{
    /// <summary>IHE IUA's extension; null where nothing is said.</summary>
    public JsonObject? ToClaim()
    {
        var claim = new JsonObject();
        if (Person is not null)
        {
            claim["subject_name"] = Person;
        }

        if (Role is not null)
        {
            claim["subject_role"] = new JsonArray(new JsonObject { ["code"] = Role });
        }

        if (Purpose is not null)
        {
            claim["purpose_of_use"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActReason", ["code"] = Purpose });
        }

        return claim.Count > 0 ? claim : null;
    }
}
