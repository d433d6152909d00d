using System.Text.Json.Serialization;

namespace EhrLedger.Node.Smart;

/// <summary>What a client has to know to get a token.</summary>
/// <remarks>Source: SMART App Launch 2.2, "Conformance".</remarks>
internal static class SmartConfiguration
{
    /// <summary>Beside FHIR, where SMART has it.</summary>
    public const string FhirPath = "/fhir/.well-known/smart-configuration";

    /// <summary>At the root.</summary>
    public const string RootPath = "/.well-known/smart-configuration";

    /// <summary>Maps both.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])[FhirPath, RootPath])
        {
            app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (SmartAddresses addresses) => Results.Json(ViewOf(addresses), SmartJson.Default.SmartConfigurationView));
        }
    }

    private static SmartConfigurationView ViewOf(SmartAddresses addresses) => new(
        addresses.Issuer,
        addresses.Root + SmartAddresses.KeysPath,
        addresses.Root + SmartAddresses.AuthorizePath,
        addresses.Token,
        ["private_key_jwt"],
        ["RS384", "ES384"],
        ["authorization_code", "client_credentials"],
        ["code"],
        ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "patient/*.cruds", "user/*.cruds", "system/*.cruds"],
        ["S256"],
        ["launch-ehr", "launch-standalone", "client-public", "client-confidential-asymmetric", "sso-openid-connect", "context-ehr-patient", "context-ehr-encounter", "context-standalone-patient", "permission-offline", "permission-patient", "permission-user", "permission-v1", "permission-v2"]);
}

internal sealed record SmartConfigurationView(
    string Issuer,
    string JwksUri,
    string AuthorizationEndpoint,
    string TokenEndpoint,
    IReadOnlyList<string> TokenEndpointAuthMethodsSupported,
    IReadOnlyList<string> TokenEndpointAuthSigningAlgValuesSupported,
    IReadOnlyList<string> GrantTypesSupported,
    IReadOnlyList<string> ResponseTypesSupported,
    IReadOnlyList<string> ScopesSupported,
    IReadOnlyList<string> CodeChallengeMethodsSupported,
    IReadOnlyList<string> Capabilities);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SmartConfigurationView))]
internal sealed partial class SmartJson : JsonSerializerContext;
