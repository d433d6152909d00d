using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Consent.Erasing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Erasing;

/// <summary>Erasure: the call by which orders come, and the operator's two for what has to be kept.</summary>
internal static class ErasureFeature
{
    private const int LargestHold = 1 << 10;

    private static readonly Dictionary<string, HoldGround> Grounds = new(StringComparer.Ordinal)
    {
        ["proceedings"] = HoldGround.Proceedings,
        ["retention"] = HoldGround.Retention,
    };

    public static IServiceCollection AddErasures(this IServiceCollection services, NodeIdentity identity)
    {
        services
            .AddSingleton<ErasedHeaders>()
            .AddSingleton<Eraser>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<Erasures>(provider, identity.Organisation, identity.Keys.Signing))
            .AddSingleton<LegalHolds>();
        Loop.Add<Erasures>(services, "erasures", (erasures, token) => erasures.RunAsync(token));
        return services;
    }

    public static WebApplication MapErasures(this WebApplication app)
    {
        app.MapPost("/wallet/erasures", TakeAsync);
        app.MapGet("/admin/legal-holds/{type}/{id}", Show);
        app.MapPut("/admin/legal-holds/{type}/{id}", HoldAsync);
        app.MapDelete("/admin/legal-holds/{type}/{id}", Lift);
        return app;
    }

    private static async Task<IResult> TakeAsync(HttpRequest request, Erasures erasures, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(ErasureOrder.LargestSize, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (ErasureOrder.TryParse(body) is not { } order)
        {
            return Http.Malformed("Not an erasure-order.");
        }

        try
        {
            return await erasures.TakeAsync(order, cancellationToken)
                ? Results.NoContent()
                : Http.Problem(StatusCodes.Status422UnprocessableEntity, "erasure-refused", "The ledger has no such erasure, or not of these records.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static async Task<IResult> HoldAsync(string type, string id, HttpRequest request, LegalHolds holds, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestHold, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        try
        {
            return JsonSerializer.Deserialize(body.Span, HoldJson.Default.HoldView)?.Ground is not { } name || !Grounds.TryGetValue(name, out var ground)
                    ? Http.Problem(StatusCodes.Status422UnprocessableEntity, "hold-ground", "The ground is proceedings or retention.")
                : holds.Set(type, id, ground) ? Results.NoContent()
                : Http.NotFound("resource-unknown");
        }
        catch (JsonException)
        {
            return Http.Malformed("Not a JSON object with a ground.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static IResult Show(string type, string id, LegalHolds holds)
    {
        try
        {
            return holds.TryFind(type, id, out var ground)
                ? Results.Json(new HoldView(ground is null ? null : Grounds.Single(one => one.Value == ground).Key), HoldJson.Default.HoldView)
                : Http.NotFound("resource-unknown");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static IResult Lift(string type, string id, LegalHolds holds)
    {
        try
        {
            return holds.Lift(type, id) ? Results.NoContent() : Http.NotFound("hold-unknown");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }
}

/// <summary>What the operator says, and is told: <c>{"ground":"proceedings"}</c> or <c>retention</c>.</summary>
internal sealed record HoldView(string? Ground);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HoldView))]
internal sealed partial class HoldJson : JsonSerializerContext;
