using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Messages;

namespace EhrLedger.Messaging.Agents;

/// <summary>What one agent knows of another. Keys are written as base58btc.</summary>
public sealed record Connection
{
    /// <summary>Its name here; nobody else knows it.</summary>
    public required string Id { get; init; }

    /// <summary>How far the handshake has come.</summary>
    public required ConnectionState State { get; init; }

    /// <summary>Name of the own key: <see cref="IAgentKeys"/>.</summary>
    public required string KeyName { get; init; }

    /// <summary>The own key, which opens what the other one sends.</summary>
    public required string OwnKey { get; init; }

    /// <summary>The own DID.</summary>
    public required string OwnDid { get; init; }

    /// <summary>The other one's; empty before its answer.</summary>
    public string TheirDid { get; init; } = "";

    /// <summary>What the other one calls itself. Unproven.</summary>
    public string TheirLabel { get; init; } = "";

    /// <summary>Messages are packed for the first; from any of them they are taken. Before the answer, the invitation's keys.</summary>
    public required string[] TheirKeys { get; init; }

    /// <summary>An address, or the queue.</summary>
    public required string TheirEndpoint { get; init; }

    /// <summary>Whom messages are forwarded through; mostly none.</summary>
    public string[] TheirRoutingKeys { get; init; } = [];

    /// <summary>Of the handshake.</summary>
    public required string ThreadId { get; init; }

    /// <summary>What it began with.</summary>
    public required string InvitationId { get; init; }

    /// <summary>Whom the host has invited, in its own words; null for nobody in particular.</summary>
    public string? About { get; init; }

    /// <summary>The other one's X-Wing key, once it has told; base64url.</summary>
    public string? TheirSealingKey { get; init; }

    /// <summary>When the handshake began.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether messages may go both ways.</summary>
    [JsonIgnore]
    public bool IsReady => State is ConnectionState.ResponseSent or ConnectionState.Completed;

    /// <summary>Bytes for a store, which seals them.</summary>
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, MessageJson.Default.Connection);

    /// <summary>Null unless <see cref="Encode"/> wrote the bytes.</summary>
    public static Connection? TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, MessageJson.Default.Connection);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Id and state only.</summary>
    public override string ToString() => $"Connection({Id}, {State})";

    internal bool IsTheirs(Ed25519PublicKey? key) => key is { } known && TheirKeys.Contains(Verkey.Format(known));
}

/// <summary>How far a handshake has come (RFC 0023).</summary>
public enum ConnectionState
{
    /// <summary>Invited by the other one, and asked.</summary>
    RequestSent = 1,

    /// <summary>Invited the other one, was asked, and has answered.</summary>
    ResponseSent = 2,

    /// <summary>Both know that both know.</summary>
    Completed = 3,

    /// <summary>The other one reported a problem.</summary>
    Abandoned = 4,
}

/// <summary>An invitation that this agent has given out.</summary>
public sealed record SentInvitation
{
    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its key; base58btc.</summary>
    public required string Key { get; init; }

    /// <summary>Whether it is for one connection only.</summary>
    public required bool IsSingleUse { get; init; }

    /// <summary>Not taken after that.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Whom it is for, in the host's words.</summary>
    public string? About { get; init; }

    /// <summary>Own key of the connection that a single-use one has led to; null before.</summary>
    public string? UsedAs { get; init; }

    /// <summary>Bytes for a store, which seals them.</summary>
    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, MessageJson.Default.SentInvitation);

    /// <summary>Null unless <see cref="Encode"/> wrote the bytes.</summary>
    public static SentInvitation? TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, MessageJson.Default.SentInvitation);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal string KeyName => NameOf(Id);

    internal static string NameOf(string id) => "invitation/" + id;
}
