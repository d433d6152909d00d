using System.Collections.Concurrent;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Tests.Client.World;
using EhrLedger.Wallet;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Storage;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

/// <summary>A consortium with a patient in it.</summary>
internal sealed class WalletWorld : IAsyncDisposable
{
    public const string Aspirin = """{"resourceType":"MedicationRequest","id":"m1","medicationCodeableConcept":{"text":"Aspirin 100 mg"},"authoredOn":"2026-03-01"}""";
    public const string Sodium = """{"resourceType":"Observation","id":"o1","code":{"coding":[{"display":"Sodium"}]},"effectiveDateTime":"2026-02-01"}""";

    private readonly List<EhrLedger.Wallet.Wallet> _wallets = [];

    private WalletWorld(ConsortiumWorld consortium) => Consortium = consortium;

    public ConsortiumWorld Consortium { get; }

    public WorldAlarms Alarms { get; } = new();

    public StoreInMemory Store { get; private set; } = new();

    public EhrLedger.Wallet.Wallet Wallet { get; private set; } = null!;

    public string Phrase { get; private set; } = "";

    public static DateOnly Today(ConsortiumWorld world) => DateOnly.FromDateTime(world.Clock.GetUtcNow().UtcDateTime);

    /// <summary>A new wallet that knows nobody yet.</summary>
    public static async Task<WalletWorld> CreateAsync(int members = 3)
    {
        var world = new WalletWorld(ConsortiumWorld.Start(members));
        world.Wallet = await EhrLedger.Wallet.Wallet.CreateAsync(world.Host(), CancellationToken.None);
        world._wallets.Add(world.Wallet);
        world.Phrase = world.Wallet.ToPhrase();
        return world;
    }

    /// <summary>A wallet that the hospital seals for.</summary>
    public static async Task<WalletWorld> ConnectAsync(int members = 3)
    {
        var world = await CreateAsync(members);
        var outcome = await world.Wallet.ConnectAsync(world.Consortium.Hospital.Organisation, world.Consortium.Hospital.Author.NewCode(), CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<ConnectOutcome.Connected>());
        return world;
    }

    public WalletHost Host(IRoute? route = null, IWalletStore? store = null) =>
        new(EhrLedger.Client.Consortium.Open(Consortium.Genesis.Bytes, Consortium.Genesis.Digest)!, route ?? new DirectRoute(Consortium.Http), store ?? Store, Consortium.Clock, Alarms)
        {
            Settings = new ClientSettings { CallTimeout = TimeSpan.FromSeconds(5), FinalPause = TimeSpan.FromMilliseconds(20), FinalTimeout = TimeSpan.FromSeconds(10) },
        };

    /// <summary>The same phrase in a new process, on this device or on a new one.</summary>
    public async Task<EhrLedger.Wallet.Wallet> ReopenAsync(bool newDevice = false, IRoute? route = null)
    {
        if (newDevice)
        {
            Store = new StoreInMemory();
        }

        Wallet = (await EhrLedger.Wallet.Wallet.FromPhraseAsync(Phrase, Host(route), CancellationToken.None))!;
        _wallets.Add(Wallet);
        return Wallet;
    }

    public KeptSubject Subject(Category category) => Consortium.Hospital.Author.SubjectOf(category);

    public Task<RecordVersion> WriteAsync(Category category, string json) => Consortium.Hospital.Author.WriteAsync(Subject(category), json);

    public GrantOrder Order(bool future = true, int days = 30, params Category[] categories) => new(
        0,
        categories.Length == 0 ? [Category.Medications] : categories,
        Consortium.Clinic.Grantee.Invite(),
        [PurposeOfUse.Treatment],
        Today(Consortium),
        Today(Consortium).AddDays(days - 1),
        future);

    public async Task<GrantId> GrantAsync(bool future = true, int days = 30, Category category = Category.Medications)
    {
        var outcome = await Wallet.GrantAsync(Order(future, days, category), CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<GrantOutcome.Ordered>());
        var ordered = (GrantOutcome.Ordered)outcome;
        Assert.That(ordered.Waiting, Is.Empty);
        await Consortium.SettleAsync();
        return ordered.Grants.Single();
    }

    public SubjectState State(Category category) => (SubjectState)Consortium.Hospital.Replica.FindTopic(Subject(category).Subject.Topic)!.State!;

    public async ValueTask DisposeAsync()
    {
        _wallets.ForEach(wallet => wallet.Dispose());
        await Consortium.DisposeAsync();
    }
}

/// <summary>A device's store, which can die at a write: before it, or right after.</summary>
internal sealed class StoreInMemory : IWalletStore
{
    public ConcurrentDictionary<string, byte[]> Kept { get; } = new();

    public int Writes { get; private set; }

    public int DiesAt { get; set; } = -1;

    public bool KeepsLast { get; set; }

    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>?>(Kept.TryGetValue(name, out var bytes) ? bytes : null);

    public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var dies = ++Writes == DiesAt;
        if (!dies || KeepsLast)
        {
            Kept[name] = bytes.ToArray();
        }

        return dies ? throw new AppDiedException() : ValueTask.CompletedTask;
    }
}

/// <summary>The app is killed.</summary>
internal sealed class AppDiedException : Exception;

/// <summary>The network of an app that is killed at its n-th call: before the node hears of it, or before the app hears the answer.</summary>
internal sealed class DyingRoute(IRoute inner, int diesAt, bool nodeHears) : IRoute
{
    public int Calls { get; private set; }

    public async Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
    {
        var dies = ++Calls == diesAt;
        if (dies && !nodeHears)
        {
            throw new AppDiedException();
        }

        var answer = await inner.SendAsync(request, cancellationToken);
        return dies ? throw new AppDiedException() : answer;
    }
}
