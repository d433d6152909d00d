using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Messages;

/// <summary>What the messages of RFC 0023 share: 1.0 and 1.1 differ in what is attached.</summary>
public abstract record DidExchangeMessage : AgentMessage
{
    /// <summary>"1.0" or "1.1".</summary>
    [JsonIgnore]
    public string Version { get; init; } = "1.1";

    /// <summary>Last part of the type.</summary>
    private protected abstract string Name { get; }

    private protected sealed override string Uri => $"{MessageCodec.Prefix}didexchange/{Version}/{Name}";
}

/// <summary>"This is my DID": the invited agent's first message.</summary>
public sealed record DidExchangeRequest : DidExchangeMessage
{
    /// <summary>Who asks, for people. Unproven.</summary>
    [JsonPropertyName("label")]
    public string? Label { get; init; }

    /// <summary>The DID.</summary>
    [JsonPropertyName("did")]
    public required string Did { get; init; }

    /// <summary>Its document, signed with its own key, where the DID does not say it.</summary>
    [JsonPropertyName("did_doc~attach")]
    public Attachment? DidDocument { get; init; }

    private protected override string Name => "request";
}

/// <summary>"And this is mine": the inviting agent's answer.</summary>
public sealed record DidExchangeResponse : DidExchangeMessage
{
    /// <summary>The DID, which takes the place of the invitation's key.</summary>
    [JsonPropertyName("did")]
    public required string Did { get; init; }

    /// <summary>Its document, signed with the invitation's key.</summary>
    [JsonPropertyName("did_doc~attach")]
    public Attachment? DidDocument { get; init; }

    /// <summary>The DID itself, signed with the invitation's key.</summary>
    [JsonPropertyName("did_rotate~attach")]
    public Attachment? DidRotate { get; init; }

    private protected override string Name => "response";
}

/// <summary>"So be it."</summary>
public sealed record DidExchangeComplete : DidExchangeMessage
{
    private protected override string Name => "complete";
}
