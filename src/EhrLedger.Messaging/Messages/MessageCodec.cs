using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EhrLedger.Messaging.Messages;

/// <summary>Messages as JSON. Types are compared by family, major version and name: a minor version adds only what may be ignored (RFC 0003).</summary>
public static class MessageCodec
{
    /// <summary>What types of Aries protocols begin with. Messages are written with this one.</summary>
    public const string Prefix = "https://didcomm.org/";

    /// <summary>What types of our own protocols begin with.</summary>
    public const string OwnPrefix = "https://ehrledger.org/";

    /// <summary>What types of Aries protocols began with; taken as well (RFC 0348).</summary>
    private const string OlderPrefix = "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/";

    private const int MostDepth = 32;

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = MostDepth };

    private static readonly FrozenDictionary<(string Family, int Major, string Name), JsonTypeInfo> Known = new Dictionary<(string, int, string), JsonTypeInfo>
    {
        [("out-of-band", 1, "invitation")] = MessageJson.Default.Invitation,
        [("didexchange", 1, "request")] = MessageJson.Default.DidExchangeRequest,
        [("didexchange", 1, "response")] = MessageJson.Default.DidExchangeResponse,
        [("didexchange", 1, "complete")] = MessageJson.Default.DidExchangeComplete,
        [("trust_ping", 1, "ping")] = MessageJson.Default.TrustPing,
        [("trust_ping", 1, "ping_response")] = MessageJson.Default.TrustPingResponse,
        [("basicmessage", 1, "message")] = MessageJson.Default.BasicMessage,
        [("messagepickup", 2, "status-request")] = MessageJson.Default.PickupStatusRequest,
        [("messagepickup", 2, "status")] = MessageJson.Default.PickupStatus,
        [("messagepickup", 2, "delivery-request")] = MessageJson.Default.PickupDeliveryRequest,
        [("messagepickup", 2, "delivery")] = MessageJson.Default.PickupDelivery,
        [("messagepickup", 2, "messages-received")] = MessageJson.Default.PickupReceived,
        [("messagepickup", 2, "live-delivery-change")] = MessageJson.Default.PickupLiveDelivery,
        [("coordinate-mediation", 1, "mediate-request")] = MessageJson.Default.MediateRequest,
        [("coordinate-mediation", 1, "mediate-grant")] = MessageJson.Default.MediateGrant,
        [("coordinate-mediation", 1, "mediate-deny")] = MessageJson.Default.MediateDeny,
        [("coordinate-mediation", 1, "keylist-update")] = MessageJson.Default.KeylistUpdate,
        [("coordinate-mediation", 1, "keylist-update-response")] = MessageJson.Default.KeylistUpdateResponse,
        [("coordinate-mediation", 1, "keylist-query")] = MessageJson.Default.KeylistQuery,
        [("coordinate-mediation", 1, "keylist")] = MessageJson.Default.Keylist,
        [("routing", 1, "forward")] = MessageJson.Default.Forward,
        [("consent", 1, "wallet-key")] = MessageJson.Default.WalletKey,
        [("consent", 1, "access-request")] = MessageJson.Default.AccessRequest,
        [("consent", 1, "decision")] = MessageJson.Default.Decision,
        [("consent", 1, "access-key")] = MessageJson.Default.AccessKeyDelivery,
        [("consent", 1, "extension")] = MessageJson.Default.ExtensionDelivery,
        [("consent", 1, "read-notice")] = MessageJson.Default.ReadNotice,
        [("consent", 1, "take-over")] = MessageJson.Default.TakeOverRequest,
        [("consent", 1, "taken-over")] = MessageJson.Default.TakenOver,
    }.ToFrozenDictionary();

    /// <summary>Canonical only in that it is read again; members that are null are left out.</summary>
    public static byte[] Encode(AgentMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var parts = Split(message.Type) ?? throw new ArgumentException("A message of unknown type is not sent.", nameof(message));
        return JsonSerializer.SerializeToUtf8Bytes(message, parts.Name is "problem-report" ? MessageJson.Default.ProblemReport : Known[(parts.Family, parts.Major, parts.Name)]);
    }

    /// <summary>Reads a message.</summary>
    /// <param name="json">Untrusted.</param>
    /// <returns>Null for what is no message; <see cref="UnknownMessage"/> for one of a type that is not known here. Never throws on hostile input.</returns>
    public static AgentMessage? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            var typeReader = new Utf8JsonReader(json, Reading);
            if (JsonSerializer.Deserialize(ref typeReader, MessageJson.Default.HeadView) is not { Type: { Length: <= AgentMessage.MostId } type, Id: { Length: > 0 and <= AgentMessage.MostId } id } head || Split(type) is not { } parts)
            {
                return null;
            }

            // Each protocol of Aries may adopt RFC 0035 under a name of its own.
            var isProblem = parts.Name is "problem-report" or "problem_report";
            var known = isProblem ? MessageJson.Default.ProblemReport : IsOwn(type) == (parts.Family == "consent") ? Known.GetValueOrDefault((parts.Family, parts.Major, parts.Name)) : null;
            if (known is null)
            {
                return new UnknownMessage(type) { Id = id, Thread = head.Thread, Transport = head.Transport };
            }

            var reader = new Utf8JsonReader(json, Reading);
            var message = (AgentMessage?)JsonSerializer.Deserialize(ref reader, known);
            return message is DidExchangeMessage exchange ? exchange with { Version = parts.Version == "1.0" ? "1.0" : "1.1" } : message;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Family and major version of a protocol's identifier.</summary>
    internal static (string Family, int Major)? FamilyOf(string protocol) => Split(protocol + "/-") is { } parts ? (parts.Family, parts.Major) : null;

    private static bool IsOwn(string type) => type.StartsWith(OwnPrefix, StringComparison.Ordinal);

    private static (string Family, string Version, int Major, string Name)? Split(string type)
    {
        var rest = type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..]
            : type.StartsWith(OlderPrefix, StringComparison.Ordinal) ? type[OlderPrefix.Length..]
            : IsOwn(type) ? type[OwnPrefix.Length..]
            : null;
        if (rest?.Split('/') is not [var family, var version, var name])
        {
            return null;
        }

        var dot = version.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && int.TryParse(version.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? (family, version, major, name) : null;
    }
}

/// <summary>What is read first.</summary>
internal sealed record HeadView(
    [property: JsonPropertyName("@type")] string? Type = null,
    [property: JsonPropertyName("@id")] string? Id = null,
    [property: JsonPropertyName("~thread")] MessageThread? Thread = null,
    [property: JsonPropertyName("~transport")] MessageTransport? Transport = null);
