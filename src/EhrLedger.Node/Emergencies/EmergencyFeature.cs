using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Reading;

namespace EhrLedger.Node.Emergencies;

/// <summary>Emergency access: what this node keeps for it as a custodian, and what its staff declare.</summary>
internal static class EmergencyFeature
{
    public static IServiceCollection AddEmergencies(this IServiceCollection services, NodeIdentity identity)
    {
        services
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<EmergencyCustodian>(provider, identity.Organisation, identity.Keys.Sealing))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<EmergencyDesk>(provider, identity.Organisation, identity.Keys.Signing, identity.Keys.Root))
            .AddSingleton<EmergencyCalls>()
            .AddSingleton<EmergencyEnd>();
        Loop.Add<EmergencyEnd>(services, "end of emergencies", (end, token) => end.RunAsync(token));
        return services;
    }
}

/// <summary>Destroys, every ten minutes, what emergencies that have ended and policies that are not in force any more have left behind.</summary>
internal sealed class EmergencyEnd(HeldGrants grants, EmergencyCustodian custodian, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                grants.ForgetEndedEmergencies();
                custodian.ForgetEnded();
            }
            catch (StoreFailedException)
            {
                // The store says so itself; what is left goes with the next turn.
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
