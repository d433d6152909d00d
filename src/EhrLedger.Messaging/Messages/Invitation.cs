using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Dids;

namespace EhrLedger.Messaging.Messages;

/// <summary>An out-of-band invitation: it travels as a link or a QR code, not in an envelope.</summary>
/// <remarks>Source: Aries RFC 0434, versions 1.0 and 1.1.</remarks>
public sealed record Invitation : AgentMessage
{
    /// <summary>RFC 0023 in the version with signed rotation.</summary>
    public const string DidExchange = MessageCodec.Prefix + "didexchange/1.1";

    /// <summary>Who invites, for people. Unproven.</summary>
    [JsonPropertyName("label")]
    public string? Label { get; init; }

    /// <summary>For machines: what the invitation is for.</summary>
    [JsonPropertyName("goal_code")]
    public string? GoalCode { get; init; }

    /// <summary>For people: what the invitation is for.</summary>
    [JsonPropertyName("goal")]
    public string? Goal { get; init; }

    /// <summary>Media types of envelopes, the best one first.</summary>
    [JsonPropertyName("accept")]
    public string[]? Accept { get; init; }

    /// <summary>Ways to connect, the best one first.</summary>
    [JsonPropertyName("handshake_protocols")]
    public string[]? HandshakeProtocols { get; init; }

    /// <summary>Each a service block or a DID.</summary>
    [JsonPropertyName("services")]
    public JsonElement[]? Services { get; init; }

    /// <summary>Our own member: what a wallet needs besides. Its shape is the client's.</summary>
    [JsonPropertyName("~ehrledger")]
    public JsonElement? EhrLedger { get; init; }

    /// <summary>An invitation to a DID exchange.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="label">For people.</param>
    /// <param name="key">Packs the first answer, and signs the DID that takes its place.</param>
    /// <param name="endpoint">Where requests go.</param>
    public static Invitation Make(string id, string label, Ed25519PublicKey key, string endpoint) => new()
    {
        Id = id,
        Label = label,
        Accept = ["didcomm/aip2;env=rfc19", "didcomm/aip1"],
        HandshakeProtocols = [DidExchange, MessageCodec.Prefix + "didexchange/1.0"],
        Services = [JsonSerializer.SerializeToElement(new ServiceView("#inline", "did-communication", [key.ToDidKey()], endpoint), MessageJson.Default.ServiceView)],
    };

    /// <summary>Where a request goes, by the first service that is understood; null without one, or without a DID exchange.</summary>
    internal DidDocument? FindInviter() =>
        HandshakeProtocols is { } ways && ways.Any(way => MessageCodec.FamilyOf(way) is ("didexchange", 1)) ? Services?.Take(8).Select(ReadService).FirstOrDefault(found => found is not null) : null;

    /// <summary>The version of RFC 0023 that the inviter likes best, of those spoken here.</summary>
    internal string Version => HandshakeProtocols?.FirstOrDefault(way => MessageCodec.FamilyOf(way) is ("didexchange", 1)) is { } way && way.EndsWith("/1.0", StringComparison.Ordinal) ? "1.0" : "1.1";

    private static DidDocument? ReadService(JsonElement service)
    {
        if (service.ValueKind == JsonValueKind.String)
        {
            return PeerDid.Resolve(service.GetString());
        }

        if (service.ValueKind != JsonValueKind.Object || DidDocument.CheckAddress(DidDocument.Text(service, "serviceEndpoint")) is not { } endpoint)
        {
            return null;
        }

        Ed25519PublicKey?[] keys = [.. KeysOf("recipientKeys")];
        Ed25519PublicKey?[] routing = [.. KeysOf("routingKeys")];
        return keys.Length == 0 || keys.Concat(routing).Any(key => key is null) ? null : new DidDocument("", [.. keys.OfType<Ed25519PublicKey>()], endpoint, [.. routing.OfType<Ed25519PublicKey>()]);

        IEnumerable<Ed25519PublicKey?> KeysOf(string name) =>
            DidDocument.Items(service, name).Take(8).Select(item => item.ValueKind == JsonValueKind.String ? Verkey.Find(item.GetString()) : null);
    }

    private protected override string Uri => MessageCodec.Prefix + "out-of-band/1.1/invitation";
}

/// <summary>RFC 0434, "Service block".</summary>
internal sealed record ServiceView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("recipientKeys")] string[] RecipientKeys,
    [property: JsonPropertyName("serviceEndpoint")] string ServiceEndpoint);
