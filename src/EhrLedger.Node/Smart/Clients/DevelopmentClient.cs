using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Clients;

/// <summary>
/// A client that may do everything, for the first steps on one machine. It is made on the first start of a node that answers FHIR on loopback only, and refused by one that answers elsewhere. Its private key lies in the
/// key folder, for the owner only.
/// </summary>
internal sealed class DevelopmentClient(NodeSettings settings, TimeProvider time)
{
    /// <summary>Its client_id.</summary>
    public const string Id = "development";

    // All that HL7 has in PurposeOfUse at present.
    private static readonly string[] Purposes =
    [
        "TREAT", "CAREMGT", "CLINTRL", "ETREAT", "BTG", "ERTREAT", "POPHLTH", "COC", "HOPERAT", "HPAYMT", "CLMATTCH", "COVAUTH", "COVERAGE", "ELIGDTRM", "ELIGVER", "ENROLLM", "MILDCRG", "REMITADV",
        "HMARKT", "HRESCH", "BIORCH", "PUBHLTH", "DISASTER", "THREAT", "PATRQT", "FAMRQT", "PWATRNY", "SUPNWK", "PATADMIN", "PATSFTY", "QUALIMP", "HSYSADMIN", "HQUALIMP", "LEGAL", "TRAIN", "RECORDMGT",
    ];

    /// <summary>Where its private key is: a JSON Web Key, with a member client_id.</summary>
    public string File { get; } = Path.Combine(settings.Keys, "development-client.jwk");

    /// <summary>False where the id is this client's, and the node answers FHIR to other machines.</summary>
    public bool MayBeUsed(string clientId) => clientId != Id || settings.IsLoopbackOnly;

    /// <summary>Makes its key on the first start. Nothing where it is not to be.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="StartupException">The key can't be written.</exception>
    public bool Prepare()
    {
        if (!settings.IsLoopbackOnly)
        {
            return false;
        }

        if (System.IO.File.Exists(File))
        {
            return true;
        }

        if (System.IO.File.Exists(settings.SmartDatabase))
        {
            return false;
        }

        try
        {
            PrivateFile.Replace(File, JsonSerializer.SerializeToUtf8Bytes(NewKey()));
            return true;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Keys, $"The development client's key can't be written to {settings.Keys}.", unwritable);
        }
    }

    /// <summary>The client, of the key in the file; null where there is none.</summary>
    public RegisteredClient? Find()
    {
        if (!settings.IsLoopbackOnly || !System.IO.File.Exists(File) || JsonNode.Parse(System.IO.File.ReadAllBytes(File)) is not JsonObject key)
        {
            return null;
        }

        key.Remove("d");
        key.Remove("client_id");
        return PublicKeySet.TryParse(new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString()) is { } keys
            ? new RegisteredClient(Id, "Development client", new ClientTerms(["system/*.cruds"], Purposes, NamesPersons: true, KeysUrl: null, time.GetUtcNow().ToUnixTimeSeconds(), Revoked: null), keys)
            : null;
    }

    private static JsonObject NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        var json = new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-384",
            ["alg"] = SecurityAlgorithms.EcdsaSha384,
            ["use"] = "sig",
            ["kid"] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(12)),
            ["x"] = Base64UrlEncoder.Encode(parameters.Q.X!),
            ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y!),
            ["d"] = Base64UrlEncoder.Encode(parameters.D!),
            ["client_id"] = Id,
        };
        CryptographicOperations.ZeroMemory(parameters.D);
        return json;
    }
}
