using System.Text.Json.Serialization;

namespace EhrLedger.Messaging.Messages;

/// <summary>A message between two agents, in plaintext.</summary>
/// <remarks>Source: Aries RFC 0020 (types), 0008 (threads), 0092 (return route). Members that are not named here are ignored.</remarks>
public abstract record AgentMessage
{
    /// <summary>Longest id that is taken.</summary>
    internal const int MostId = 200;

    /// <summary>What it is: prefix, family, version and name.</summary>
    [JsonPropertyName("@type")]
    [JsonPropertyOrder(-4)]
    public string Type => Uri;

    /// <summary>Its name; a new one unless said otherwise.</summary>
    [JsonPropertyName("@id")]
    [JsonPropertyOrder(-3)]
    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>What it answers; null where it begins a thread.</summary>
    [JsonPropertyName("~thread")]
    [JsonPropertyOrder(-2)]
    public MessageThread? Thread { get; init; }

    /// <summary>How answers may come.</summary>
    [JsonPropertyName("~transport")]
    [JsonPropertyOrder(-1)]
    public MessageTransport? Transport { get; init; }

    /// <summary>The thread that it belongs to.</summary>
    [JsonIgnore]
    public string ThreadId => Thread?.ThreadId ?? Id;

    /// <summary>Whether answers may come back on the connection that it came by.</summary>
    [JsonIgnore]
    public bool AsksForReturnRoute => Transport?.ReturnRoute == MessageTransport.All;

    // Not an override of Type: System.Text.Json would ask each override for its attributes.
    private protected abstract string Uri { get; }
}

/// <summary>RFC 0008.</summary>
/// <param name="ThreadId">Id of the message that began the thread.</param>
/// <param name="ParentThreadId">Of the thread that this one came from, such as an invitation.</param>
public sealed record MessageThread(
    [property: JsonPropertyName("thid")] string? ThreadId = null,
    [property: JsonPropertyName("pthid")] string? ParentThreadId = null);

/// <summary>RFC 0092.</summary>
/// <param name="ReturnRoute">"all", "none" or "thread".</param>
public sealed record MessageTransport([property: JsonPropertyName("return_route")] string? ReturnRoute = null)
{
    /// <summary>Answers may come back on the same connection.</summary>
    public const string All = "all";

    /// <summary>The decorator of agents that have no endpoint.</summary>
    public static MessageTransport ReturnAll { get; } = new(All);
}

/// <summary>A message of a type that is not known here.</summary>
/// <param name="Unknown">Its type.</param>
public sealed record UnknownMessage(string Unknown) : AgentMessage
{
    private protected override string Uri => Unknown;
}
