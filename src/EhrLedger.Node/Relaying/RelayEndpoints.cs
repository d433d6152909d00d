using System.Text.Json.Serialization;
using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Settings;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.Relaying;

/// <summary>This node as a relay: passes sealed requests on to other members, and says whose node it is.</summary>
/// <remarks>Source: RFC 9458 §6; docs/http.md. What it passes on carries no header and no address of who asked.</remarks>
internal static class RelayEndpoints
{
    private static readonly PeerLimits Limits = new(33 << 20, TimeSpan.FromSeconds(60), Retries: 0);

    /// <summary>Adds what bounds them.</summary>
    public static IServiceCollection AddRelay(this IServiceCollection services) => services.AddSingleton<GatewayBounds>().AddSingleton<RelaySlots>();

    /// <summary>Maps both calls.</summary>
    public static WebApplication MapRelay(this WebApplication app)
    {
        app.MapGet(RelayMessage.RelayPath, (NodeIdentity identity, NodeSettings settings) =>
            Results.Json(new RelayView(identity.Organisation.ToString(), settings.Name), RelayJson.Default.RelayView));
        app.MapPost(RelayMessage.RelayPath + "/{organisation}", PassOnAsync);
        return app;
    }

    private static async Task<IResult> PassOnAsync(string organisation, HttpContext context, LogReplica replica, RelaySlots slots, [FromServices] IPeerTransport transport, CancellationToken cancellationToken)
    {
        if (Ed25519PublicKey.FromDidKey(organisation) is not { } key || replica.Members.Find(new OrganisationId(key)) is not { } member)
        {
            return Http.NotFound("relay-target-unknown");
        }

        using var slot = slots.TryTake();
        if (slot is null)
        {
            return Http.Problem(StatusCodes.Status503ServiceUnavailable, "relay-busy", "This node passes on as much as it can; ask another one, or later.");
        }

        if (await context.Request.ReadBodyAsync(Gateway.LargestMessage, cancellationToken) is not { } message)
        {
            return Http.TooLarge();
        }

        var path = Gateway.HasComeByRelay(context) ? RelayMessage.LastGatewayPath : RelayMessage.GatewayPath;
        var answer = await transport.SendAsync(member, HttpMethod.Post, path, message, Limits, cancellationToken);
        return answer.Found is { } found
            ? Results.Bytes(found, RelayMessage.AnswerType)
            : Http.Problem(StatusCodes.Status502BadGateway, "relay-target-unavailable", "The member that this is for does not answer, or can't open it.");
    }
}

/// <summary>Whose node this is. A wallet believes it only as far as what is sealed to that member opens.</summary>
internal sealed record RelayView(string Organisation, string Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RelayView))]
internal sealed partial class RelayJson : JsonSerializerContext;
