using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Sharing;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;
using EhrLedger.Node.Wallets;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Authoring;

/// <summary>The records half of a node: what it writes as an author and keeps as a custodian.</summary>
internal static class RecordsFeature
{
    public static IServiceCollection AddRecords(this IServiceCollection services, NodeIdentity identity, NodeSettings settings)
    {
        var custodians = CustodianSet.Of(identity.Genesis);
        services
            .AddSingleton(new ServerBase(settings.FhirBase()))
            .AddSingleton(custodians)
            .AddSingleton(_ => new StorageKeys(identity.Keys.Root))
            .AddSingleton(_ => OpenRecords(Path.Combine(settings.Data, "records.db")))
            .AddSingleton(provider => new VaultStore(OpenVault(Path.Combine(settings.Data, "vault", "vault.db")), provider.GetRequiredService<StorageKeys>()))
            .AddSingleton<EncapsulationStore>()
            .AddSingleton<OutboxStore>()
            .AddSingleton<ReadRows>()
            .AddSingleton<PatientDirectory>()
            .AddSingleton<OpenedContents>()
            .AddSingleton<ValueHolders>()
            .AddSingleton<AuthorReader>()
            .AddSingleton(provider => new HolderKey(provider.GetRequiredService<StorageKeys>().Holder))
            .AddSingleton<GranteeIndex>()
            .AddSingleton(provider => new SealingKeys(
                provider.GetRequiredService<VaultStore>(),
                provider.GetRequiredService<EncapsulationStore>(),
                provider.GetRequiredService<StorageKeys>(),
                () => provider.GetRequiredService<LogReplica>().Members,
                identity.Genesis.Members,
                custodians,
                provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new RecordSealer(identity.Organisation, provider.GetRequiredService<StorageKeys>().Wrap))
            .AddSingleton(provider => new VersionWriter(
                provider.GetRequiredService<StorageKeys>(),
                provider.GetRequiredService<SealingKeys>(),
                provider.GetRequiredService<GranteeIndex>(),
                custodians.PlaceOf(identity.Organisation)))
            .AddSingleton(provider => new AuthorLog(
                provider.GetRequiredService<SqliteFile>(),
                provider.GetRequiredService<VaultStore>(),
                provider.GetRequiredService<OutboxStore>(),
                provider.GetRequiredService<ReadRows>(),
                provider.GetRequiredService<VersionWriter>(),
                identity.Organisation,
                identity.Keys.Signing,
                identity.Genesis.Digest,
                provider.GetRequiredService<LogReplica>().SignedHere,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IAlarmSink>())
            {
                Changed = provider.GetRequiredService<ValueHolders>().Changed,
                Anchored = batch => provider.GetRequiredService<Deposits>().Notify(batch),
                DirectoryWritten = (type, id) => provider.GetRequiredService<SharedDirectory>().Written(type, id),
                Failed = () => provider.GetRequiredService<SharedDirectory>().MayHaveChanged(),
            })
            .AddSingleton<DepositSource>()
            .AddSingleton(provider => new Deposits(
                provider.GetRequiredService<DepositSource>(),
                provider.GetRequiredService<SqliteFile>(),
                provider.GetRequiredService<LogReplica>(),
                provider.GetRequiredService<IPeerTransport>(),
                identity.Organisation,
                identity.Keys.Signing,
                custodians,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IAlarmSink>()))
            .AddSingleton<AuthorWriter>()
            .AddSingleton(provider => new OutboxPump(
                provider.GetRequiredService<OutboxStore>(),
                provider.GetRequiredService<LogReplica>(),
                provider.GetRequiredService<Finality>(),
                identity.Organisation,
                identity.Keys.Signing,
                provider.GetRequiredService<ISubmitter>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IAlarmSink>()))
            .AddSingleton(new HeldRevocations(identity.Genesis.Digest))
            .AddSingleton<RevocationStore>()
            .AddSingleton(provider => new ShareOpener(identity.Keys.Sealing, identity.Organisation, custodians, provider.GetRequiredService<EncapsulationStore>()))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<DepositReceiver>(provider, identity.Organisation))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<Custodian>(provider, identity.Organisation))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<RevocationWatch>(provider, provider.GetRequiredService<WatchedSubmitter>()))
            .AddSingleton<ISubmitter>(provider => provider.GetRequiredService<RevocationWatch>())
            .AddSingleton<Resealer>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<EndedEpochs>(provider, identity.Organisation))
            .AddSingleton<TakeOverCodes>()
            .AddSingleton<Invitations>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<TakeOver>(provider, identity.Organisation, identity.Genesis.Digest))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<SubjectDesk>(provider, identity.Organisation))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<SubjectEpochs>(provider, identity.Organisation))
            .AddSingleton<WalletDirectories>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<HeldGrants>(provider, identity.Organisation, identity.Keys.Signing))
            .AddSingleton<BatchLocator>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<Keepers>(provider, identity.Organisation))
            .AddSingleton<GranteeReader>();
        Loop.Add<AuthorLog>(services, "author's group commit", (log, token) => log.RunAsync(token));
        Loop.Add<OutboxPump>(services, "outbox", (pump, token) => pump.RunAsync(token));
        Loop.Add<EndedEpochs>(services, "watch over ended epochs", (ended, token) => ended.RunAsync(token));
        Loop.Add<Deposits>(services, "deposits", (deposits, token) => deposits.RunAsync(token));
        return services;
    }

    /// <summary>Loads what has to be in memory before the first request.</summary>
    public static void LoadRecords(this WebApplication app)
    {
        app.Services.GetRequiredService<ReadRows>().Load();
        app.Services.GetRequiredService<PatientDirectory>().Load();
        app.Services.GetRequiredService<MemberDirectories>().Load();
        app.Services.GetRequiredService<HeldGrants>().Load();
        app.Services.GetRequiredService<RevocationWatch>().Load();
        var takeOver = app.Services.GetRequiredService<TakeOver>();
        app.Lifetime.ApplicationStarted.Register(() => _ = Task.Run(() => takeOver.ResumeAsync(app.Lifetime.ApplicationStopping)));
    }

    private static SqliteFile OpenRecords(string path) => Open(path, () => new RecordDbContext(Schema.Of<RecordDbContext>(path)));

    private static SqliteFile OpenVault(string path)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        return Open(path, () => new VaultDbContext(Schema.Of<VaultDbContext>(path)));
    }

    private static SqliteFile Open(string path, Func<DbContext> contextOf)
    {
        try
        {
            using (var schema = contextOf())
            {
                Schema.BringUpToDate(schema);
            }

            return new SqliteFile(path);
        }
        catch (SqliteException broken)
        {
            throw new StoreFailedException($"SQLite error {broken.SqliteErrorCode} while {Path.GetFileName(path)} was opened.", broken);
        }
    }
}
