using System.Text.Json.Serialization;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Patrol;

/// <summary>Members watch each other: gossip of heads, a walk over tiles, and POST /admin/patrol for a full round at once.</summary>
internal static class PatrolFeature
{
    /// <summary>Adds the patrols and their loops.</summary>
    public static IServiceCollection AddPatrol(this IServiceCollection services)
    {
        services.AddSingleton<HeadPatrol>().AddSingleton<TilePatrol>().AddSingleton<Patrols>();
        Loop.Add<Patrols>(services, "gossip", (patrols, token) => patrols.GossipAsync(token));
        Loop.Add<Patrols>(services, "walk over tiles", (patrols, token) => patrols.WalkAsync(token));
        Loop.Add<Patrols>(services, "watch over finality", (patrols, token) => patrols.WatchFinalityAsync(token));
        return services;
    }

    /// <summary>Maps the operator's call.</summary>
    public static WebApplication MapPatrol(this WebApplication app)
    {
        app.MapPost("/admin/patrol", RunAsync);
        return app;
    }

    private static async Task<IResult> RunAsync(Patrols patrols, CancellationToken cancellationToken)
    {
        var findings = await patrols.RunNowAsync(cancellationToken).ConfigureAwait(false);
        return Results.Json(findings.Select(finding => new FindingView(finding.Kind.ToString(), finding.Member, finding.Detail)).ToArray(), PatrolJson.Default.FindingViewArray);
    }
}

/// <summary>A finding as JSON.</summary>
/// <param name="Kind">Name of the alarm.</param>
/// <param name="Member">did:key of the member; empty where this node's own copy is wrong.</param>
/// <param name="Detail">Ids, sizes and indices.</param>
internal sealed record FindingView(string Kind, string Member, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FindingView[]))]
internal sealed partial class PatrolJson : JsonSerializerContext;
