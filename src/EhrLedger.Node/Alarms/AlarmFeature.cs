using System.Text.Json.Serialization;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Watch;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Alarms;

/// <summary>What operators look at: GET /health and GET /alarms.</summary>
internal static class AlarmFeature
{
    /// <summary>Adds watch.db and the alarms in it.</summary>
    public static IServiceCollection AddAlarms(this IServiceCollection services, NodeSettings settings)
    {
        services.AddDbContextFactory<WatchDbContext>(options => options.UseSqlite($"Data Source={Path.Combine(settings.Data, "watch.db")}"));
        services.AddSingleton(provider =>
        {
            var factory = provider.GetRequiredService<IDbContextFactory<WatchDbContext>>();
            try
            {
                using var context = factory.CreateDbContext();
                Schema.BringUpToDate(context);
                return new AlarmStore(factory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AlarmStore>>());
            }
            catch (Microsoft.Data.Sqlite.SqliteException broken)
            {
                throw new StoreFailedException("watch.db can't be opened.", broken);
            }
        });
        services.AddSingleton<IAlarmSink>(provider => provider.GetRequiredService<AlarmStore>());
        services.AddHostedService(provider => provider.GetRequiredService<AlarmStore>());
        return services;
    }

    /// <summary>Maps both calls.</summary>
    public static WebApplication MapAlarms(this WebApplication app)
    {
        app.MapGet("/alarms", ListAlarms);
        app.MapGet("/health", LookAtHealth);
        return app;
    }

    private static IResult ListAlarms(AlarmStore alarms) => Results.Json(
        alarms.List().Select(alarm => new AlarmView(alarm.Kind.ToString(), alarm.Detail, alarm.FirstSeen, alarm.LastSeen, alarm.Count)).ToArray(), AlarmJson.Default.AlarmViewArray);

    private static IResult LookAtHealth(AlarmStore alarms, LogReplica replica, ILogStore store, Finality finality, NodeIdentity identity, TimeProvider time)
    {
        // A store that reads may still be one that can't be written: what the last writes came to shows in the alarms.
        var stored = !alarms.List().Any(alarm => alarm.Kind == AlarmKind.StoreFailed && time.GetUtcNow() - alarm.LastSeen < TimeSpan.FromSeconds(30));
        try
        {
            store.ReadHead();
        }
        catch (StoreFailedException)
        {
            stored = false;
        }

        var age = finality.Newest is null ? (long?)null : (long)(time.GetUtcNow() - finality.AsOf).TotalSeconds;
        return Results.Json(
            new HealthView(identity.IsSequencer ? "sequencer" : "follower", identity.Organisation.ToString(), replica.Size, finality.Size, age, alarms.Count, stored),
            AlarmJson.Default.HealthView,
            statusCode: stored ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>One alarm as JSON.</summary>
internal sealed record AlarmView(string Kind, string Detail, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Count);

/// <summary>The node's health as JSON.</summary>
/// <param name="Role">sequencer or follower.</param>
/// <param name="Organisation">Its did:key.</param>
/// <param name="Size">Leaves in this node's copy.</param>
/// <param name="FinalSize">Leaves that are final.</param>
/// <param name="FinalAgeSeconds">Seconds since a quorum last cosigned; null before it ever did.</param>
/// <param name="Alarms">Different alarms that are kept.</param>
/// <param name="Store">Whether the log's store can be read, and no write to it has failed in the last 30 s.</param>
internal sealed record HealthView(string Role, string Organisation, ulong Size, ulong FinalSize, long? FinalAgeSeconds, int Alarms, bool Store);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlarmView[]))]
[JsonSerializable(typeof(HealthView))]
internal sealed partial class AlarmJson : JsonSerializerContext;
