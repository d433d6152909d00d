using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Agents;

/// <summary>The agent in the node: messages with wallets, and with agents that others have written (docs/messaging.md).</summary>
internal static class AgentFeature
{
    public static IServiceCollection AddAgents(this IServiceCollection services)
    {
        services
            .AddSingleton<AgentFile>()
            .AddSingleton<AgentStore>()
            .AddSingleton<AgentKeys>()
            .AddSingleton<AgentAddress>()
            .AddSingleton(provider =>
            {
                var address = provider.GetRequiredService<AgentAddress>();
                return new Agent(
                    provider.GetRequiredService<AgentStore>(),
                    provider.GetRequiredService<AgentKeys>(),
                    new AgentProfile(address.Label, address.Endpoint, address.RoutingKey),
                    provider.GetRequiredService<TimeProvider>());
            })
            .AddSingleton<Mailbox>()
            .AddSingleton<Keylists>()
            .AddSingleton<PickupDesk>()
            .AddSingleton<Talk>()
            .AddSingleton<ConsentDesk>()
            .AddSingleton<AgentDesk>()
            .AddSingleton<AccessRequests>()
            .AddSingleton<Couriers>()
            .AddSingleton<ReadNotices>();
        Loop.Add<Couriers>(services, "couriers", (couriers, token) => couriers.RunAsync(token));
        Loop.Add<ReadNotices>(services, "notices of reads", (notices, token) => notices.RunAsync(token));
        return services;
    }

    /// <exception cref="EhrLedger.Ledger.Replication.StoreFailedException">agents.db can't be opened.</exception>
    public static IEndpointRouteBuilder MapAgents(this IEndpointRouteBuilder app)
    {
        app.ServiceProvider.GetRequiredService<AgentFile>();
        return app.MapAgentWire().MapAgentAdmin().MapAccessRequests();
    }
}
