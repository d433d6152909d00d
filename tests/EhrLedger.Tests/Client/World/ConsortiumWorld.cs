using EhrLedger.Client;
using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Tests.Client.World;

/// <summary>
/// A consortium in this process: real sequencer, followers, contracts and stores in memory, behind an HTTP handler. The first member is the sequencer.
/// </summary>
internal sealed class ConsortiumWorld : IAsyncDisposable
{
    private static readonly string[] Names = ["hospital", "clinic", "insurer", "pharmacy", "lab", "registry", "regulator"];

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];

    private ConsortiumWorld(int members, WorldClock clock)
    {
        Clock = clock;
        LogKey = Ed25519PrivateKey.Generate();
        var log = new NoteSigner(NoteKeyName.Parse("ehrledger.test/log")!, LogKey);
        Nodes = [.. Names.Take(members).Select(name => new WorldNode(this, name))];
        var policy = QuorumPolicy.ForMembers(log.Verifier, [.. Nodes.Select(node => node.Cosigner.Verifier)]);
        Genesis = Genesis.Create(
            "Test consortium",
            "ehrledger.test/log",
            clock.GetUtcNow(),
            Nodes[0].Organisation,
            log.Verifier.ToString(),
            [.. Nodes.Select(node => node.Member)],
            System.Text.Encoding.UTF8.GetString(policy.Encode()),
            QuorumPolicy.SizeFor(members));
        LogSigner = log;
        Handler = new WorldHandler(this);
        Http = new HttpClient(Handler);
    }

    public WorldClock Clock { get; }

    public WorldAlarms NodeAlarms { get; } = new();

    public Ed25519PrivateKey LogKey { get; }

    public NoteSigner LogSigner { get; }

    public IReadOnlyList<WorldNode> Nodes { get; }

    public Genesis Genesis { get; }

    public WorldHandler Handler { get; }

    public HttpClient Http { get; }

    public WorldNode Hospital => Nodes[0];

    public WorldNode Clinic => Nodes[1];

    public WorldNode Insurer => Nodes[2];

    public LocalSubmitter Submitter { get; private set; } = null!;

    /// <summary>Members with their stores, and nothing that runs.</summary>
    public static ConsortiumWorld Asleep(int members = 3)
    {
        var world = new ConsortiumWorld(members, new WorldClock());
        foreach (var node in world.Nodes)
        {
            node.Open();
        }

        return world;
    }

    public static ConsortiumWorld Start(int members = 3, TimeSpan? idle = null)
    {
        var world = Asleep(members);
        var hospital = world.Hospital;
        var sequencer = new Sequencer(hospital.Replica, world.Clock, world.NodeAlarms, new SequencerSettings());
        var followers = world.Nodes.Skip(1).ToDictionary(node => node.Organisation, node => new Follower(node.Replica, node.Finality, node.Cosigner, world.Clock, world.NodeAlarms));
        var publisher = new CheckpointPublisher(
            hospital.Replica, hospital.Finality, world.LogSigner, hospital.Cosigner, hospital.Organisation, member => followers.TryGetValue(member.Organisation, out var follower) ? follower : new Absent(), world.Clock, world.NodeAlarms, new SequencerSettings { IdleCheckpoint = idle ?? TimeSpan.FromSeconds(1) });
        world.Submitter = new LocalSubmitter(sequencer, hospital.Finality, world.Clock);
        world._loops.Add(Task.Run(() => sequencer.RunAsync(world._stop.Token)));
        world._loops.Add(Task.Run(() => publisher.RunAsync(world._stop.Token)));
        return world;
    }

    public ContractEngine Contracts() => new(new OrganisationContract(Genesis.Digest), new SubjectContract(Genesis.Digest));

    public WorldNode? Find(OrganisationId organisation) => Nodes.FirstOrDefault(node => node.Organisation == organisation);

    /// <summary>A client of its own, with its own memory.</summary>
    public VerifiedLog Log(WorldAlarms alarms, KnownHead? remembered = null, IRoute? route = null)
    {
        var consortium = Consortium.Open(Genesis.Bytes, Genesis.Digest)!;
        var members = new KnownMembers(Genesis);
        var settings = new ClientSettings { CallTimeout = TimeSpan.FromSeconds(5), FinalPause = TimeSpan.FromMilliseconds(10), FinalTimeout = TimeSpan.FromSeconds(10) };
        return new VerifiedLog(consortium, members, new ConsortiumNodes(consortium, members, route ?? new DirectRoute(Http), settings), alarms, Clock, settings, remembered);
    }

    /// <summary>Logs an entry, and waits until every node has it final.</summary>
    public async Task<ulong> LogAsync(Entry entry)
    {
        var outcome = await Submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Final, CancellationToken.None);
        if (outcome is not SubmitOutcome.Logged(var index, _, _))
        {
            throw new InvalidOperationException($"The entry was not logged: {outcome}");
        }

        await SettleAsync(index + 1);
        return index;
    }

    /// <summary>Waits until this many leaves are final on every node.</summary>
    public async Task SettleAsync(ulong size)
    {
        foreach (var node in Nodes)
        {
            try
            {
                await node.Finality.WaitForSizeAsync(size, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
            }
            catch (TimeoutException)
            {
                throw new TimeoutException(
                    $"{node.Name} has {node.Finality.Size} of {size} final. "
                    + string.Join("; ", Nodes.Select(other => $"{other.Name} {other.Replica.Size}/{other.Finality.Size} as of {other.Finality.AsOf:HH:mm:ss}"))
                    + string.Join("; ", NodeAlarms.Raised)
                    + string.Join("; ", _loops.Select(loop => $"{loop.Status} {loop.Exception?.GetBaseException().Message}")));
            }
        }
    }

    public Task SettleAsync() => SettleAsync(Hospital.Replica.Size);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        Http.Dispose();
        Handler.Dispose();
        foreach (var node in Nodes)
        {
            node.Dispose();
        }

        LogKey.Dispose();
        _stop.Dispose();
    }

    internal static Cosigner CosignerOf(string name, Ed25519PrivateKey key) => Cosigner.For(NoteKeyName.Parse($"{name}.test/witness")!, key);

    internal static XWingPrivateKey SealingKey() => XWingPrivateKey.Generate();

    /// <summary>A member that joined, and whose node never answers.</summary>
    private sealed class Absent : IFollower
    {
        public Task<ReplicateAnswer?> ReplicateAsync(ReplicateRequest request, CancellationToken cancellationToken) => Task.FromResult<ReplicateAnswer?>(null);

        public Task<NoteVerifier?> FindQuantumSafeKeyAsync(CancellationToken cancellationToken) => Task.FromResult<NoteVerifier?>(null);
    }
}
