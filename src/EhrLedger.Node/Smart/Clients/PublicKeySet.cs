using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Clients;

/// <summary>A client's JSON Web Key Set, with nothing in it but public keys that this node takes signatures of.</summary>
internal static class PublicKeySet
{
    /// <summary>Bytes; a longer set is refused.</summary>
    public const int Largest = 64 << 10;

    private const int MostKeys = 50;
    private const int LeastRsaBits = 2_048;

    /// <summary>Null unless it is a key set without secrets and with at least one RSA key of 2,048 bits or more, or one EC key on P-384, that has a kid. Keys of other kinds stay, and are never used.</summary>
    public static JsonWebKeySet? TryParse(string json)
    {
        try
        {
            var set = new JsonWebKeySet(json);
            return set.Keys.Count <= MostKeys && !set.Keys.Any(key => key.HasPrivateKey || key.Kty == JsonWebAlgorithmsKeyTypes.Octet) && set.Keys.Any(IsUsable) ? set : null;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Keys that a signature of this algorithm may be checked with.</summary>
    public static List<JsonWebKey> Find(JsonWebKeySet set, string keyId, string algorithm) =>
        [.. set.Keys.Where(key => key.Kid == keyId && IsUsable(key) && key.Kty == (algorithm == SecurityAlgorithms.RsaSha384 ? JsonWebAlgorithmsKeyTypes.RSA : JsonWebAlgorithmsKeyTypes.EllipticCurve)
            && (key.Alg is null || key.Alg == algorithm))];

    private static bool IsUsable(JsonWebKey key) => !string.IsNullOrEmpty(key.Kid) && key.Use is null or "" or "sig" && key.Kty switch
    {
        JsonWebAlgorithmsKeyTypes.RSA => key.KeySize >= LeastRsaBits,
        JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv == JsonWebKeyECTypes.P384,
        _ => false,
    };
}
