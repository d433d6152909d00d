using System.Buffers.Text;
using System.Text.Json;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging.Dids;

/// <summary>What messages need of a DID document: whose keys open them, and where they go.</summary>
/// <param name="Did">In its long form.</param>
/// <param name="Keys">Ed25519 keys of the service, the first of which messages are packed for; at least one.</param>
/// <param name="Endpoint">An http or https address, or <see cref="Queue"/>.</param>
/// <param name="RoutingKeys">Whom messages are forwarded through, the last hop first (RFC 0094); mostly none.</param>
public sealed record DidDocument(string Did, IReadOnlyList<Ed25519PublicKey> Keys, string Endpoint, IReadOnlyList<Ed25519PublicKey> RoutingKeys)
{
    /// <summary>The endpoint of an agent that has none: its messages wait until it picks them up.</summary>
    public const string Queue = "didcomm:transport/queue";

    /// <summary>Most keys of each kind that are read.</summary>
    private const int MostKeys = 8;

    private const int MostAddress = 500;

    /// <summary>Reads a document, as one agent gives it to another.</summary>
    /// <param name="did">Whose it is; fragments in the document are of this one.</param>
    /// <param name="document">Untrusted.</param>
    /// <returns>Null without an Ed25519 key.</returns>
    internal static DidDocument? Read(string did, JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var methods = new Dictionary<string, Ed25519PublicKey>();
        foreach (var part in (string[])["verificationMethod", "authentication", "publicKey"])
        {
            foreach (var method in Items(document, part).Where(item => item.ValueKind == JsonValueKind.Object))
            {
                if (methods.Count < MostKeys && Text(method, "id") is { } id && KeyOf(method) is { } key)
                {
                    methods.TryAdd(FragmentOf(id), key);
                }
            }
        }

        Ed25519PublicKey? Find(JsonElement reference) =>
            reference.ValueKind != JsonValueKind.String || reference.GetString() is not { } text ? null : methods.TryGetValue(FragmentOf(text), out var known) ? known : Verkey.Find(text);

        var services = Items(document, "service")
            .Where(item => item.ValueKind == JsonValueKind.Object && AddressOf(item) is not null)
            .OrderBy(item => item.TryGetProperty("priority", out var priority) && priority.ValueKind == JsonValueKind.Number && priority.TryGetInt32(out var value) ? value : 0)
            .ToList();
        if (services.Count == 0)
        {
            return methods.Count == 0 ? null : new DidDocument(did, [.. methods.Values], Queue, []);
        }

        var service = services[0];
        Ed25519PublicKey[] named = [.. Items(service, "recipientKeys").Take(MostKeys).Select(Find).OfType<Ed25519PublicKey>()];
        Ed25519PublicKey?[] routing = [.. Items(service, "routingKeys").Take(MostKeys).Select(Find)];
        Ed25519PublicKey[] keys = named.Length > 0 ? named : [.. methods.Values];
        return keys.Length == 0 || routing.Any(key => key is null) ? null : new DidDocument(did, keys, AddressOf(service)!, [.. routing.OfType<Ed25519PublicKey>()]);
    }

    internal static IEnumerable<JsonElement> Items(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    internal static string? Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Null unless it is an address that messages can be sent to, or <see cref="Queue"/>.</summary>
    internal static string? CheckAddress(string? address) =>
        address == Queue || (address is { Length: <= MostAddress } && Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
            ? address
            : null;

    private static string? AddressOf(JsonElement service) =>
        !service.TryGetProperty("serviceEndpoint", out var endpoint) ? null
        : CheckAddress(endpoint.ValueKind == JsonValueKind.Object ? Text(endpoint, "uri") : endpoint.ValueKind == JsonValueKind.String ? endpoint.GetString() : null);

    // "#key-1", "did:peer:…#key-1" and "key-1" name the same key of one document.
    private static string FragmentOf(string id) => id[(id.IndexOf('#', StringComparison.Ordinal) + 1)..];

    private static Ed25519PublicKey? KeyOf(JsonElement method)
    {
        if (Text(method, "publicKeyMultibase") is { } multibase)
        {
            return DidKey.FindEd25519("did:key:" + multibase);
        }

        if (Text(method, "publicKeyBase58") is { } base58 && Text(method, "type") is { } type && type.StartsWith("Ed25519", StringComparison.Ordinal))
        {
            return Base58.Decode(base58, Ed25519PublicKey.Length) is { } bytes && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key : null;
        }

        return method.TryGetProperty("publicKeyJwk", out var jwk)
            && jwk.ValueKind == JsonValueKind.Object
            && Text(jwk, "crv") == "Ed25519"
            && Text(jwk, "x") is { } x
            && Base64Url.IsValid(x)
            && Ed25519PublicKey.TryFromBytes(Base64Url.DecodeFromChars(x), out var fromJwk)
                ? fromJwk
                : null;
    }
}
