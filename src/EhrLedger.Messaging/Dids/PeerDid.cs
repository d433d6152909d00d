using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging.Dids;

/// <summary>The names that agents have for each other: did:peer 0, 2 and 4 and did:key say all there is to know; did:peer:1 needs a document beside it.</summary>
/// <remarks>Source: did:peer 1.0 (decentralized-identity/peer-did-method-spec), did:peer:4 specification, Aries RFC 0360.</remarks>
public static class PeerDid
{
    private const int MostDocument = 2_048;
    private const int MostDid = 4_096;
    private const string Method4 = "did:peer:4";
    private const string Method2 = "did:peer:2";

    // Unsigned varint of the multicodec table: 0x0200 (json); and the multihash of SHA-256.
    private static ReadOnlySpan<byte> JsonCodec => [0x80, 0x04];

    private static ReadOnlySpan<byte> Sha256 => [0x12, 0x20];

    /// <summary>A did:peer:4 in its long form, with one key and one endpoint.</summary>
    /// <param name="key">Opens messages, and signs.</param>
    /// <param name="endpoint">Where messages go; <see cref="DidDocument.Queue"/> where they wait.</param>
    public static DidDocument Make(Ed25519PublicKey key, string endpoint)
    {
        var encoded = "z" + Base58.Encode([.. JsonCodec, .. Document(key, endpoint)]);
        return new DidDocument($"{Method4}{HashOf(encoded)}:{encoded}", [key], endpoint, []);
    }

    /// <summary>Reads what a DID says by itself.</summary>
    /// <param name="did">Untrusted.</param>
    /// <returns>Null for other methods, and where something does not fit.</returns>
    public static DidDocument? Resolve(string? did) =>
        did is null or { Length: > MostDid } ? null
        : did.StartsWith(Method4, StringComparison.Ordinal) ? Resolve4(did)
        : did.StartsWith(Method2, StringComparison.Ordinal) ? Resolve2(did)
        : did.StartsWith("did:peer:0", StringComparison.Ordinal) ? OfKey(did, DidKey.FindEd25519("did:key:" + did["did:peer:0".Length..]))
        : did.StartsWith("did:key:", StringComparison.Ordinal) ? OfKey(did, DidKey.FindEd25519(did))
        : null;

    /// <summary>The document of any DID that came attached, signed by whoever the caller has verified.</summary>
    /// <param name="did">As the message names it.</param>
    /// <param name="document">JSON; untrusted.</param>
    public static DidDocument? Read(string did, ReadOnlySpan<byte> document)
    {
        if (document.Length > 4 * MostDocument || did.Length > MostDid)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(document.ToArray(), new JsonDocumentOptions { MaxDepth = 16 });
            return DidDocument.Read(did, json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DidDocument? OfKey(string did, Ed25519PublicKey? key) => key is { } known ? new DidDocument(did, [known], DidDocument.Queue, []) : null;

    private static DidDocument? Resolve4(string did)
    {
        var colon = did.IndexOf(':', Method4.Length);
        if (colon < 0 || colon + 1 >= did.Length || did[colon + 1] != 'z')
        {
            return null;
        }

        var encoded = did[(colon + 1)..];
        return did[Method4.Length..colon] == HashOf(encoded)
            && Base58.DecodeUpTo(encoded.AsSpan(1), MostDocument + JsonCodec.Length) is { } bytes
            && bytes.AsSpan().StartsWith(JsonCodec)
                ? Read(did, bytes.AsSpan(JsonCodec.Length))
                : null;
    }

    // ".V" a key that signs, ".E" one that agrees (not needed: it is derived), ".S" a service with short names for its members.
    private static DidDocument? Resolve2(string did)
    {
        var keys = new List<(string Id, Ed25519PublicKey Key)>();
        var services = new List<string>();
        var number = 0;
        foreach (var part in did[Method2.Length..].Split('.', StringSplitOptions.RemoveEmptyEntries).Take(16))
        {
            if (part[0] == 'S')
            {
                if (Service(part[1..]) is not { } service)
                {
                    return null;
                }

                services.Add(service);
                continue;
            }

            number++;
            if (part[0] == 'V' && DidKey.FindEd25519("did:key:" + part[1..]) is { } key)
            {
                keys.Add((string.Create(System.Globalization.CultureInfo.InvariantCulture, $"key-{number}"), key));
            }
        }

        var document = new StringBuilder("{\"verificationMethod\":[")
            .AppendJoin(',', keys.Select(item => $$"""{"id":"#{{item.Id}}","type":"Ed25519","publicKeyBase58":"{{Verkey.Format(item.Key)}}"}"""))
            .Append("],\"service\":[").AppendJoin(',', services).Append("]}");
        return Read(did, Encoding.UTF8.GetBytes(document.ToString()));
    }

    // One service, or a list of one; the short names are those of the method's specification.
    private static string? Service(string encoded)
    {
        var text = encoded.TrimEnd('=');
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(text), new JsonDocumentOptions { MaxDepth = 8 });
            var service = json.RootElement.ValueKind == JsonValueKind.Array && json.RootElement.GetArrayLength() > 0 ? json.RootElement[0] : json.RootElement;
            if (service.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (var member in service.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name switch { "t" => "type", "s" => "serviceEndpoint", "r" => "routingKeys", "a" => "accept", var name => name });
                    member.Value.WriteTo(writer);
                }

                writer.WriteEndObject();
            }

            return Encoding.UTF8.GetString(buffer.ToArray());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string HashOf(string encoded) => "z" + Base58.Encode([.. Sha256, .. SHA256.HashData(Encoding.ASCII.GetBytes(encoded))]);

    private static byte[] Document(Ed25519PublicKey key, string endpoint)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("@context");
            writer.WriteStringValue("https://w3id.org/did/v1");
            writer.WriteEndArray();
            writer.WriteStartArray("authentication");
            writer.WriteStartObject();
            writer.WriteString("id", "#key-1");
            writer.WriteString("type", "Ed25519VerificationKey2018");
            writer.WriteString("publicKeyBase58", Verkey.Format(key));
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteStartArray("service");
            writer.WriteStartObject();
            writer.WriteString("id", "#agent");
            writer.WriteString("type", "did-communication");
            writer.WriteNumber("priority", 0);
            writer.WriteStartArray("recipientKeys");
            writer.WriteStringValue("#key-1");
            writer.WriteEndArray();
            writer.WriteStartArray("routingKeys");
            writer.WriteEndArray();
            writer.WriteString("serviceEndpoint", endpoint);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
