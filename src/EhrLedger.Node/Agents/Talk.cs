using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>Texts to and from other agents, and answered pings: the newest hundred of each connection.</summary>
internal sealed class Talk(AgentFile agents, StorageKeys keys, TimeProvider time)
{
    private const int Most = 100;
    private const string Kind = "agent/talk";

    public void Add(Connection connection, string what, string? text)
    {
        var bytes = keys.SealColumn(Kind, JsonSerializer.SerializeToUtf8Bytes(new TalkView(what, time.GetUtcNow(), text), TalkJson.Default.TalkView));
        var name = NameOf(connection);
        agents.File.Write(session =>
        {
            session.Execute("INSERT INTO talk (Connection, Sealed) VALUES ($1, $2)", name, bytes);
            session.Execute("DELETE FROM talk WHERE Connection = $1 AND Id NOT IN (SELECT Id FROM talk WHERE Connection = $1 ORDER BY Id DESC LIMIT $2)", name, Most);
        });
    }

    public IReadOnlyList<TalkView> Of(Connection connection) =>
        [.. agents.File.Read(session => session.Query("SELECT Sealed FROM talk WHERE Connection = $1 ORDER BY Id", row => row.GetBytes(0), NameOf(connection)))
            .Select(kept => keys.OpenColumn(Kind, kept) is { } bytes ? JsonSerializer.Deserialize(bytes, TalkJson.Default.TalkView) : null)
            .OfType<TalkView>()];

    private byte[] NameOf(Connection connection) => keys.LookupKey("agent/connection-id", connection.Id);
}

/// <summary>One thing that was said.</summary>
/// <param name="What">"received", "sent" or "ping-answered".</param>
/// <param name="Time">By this node's clock.</param>
/// <param name="Text">Null for a ping.</param>
internal sealed record TalkView(string What, DateTimeOffset Time, string? Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TalkView))]
[JsonSerializable(typeof(TalkView[]))]
internal sealed partial class TalkJson : JsonSerializerContext;
