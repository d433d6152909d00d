using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Messages;

/// <summary>"Are you there?" Source: Aries RFC 0048.</summary>
public sealed record TrustPing : AgentMessage
{
    /// <summary>Null counts as true.</summary>
    [JsonPropertyName("response_requested")]
    public bool? ResponseRequested { get; init; }

    /// <summary>For people.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "trust_ping/1.0/ping";
}

/// <summary>"I am." Source: Aries RFC 0048.</summary>
public sealed record TrustPingResponse : AgentMessage
{
    private protected override string Uri => MessageCodec.Prefix + "trust_ping/1.0/ping_response";
}

/// <summary>Text from one person to another. Source: Aries RFC 0095.</summary>
public sealed record BasicMessage : AgentMessage
{
    /// <summary>When, as ISO 8601; not proven.</summary>
    [JsonPropertyName("sent_time")]
    public string? SentTime { get; init; }

    /// <summary>The text.</summary>
    [JsonPropertyName("content")]
    public required string Content { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "basicmessage/1.0/message";
}

/// <summary>Something went wrong in a thread. Source: Aries RFC 0035.</summary>
public sealed record ProblemReport : AgentMessage
{
    /// <summary>What.</summary>
    [JsonPropertyName("description")]
    public ProblemDescription? Description { get; init; }

    private protected override string Uri => MessageCodec.Prefix + "report-problem/1.0/problem-report";
}

/// <summary>A code for machines, and a sentence for people.</summary>
public sealed record ProblemDescription([property: JsonPropertyName("code")] string? Code = null, [property: JsonPropertyName("en")] string? English = null);
