using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.MerkleLog.Witnessing;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Relaying;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage.Log;
using EhrLedger.Node.Storage.Watch;

namespace EhrLedger.Node.Hosting;

/// <summary>The ledger in this node: its copy of the log, and the role of sequencer or follower.</summary>
internal static class LedgerHosting
{
    /// <summary>Adds the copy, the role and the way to submit.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services, NodeIdentity identity, NodeSettings settings)
    {
        services
            .AddSingleton<ILogStore>(_ => SqliteLogStore.Open(Path.Combine(settings.Data, "log.db")))
            .AddSingleton(_ => EngineFor(identity.Genesis))
            .AddSingleton(provider => new LogReplica(identity.Genesis, provider.GetRequiredService<ContractEngine>(), provider.GetRequiredService<ILogStore>()))
            .AddSingleton<Finality>()
            .AddSingleton<IPeerTransport, HttpPeerTransport>()
            .AddSingleton(provider =>
            {
                var replica = provider.GetRequiredService<LogReplica>();
                return new RelayedPeers(identity.Organisation, () => replica.Members.Active, provider.GetRequiredService<IPeerTransport>(), provider.GetRequiredService<TimeProvider>());
            })
            .AddSingleton<WatchedHeads>()
            .AddSingleton<IWitnessStore>(provider => provider.GetRequiredService<WatchedHeads>())
            .AddSingleton(WitnessFor);
        if (identity.IsSequencer)
        {
            AddSequencer(services, identity, settings);
        }
        else
        {
            AddFollower(services);
        }

        services.AddSingleton<ISubmitter>(provider => provider.GetRequiredService<WatchedSubmitter>());
        Loop.Add<WatchedSubmitter>(services, "watch over submitted entries", (watched, token) => watched.WatchAsync(token));
        return services;
    }

    /// <summary>Holds the end of this node's log against its newest stored hashes, leaf and final checkpoint. Others would notice what this misses.</summary>
    /// <exception cref="StoreFailedException">They do not fit: the file was damaged or changed.</exception>
    public static async Task VerifyOwnLogAsync(this WebApplication app)
    {
        var replica = app.Services.GetRequiredService<LogReplica>();
        var final = app.Services.GetRequiredService<Finality>().Newest?.Checkpoint;
        var store = app.Services.GetRequiredService<ILogStore>();
        try
        {
            var restored = await MerkleTree.RestoreAsync(replica.Size, store, CancellationToken.None).ConfigureAwait(false);
            var finalFits = final is null || await replica.Tree.RootAtAsync(final.Size, CancellationToken.None).ConfigureAwait(false) == final.Root;
            var lastFits = replica.Size == 0 || (replica.FindLeaf(replica.Size - 1) is { } last && await FitsAsync(last).ConfigureAwait(false));
            if (restored.Root != replica.Tree.Root || !finalFits || !lastFits)
            {
                throw new StoreFailedException("The log's end does not fit its hashes: the file was damaged or changed. Restore it, or take a new copy from the other members by removing log.db.");
            }
        }
        catch (TreeStoreException incomplete)
        {
            throw new StoreFailedException("Hashes of the log are missing: the file was damaged or changed.", incomplete);
        }

        async ValueTask<bool> FitsAsync(StoredLeaf leaf) => MerkleHash.Leaf(leaf.Bytes.Span).EqualsBytes((await store.ReadAsync(0, leaf.Index, 1, CancellationToken.None).ConfigureAwait(false)).Span);
    }

    private static ContractEngine EngineFor(Genesis genesis) => new(
        new OrganisationContract(genesis.Digest),
        new SubjectContract(genesis.Digest),
        new RecoveryContract(genesis));

    private static void AddSequencer(IServiceCollection services, NodeIdentity identity, NodeSettings settings)
    {
        services
            .AddSingleton(new SequencerSettings { QuantumSafeInterval = settings.QuantumSafeInterval })
            .AddSingleton<Sequencer>()
            .AddSingleton(provider =>
            {
                var replica = provider.GetRequiredService<LogReplica>();
                var transport = provider.GetRequiredService<IPeerTransport>();
                return new CheckpointPublisher(
                    replica,
                    provider.GetRequiredService<Finality>(),
                    identity.Keys.LogSigner,
                    identity.Keys.Cosigner,
                    identity.Organisation,
                    member => new HttpFollower(member.Organisation, replica, transport),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<IAlarmSink>(),
                    provider.GetRequiredService<SequencerSettings>(),
                    new QuantumSafeSigners(identity.Keys.QuantumSafeLogSigner, identity.Keys.QuantumSafeCosigner));
            })
            .AddSingleton(provider => Watched(provider, new LocalSubmitter(
                provider.GetRequiredService<Sequencer>(), provider.GetRequiredService<Finality>(), provider.GetRequiredService<TimeProvider>())));
        Loop.Add<Sequencer>(services, "sequencer", (sequencer, token) => sequencer.RunAsync(token));
        Loop.Add<CheckpointPublisher>(services, "publisher of checkpoints", (publisher, token) => publisher.RunAsync(token));
    }

    private static void AddFollower(IServiceCollection services) => services
        .AddSingleton(provider => new Follower(
            provider.GetRequiredService<LogReplica>(),
            provider.GetRequiredService<Finality>(),
            provider.GetRequiredService<OrganisationKeys>().Cosigner,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IAlarmSink>(),
            provider.GetRequiredService<OrganisationKeys>().QuantumSafeCosigner))
        .AddSingleton(provider => Watched(provider, ActivatorUtilities.CreateInstance<HttpSubmitter>(provider)));

    private static WatchedSubmitter Watched(IServiceProvider provider, ISubmitter inner) =>
        new(inner, provider.GetRequiredService<LogReplica>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IAlarmSink>());

    /// <summary>The C2SP witness for outsiders to this log's replication. It cosigns only what this node's own copy says, so that it can't contradict the follower's cosignatures.</summary>
    private static Witness WitnessFor(IServiceProvider provider)
    {
        var replica = provider.GetRequiredService<LogReplica>();
        var log = NoteVerifier.Parse(replica.Genesis.LogKey) ?? throw new StartupException(ExitCode.Store, "The genesis's log key can't be read.");
        return new Witness(
            [log],
            provider.GetRequiredService<OrganisationKeys>().Cosigner,
            provider.GetRequiredService<IWitnessStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<OrganisationKeys>().QuantumSafeCosigner,
            async (checkpoint, token) => replica.Tree is var tree && checkpoint.Size <= tree.Size && await tree.RootAtAsync(checkpoint.Size, token).ConfigureAwait(false) == checkpoint.Root);
    }
}
