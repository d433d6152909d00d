using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Smart;

/// <summary>The authorization server's addresses, as clients reach them.</summary>
internal sealed class SmartAddresses(NodeSettings settings)
{
    /// <summary>Path of the token endpoint.</summary>
    public const string TokenPath = "/auth/token";

    /// <summary>Path of the authorization endpoint.</summary>
    public const string AuthorizePath = "/auth/authorize";

    /// <summary>Path of the login.</summary>
    public const string LoginPath = "/auth/login";

    /// <summary>Path that leads on to the organisation's identity provider.</summary>
    public const string ProviderPath = "/auth/provider";

    /// <summary>Path that the provider leads back to.</summary>
    public const string ProviderCallbackPath = "/auth/provider/callback";

    /// <summary>Path where systems say which patient they launch an application for.</summary>
    public const string LaunchPath = "/auth/launch";

    /// <summary>Path of the node's public keys.</summary>
    public const string KeysPath = "/auth/keys";

    /// <summary>Base of its addresses; no slash at the end.</summary>
    public string Root { get; } = settings.PublicUrl.TrimEnd('/');

    /// <summary>Name of the authorization server, as it stands in tokens: a URL in its usual form, which ends in a slash.</summary>
    public string Issuer => Root + "/";

    /// <summary>FHIR's base, which access tokens are for.</summary>
    public string Fhir { get; } = settings.FhirBase();

    /// <summary>Where tokens are asked for, and whom client assertions are for.</summary>
    public string Token => Root + TokenPath;
}
