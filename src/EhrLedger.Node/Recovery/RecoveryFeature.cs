using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Recovery;

/// <summary>Recovery of wallets through guardians: what this node keeps for it as a custodian, and what it does as a guardian itself.</summary>
internal static class RecoveryFeature
{
    /// <summary>After the records: what is submitted goes through this watch first.</summary>
    public static IServiceCollection AddRecovery(this IServiceCollection services, NodeIdentity identity)
    {
        services
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<RecoveryCustodian>(provider, identity.Organisation, identity.Keys.Sealing))
            .AddSingleton<ISubmitter>(provider => ActivatorUtilities.CreateInstance<VetoWatch>(provider, provider.GetRequiredService<RevocationWatch>(), identity.Genesis.Digest))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<OwnGuardianships>(provider, identity.Organisation, identity.Keys.Root))
            .AddSingleton<BegunApprovals>()
            .AddSingleton<RecoveryEnd>();
        Loop.Add<RecoveryEnd>(services, "end of recoveries", (end, token) => end.RunAsync(token));
        return services;
    }
}

/// <summary>Destroys, with every new leaf at most each ten seconds, shares of set-ups that are not in force any more: what guardians gave away must not find them.</summary>
internal sealed class RecoveryEnd(RecoveryCustodian custodian, LogReplica replica, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var size = replica.Size;
            try
            {
                custodian.ForgetEnded();
            }
            catch (StoreFailedException)
            {
                // The store says so itself; what is left goes with the next turn.
            }

            await Task.Delay(Pause, time, cancellationToken);
            await replica.WaitForSizeAsync(size + 1, cancellationToken);
        }
    }
}
