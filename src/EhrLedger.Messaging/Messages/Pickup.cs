using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Messages;

/// <summary>"What waits for me?" Source of this file: Aries RFC 0685, Pickup 2.0.</summary>
public sealed record PickupStatusRequest : AgentMessage
{
    /// <summary>For which of the asker's keys; null for all.</summary>
    [JsonPropertyName("recipient_key")]
    public string? RecipientKey { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/status-request";
}

/// <summary>What waits.</summary>
public sealed record PickupStatus : AgentMessage
{
    /// <summary>As it was asked.</summary>
    [JsonPropertyName("recipient_key")]
    public string? RecipientKey { get; init; }

    /// <summary>How many.</summary>
    [JsonPropertyName("message_count")]
    public required int MessageCount { get; init; }

    /// <summary>Of all of them.</summary>
    [JsonPropertyName("total_bytes")]
    public long? TotalBytes { get; init; }

    /// <summary>Whether new ones are sent as they come: never here.</summary>
    [JsonPropertyName("live_delivery")]
    public bool? LiveDelivery { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/status";
}

/// <summary>"Give me the oldest."</summary>
public sealed record PickupDeliveryRequest : AgentMessage
{
    /// <summary>At most so many.</summary>
    [JsonPropertyName("limit")]
    public required int Limit { get; init; }

    /// <summary>For which of the asker's keys; null for all.</summary>
    [JsonPropertyName("recipient_key")]
    public string? RecipientKey { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/delivery-request";
}

/// <summary>The envelopes, each under the id by which it is acknowledged.</summary>
public sealed record PickupDelivery : AgentMessage
{
    /// <summary>As it was asked.</summary>
    [JsonPropertyName("recipient_key")]
    public string? RecipientKey { get; init; }

    /// <summary>Envelopes, as base64 or JSON.</summary>
    [JsonPropertyName("~attach")]
    public required Attachment[] Attachments { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/delivery";
}

/// <summary>"These I have; drop them."</summary>
public sealed record PickupReceived : AgentMessage
{
    /// <summary>Ids of attachments.</summary>
    [JsonPropertyName("message_id_list")]
    public required string[] MessageIds { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/messages-received";
}

/// <summary>"Send new ones as they come": answered with a problem report where the transport can't.</summary>
public sealed record PickupLiveDelivery : AgentMessage
{
    /// <summary>On or off.</summary>
    [JsonPropertyName("live_delivery")]
    public required bool LiveDelivery { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "messagepickup/2.0/live-delivery-change";
}
