using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Smart;

/// <summary>The authorization server's addresses, as clients reach them.</summary>
internal sealed class SmartAddresses(NodeSettings settings)
{
    /// <summary>Path of the token endpoint.</summary>
    public const string TokenPath = "/auth/token";

    /// <summary>Path of the node's public keys.</summary>
    public const string KeysPath = "/auth/keys";

    /// <summary>Name of the authorization server, and base of its addresses; no slash at the end.</summary>
    public string Issuer { get; } = settings.PublicUrl.TrimEnd('/');

    /// <summary>FHIR's base, which access tokens are for.</summary>
    public string Fhir { get; } = settings.FhirBase();

    /// <summary>Where tokens are asked for, and whom client assertions are for.</summary>
    public string Token => Issuer + TokenPath;
}
