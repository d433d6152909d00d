using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Agents;

/// <summary>The organisation's own calls to its agent. Like all admin calls on loopback only.</summary>
internal static class AgentAdmin
{
    /// <summary>Longest body of a call, in bytes.</summary>
    public const int Largest = 64 << 10;

    private const int MostListed = 1_000;
    private const int MostText = 16 << 10;
    private const string Unready = "connection-not-ready";

    public static IEndpointRouteBuilder MapAgentAdmin(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/admin/agent");
        group.MapPost("/invitations", InviteAsync);
        group.MapPost("/invitations/accept", AcceptAsync);
        group.MapGet("/connections", (AgentStore store) => Results.Json(store.List(MostListed).Select(ViewOf).ToArray(), AgentAdminJson.Default.ConnectionViewArray));
        group.MapGet("/connections/{id}/messages", (string id, AgentStore store, Talk talk) =>
            store.FindConnection(id) is { } connection ? Results.Json(talk.Of(connection).ToArray(), TalkJson.Default.TalkViewArray) : Http.NotFound());
        group.MapPost("/connections/{id}/messages", SayAsync);
        group.MapPost("/connections/{id}/ping", (string id, AgentStore store, AgentDesk desk) => Send(store.FindConnection(id), new TrustPing(), desk));
        return app;
    }

    /// <summary>Null for a body that is too long, or is not what it should be.</summary>
    internal static T? Read<T>(ReadOnlyMemory<byte>? body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return body is { } bytes ? JsonSerializer.Deserialize(bytes.Span, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<IResult> InviteAsync(HttpRequest request, Agent agent, PatientDirectory patients, CancellationToken cancellationToken)
    {
        if (Read(await request.ReadBodyAsync(Largest, cancellationToken), AgentAdminJson.Default.NewInvitation) is not { Days: >= 1 and <= 365 } asked)
        {
            return Http.Malformed("An invitation lives 1 to 365 days.");
        }

        if (asked.Patient is { } patient && patients.FindById(patient) is null)
        {
            return Http.NotFound();
        }

        // A patient's own invitation makes whoever takes it that patient's wallet: once.
        var about = asked.Patient is null ? null : "Patient/" + asked.Patient;
        return await agent.InviteAsync(!asked.ManyTimes || about is not null, TimeSpan.FromDays(asked.Days), about, cancellationToken) is { } invitation
            ? Results.Bytes(MessageCodec.Encode(invitation), "application/json")
            : Http.Unavailable();
    }

    private static async Task<IResult> AcceptAsync(HttpRequest request, Agent agent, Mailbox mailbox, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(Largest, cancellationToken) is not { } body || MessageCodec.TryParse(body.Span) is not Invitation invitation)
        {
            return Http.Malformed("Not an invitation of Aries RFC 0434.");
        }

        if (await agent.AcceptAsync(invitation, $"connection/{Guid.NewGuid()}", null, cancellationToken) is not var (connection, packed))
        {
            return Http.Problem(StatusCodes.Status422UnprocessableEntity, "invitation-refused", "The invitation names no DID exchange, no key or no address that this agent knows.");
        }

        return mailbox.Keep(packed) ? Results.Json(ViewOf(connection), AgentAdminJson.Default.ConnectionView, statusCode: StatusCodes.Status202Accepted) : Http.Unavailable();
    }

    private static async Task<IResult> SayAsync(string id, HttpRequest request, AgentStore store, AgentDesk desk, Talk talk, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Read(await request.ReadBodyAsync(Largest, cancellationToken), AgentAdminJson.Default.NewText) is not { Content.Length: > 0 and <= MostText } text)
        {
            return Http.Malformed("A text has 1 to 16,384 characters.");
        }

        var connection = store.FindConnection(id);
        var message = new BasicMessage { Content = text.Content, SentTime = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) };
        var answer = Send(connection, message, desk);
        if (connection is { IsReady: true })
        {
            talk.Add(connection, "sent", text.Content);
        }

        return answer;
    }

    private static IResult Send(Connection? connection, AgentMessage message, AgentDesk desk) =>
        connection is null ? Http.NotFound()
        : !connection.IsReady ? Http.Problem(StatusCodes.Status409Conflict, Unready, "The handshake is not that far.")
        : desk.Send(connection, message) ? Results.StatusCode(StatusCodes.Status202Accepted)
        : Http.Problem(StatusCodes.Status507InsufficientStorage, "mailbox-full", "Too much waits for this agent already.");

    private static ConnectionView ViewOf(Connection connection) => new(connection.Id, StateOf(connection.State), connection.TheirLabel, connection.TheirDid, connection.About, connection.CreatedAt);

    private static string StateOf(ConnectionState state) => state switch
    {
        ConnectionState.RequestSent => "request-sent",
        ConnectionState.ResponseSent => "response-sent",
        ConnectionState.Completed => "completed",
        ConnectionState.Abandoned => "abandoned",
    };
}

/// <summary>Whom to invite: a patient (once), anybody once, or anybody many times.</summary>
internal sealed record NewInvitation(string? Patient = null, bool ManyTimes = false, int Days = 7);

internal sealed record NewText(string Content);

internal sealed record ConnectionView(string Id, string State, string Label, string Did, string? About, DateTimeOffset CreatedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewInvitation))]
[JsonSerializable(typeof(NewText))]
[JsonSerializable(typeof(ConnectionView))]
[JsonSerializable(typeof(ConnectionView[]))]
internal sealed partial class AgentAdminJson : JsonSerializerContext;
