using System.Text.Json;
using EhrLedger.Node.Settings;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Users;

/// <summary>The organisation's own OpenID Connect provider, and what of its claims counts here: docs/security.md.</summary>
internal sealed record IdentityProvider
{
    /// <summary>As it stands in its tokens: https, or http on this machine. Its configuration is at <c>.well-known/openid-configuration</c> below.</summary>
    public required string Issuer { get; init; }

    /// <summary>How it knows this node.</summary>
    public required string ClientId { get; init; }

    /// <summary>Shared with it; null where a key signs instead.</summary>
    public string? Secret { get; init; }

    /// <summary>Signs that the node is its client (private_key_jwt); null for a secret.</summary>
    public SigningCredentials? Key { get; init; }

    /// <summary>Asked for, with spaces between; openid is among them. Default <c>openid profile</c>.</summary>
    public string Scope { get; init; } = "openid profile";

    /// <summary>Claim of the identity token whose values decide the role. Default <c>groups</c>.</summary>
    public string RoleClaim { get; init; } = "groups";

    /// <summary>Values of that claim, and the role that each gives; the first that a user has counts.</summary>
    public required IReadOnlyList<(string Value, UserRole Role)> Roles { get; init; }

    /// <summary>Claim of the identity token with a reference such as Practitioner/123, relative or of this node. Default <c>fhirUser</c>.</summary>
    public string FhirUserClaim { get; init; } = "fhirUser";

    /// <summary>How long what it said counts for applications that go on without the user; after that the user logs in there again. Default 24 hours; 1 second to 30 days.</summary>
    public TimeSpan Lifetime
    {
        get;
        init => field = value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(30) ? value : throw Wrong("The identity provider's lifetime is 1 second to 30 days.");
    } = TimeSpan.FromHours(24);

    /// <summary>The role of somebody with these values; null for nobody of ours.</summary>
    public UserRole? RoleOf(IReadOnlyCollection<string> values) => Roles.Where(pair => values.Contains(pair.Value, StringComparer.Ordinal)).Select(pair => (UserRole?)pair.Role).FirstOrDefault();

    /// <summary>Null where no issuer is set.</summary>
    /// <exception cref="StartupException">What is set can't be, or is not all that is needed.</exception>
    public static IdentityProvider? Read(IConfigurationSection section)
    {
        if (section["IdpIssuer"] is not { } issuer)
        {
            return null;
        }

        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri) || uri.Query.Length > 0 || uri.Fragment.Length > 0 || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            throw Wrong($"'{issuer}' is no issuer: set idpIssuer to an https address without a query.");
        }

        if (section["IdpSecretFile"] is null == section["IdpKeyFile"] is null)
        {
            throw Wrong("The identity provider has to know this node by a secret or by a key: set idpSecretFile or idpKeyFile.");
        }

        var provider = new IdentityProvider
        {
            Issuer = issuer,
            ClientId = section["IdpClient"] is { Length: > 0 } client ? client : throw Wrong("Set idpClient to the client_id that the identity provider gave this node."),
            Secret = section["IdpSecretFile"] is { } secret ? ReadFile(secret).TrimEnd('\r', '\n') : null,
            Key = section["IdpKeyFile"] is { } key ? ReadKey(key) : null,
            Roles = ReadRoles(section["IdpRoles"] ?? ""),
        };
        provider = section["IdpScope"] is { } scope ? provider with { Scope = scope.Split(' ').Contains("openid") ? scope : throw Wrong("idpScope needs openid.") } : provider;
        provider = section["IdpRoleClaim"] is { Length: > 0 } roleClaim ? provider with { RoleClaim = roleClaim } : provider;
        provider = section["IdpFhirUserClaim"] is { Length: > 0 } userClaim ? provider with { FhirUserClaim = userClaim } : provider;
        return NodeSettings.ReadTime(section, "IdpLifetime") is { } lifetime ? provider with { Lifetime = lifetime } : provider;
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => $"{Issuer} as {ClientId}";

    /// <summary>value=role;value=role, where a value may have equals signs, as names of LDAP do.</summary>
    private static List<(string Value, UserRole Role)> ReadRoles(string text)
    {
        var roles = new List<(string, UserRole)>();
        foreach (var pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = pair.LastIndexOf('=');
            roles.Add(at > 0 && UserRoles.TryParse(pair[(at + 1)..]) is { } role ? (pair[..at], role) : throw Wrong($"'{pair}' gives no role: write VALUE=clinician, or front-desk, claims, auditor, operator."));
        }

        return roles.Count > 0 ? roles : throw Wrong("Nobody would have a role: set idpRoles, such as \"Doctors=clinician;Reception=front-desk\".");
    }

    private static SigningCredentials ReadKey(string file)
    {
        try
        {
            var key = new JsonWebKey(ReadFile(file));
            var algorithm = key.Alg is { Length: > 0 } named ? named : (key.Kty, key.Crv) switch
            {
                (JsonWebAlgorithmsKeyTypes.RSA, _) => SecurityAlgorithms.RsaSha256,
                (JsonWebAlgorithmsKeyTypes.EllipticCurve, JsonWebKeyECTypes.P256) => SecurityAlgorithms.EcdsaSha256,
                (JsonWebAlgorithmsKeyTypes.EllipticCurve, JsonWebKeyECTypes.P384) => SecurityAlgorithms.EcdsaSha384,
                _ => null,
            };
            return key.HasPrivateKey && algorithm is not null && key.IsSupportedAlgorithm(algorithm) ? new SigningCredentials(key, algorithm) : throw NoKey(file);
        }
        catch (Exception unreadable) when (unreadable is JsonException or ArgumentException)
        {
            throw NoKey(file);
        }
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Keys, $"{file} can't be read: it has what this node shows the identity provider.", unreadable);
        }
    }

    private static StartupException NoKey(string file) => Wrong($"{file} is no private JSON Web Key, RSA or EC on P-256 or P-384.");

    private static StartupException Wrong(string message) => new(ExitCode.Settings, message);
}
