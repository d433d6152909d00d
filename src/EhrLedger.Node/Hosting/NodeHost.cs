using System.Net;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Alarms;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Desk;
using EhrLedger.Node.Emergencies;
using EhrLedger.Node.Erasing;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.LedgerApi;
using EhrLedger.Node.Patrol;
using EhrLedger.Node.Recovery;
using EhrLedger.Node.Relaying;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Sharing;
using EhrLedger.Node.Smart;
using EhrLedger.Node.Smart.Admin;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.WalletApp;
using EhrLedger.Node.Wallets;

namespace EhrLedger.Node.Hosting;

/// <summary>Puts the node together and runs it. Each feature has one line in each of the two lists.</summary>
internal static class NodeHost
{
    /// <summary>Runs until stopped.</summary>
    /// <exception cref="StartupException">It can't start.</exception>
    public static async Task<ExitCode> RunAsync(IConfiguration configuration)
    {
        var settings = NodeSettings.Read(configuration);
        using var identity = NodeIdentity.Open(settings, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(configuration);
        builder.ConfigureListening(settings);
        builder.Services.AddSingleton(settings).AddSingleton(identity).AddSingleton(identity.Keys).AddSingleton(identity.Genesis).AddSingleton(TimeProvider.System);
        var failure = new LoopFailure();
        builder.Services.AddSingleton(failure);
        try
        {
            builder.Services.AddAlarms(settings).AddLedger(identity, settings).AddPatrol().AddRecords(identity, settings).AddEmergencies(identity).AddErasures(identity).AddRecovery(identity).AddSharing(identity).AddFhir().AddAgents().AddSmart(settings, identity.Keys).AddRelay().AddRateLimits();

            var app = builder.Build();
            await using (app.ConfigureAwait(false))
            {
                app.UseProblems();
                app.UseAdminSocket();
                app.UseGateway();
                app.UsePrivateAddresses(settings);
                app.UseRateLimits(settings);
                app.UseRequestLimits();
                app.UseSmart();
                app.UseRouting();
                app.MapLedger().MapTiles().MapPeers().MapWitness().MapAlarms().MapPatrol().MapCustody().MapSharing().MapWallets().MapEmergencies().MapErasures().MapRecovery().MapRelay().MapWalletApp().MapFhir().MapAgents().MapSmart().MapDesk();
                app.LoadRecords();
                await app.VerifyOwnLogAsync().ConfigureAwait(false);
                var development = app.Services.GetRequiredService<DevelopmentClient>();
                var key = development.Prepare() ? development.File : null;
                app.Lifetime.ApplicationStarted.Register(() => Greeting.Print(identity, settings, key));
                await app.RunToItsEndAsync().ConfigureAwait(false);
                return failure.HasFailed ? ExitCode.Broken : ExitCode.Fine;
            }
        }
        catch (StoreFailedException broken)
        {
            throw new StartupException(ExitCode.Store, $"The store in {settings.Data} can't be used. {broken.Message}", broken);
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartupException(ExitCode.Settings, $"Something else listens on one of {string.Join(", ", settings.AllUrls())} already.", taken);
        }
    }

    private static async Task RunToItsEndAsync(this WebApplication app)
    {
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            // The loops start before the addresses are listened on: they end before the store under them is closed.
            await app.StopAsync().ConfigureAwait(false);
            throw;
        }

        await app.WaitForShutdownAsync().ConfigureAwait(false);
    }

    private static void ConfigureListening(this WebApplicationBuilder builder, NodeSettings settings)
    {
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls([.. settings.AllUrls(), AdminSocket.AddressOf(settings)]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Gateway.LargestMessage;
            kestrel.Limits.SetLineAndHeaders();
            kestrel.LimitConnections(settings);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
        builder.ProtectAdminSocket();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("Polly", LogLevel.None);
        // A failed start is told in one sentence of our own.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    }

    /// <summary>
    /// FHIR, tokens, the staff's pages and the admin calls answer on the addresses that are set for them, not on one for peers, which a proxy may have opened to the world. Over http, and for the admin calls, only on loopback, and only to a
    /// Host that is loopback too, so that no page in a browser reaches them by a name of its own.
    /// </summary>
    private static void UsePrivateAddresses(this WebApplication app, NodeSettings settings) => app.Use((context, next) =>
    {
        var path = context.Request.Path;
        var isAdmin = path.StartsWithSegments("/admin") && !AdminSocket.IsOperator(context);
        if (isAdmin || path.StartsWithSegments("/fhir") || path.StartsWithSegments("/auth") || path.StartsWithSegments(DeskSession.Path) || path.StartsWithSegments("/.well-known"))
        {
            var (connection, isHttps) = (context.Connection, context.Request.IsHttps);
            var isOwn = connection.LocalIpAddress is { } local
                && settings.AnswersFhirAt(local, connection.LocalPort, isHttps)
                && ((isHttps && !isAdmin) || (IPAddress.IsLoopback(local) && IsLoopback(context.Request.Host)));
            if (!isOwn)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        }

        return next(context);
    });

    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
