using System.Text.Json;
using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Messages;

/// <summary>"Be my mailbox for messages of others." Source of this file: Aries RFC 0211 (version 1.0) and RFC 0094 (forward).</summary>
public sealed record MediateRequest : AgentMessage
{
    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/mediate-request";
}

/// <summary>"I am": what others are told.</summary>
public sealed record MediateGrant : AgentMessage
{
    /// <summary>Where others send.</summary>
    [JsonPropertyName("endpoint")]
    public required string Endpoint { get; init; }

    /// <summary>Keys that they pack the forward message for.</summary>
    [JsonPropertyName("routing_keys")]
    public required string[] RoutingKeys { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/mediate-grant";
}

/// <summary>"I am not."</summary>
public sealed record MediateDeny : AgentMessage
{
    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/mediate-deny";
}

/// <summary>Keys whose messages are to be kept from now on, or no more.</summary>
public sealed record KeylistUpdate : AgentMessage
{
    /// <summary>Each key with "add" or "remove".</summary>
    [JsonPropertyName("updates")]
    public required KeylistChange[] Updates { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/keylist-update";
}

/// <summary>What became of each.</summary>
public sealed record KeylistUpdateResponse : AgentMessage
{
    /// <summary>In the order in which they were asked.</summary>
    [JsonPropertyName("updated")]
    public required KeylistChange[] Updated { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/keylist-update-response";
}

/// <summary>One key of a keylist.</summary>
/// <param name="RecipientKey">A did:key, or base58btc.</param>
/// <param name="Action">"add" or "remove".</param>
/// <param name="Result">"success", "no_change", "client_error" or "server_error"; null in the question.</param>
public sealed record KeylistChange(
    [property: JsonPropertyName("recipient_key")] string RecipientKey,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("result")] string? Result = null);

/// <summary>"Which keys do you keep for?"</summary>
public sealed record KeylistQuery : AgentMessage
{
    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/keylist-query";
}

/// <summary>All of them.</summary>
public sealed record Keylist : AgentMessage
{
    /// <summary>The keys.</summary>
    [JsonPropertyName("keys")]
    public required KeylistKey[] Keys { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "coordinate-mediation/1.0/keylist";
}

/// <summary>One of them.</summary>
public sealed record KeylistKey([property: JsonPropertyName("recipient_key")] string RecipientKey);

/// <summary>"Pass this on": packed without a sender for the mediator.</summary>
public sealed record Forward : AgentMessage
{
    /// <summary>The key that it is for.</summary>
    [JsonPropertyName("to")]
    public required string To { get; init; }

    /// <summary>An envelope.</summary>
    [JsonPropertyName("msg")]
    public required JsonElement Message { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "routing/1.0/forward";
}
