using System.Net;
using System.Net.Sockets;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Node.Keys;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>Several nodes as real processes on loopback. The first is the sequencer.</summary>
internal sealed class TestConsortium : IDisposable
{
    private const int FirstPort = 20_000;
    private const int PortsToGive = 12_000;

    // Test runs side by side begin at different places.
    private static int _ports = Random.Shared.Next(PortsToGive);

    private TestConsortium(TestFolder folder, MovedClock clock, IReadOnlyList<TestNode> nodes, Genesis genesis, OrganisationKeys? impostor)
    {
        Clock = clock;
        Impostor = impostor;
        Folder = folder;
        Nodes = nodes;
        Genesis = genesis;
    }

    public TestFolder Folder { get; }

    public IReadOnlyList<TestNode> Nodes { get; }

    public Genesis Genesis { get; }

    /// <summary>What nodes and phones of this consortium go by.</summary>
    public MovedClock Clock { get; }

    public TestNode Sequencer => Nodes[0];

    /// <summary>Keys of the member that is not started; null where there is none.</summary>
    public OrganisationKeys? Impostor { get; }

    /// <summary>Founds the consortium and starts its nodes.</summary>
    /// <param name="count">How many members.</param>
    /// <param name="impostor">A member whose address is somebody else's and who is not started; null for none.</param>
    /// <param name="settings">Of each node; null for the usual ones of tests.</param>
    /// <param name="recoveryHours">Shortest waiting time of a recovery: 0 for tests that can't wait.</param>
    public static async Task<TestConsortium> StartAsync(int count = 3, Uri? impostor = null, IReadOnlyList<string>? settings = null, int recoveryHours = Genesis.UsualRecoveryHours)
    {
        var (folder, clock) = (new TestFolder(), new MovedClock());
        var nodes = FreePorts(count).Select((port, i) => new TestNode(folder, ((string[])["North", "East", "South", "West", "Centre"])[i], port, clock)).ToArray();
        foreach (var node in nodes.Where(_ => settings is not null))
        {
            node.Settings = settings!;
        }

        var members = nodes.Select(node => node.Descriptor).ToList();
        var keys = impostor is null ? null : OrganisationKeys.Generate();
        if (keys is not null)
        {
            members.Add(keys.Describe("Liar", "insurer", impostor!.ToString().TrimEnd('/')));
        }

        var genesis = Consortium.Found("Test", TimeProvider.System.GetUtcNow(), nodes[0].Organisation, members, recoveryHours);
        await File.WriteAllBytesAsync(folder["genesis.cbor"], genesis.Bytes.ToArray());
        var consortium = new TestConsortium(folder, clock, nodes, genesis, keys);
        try
        {
            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
            return consortium;
        }
        catch
        {
            consortium.Dispose();
            throw;
        }
    }

    /// <summary>All nodes stop, and start again so much later.</summary>
    public async Task MoveOnAsync(TimeSpan by)
    {
        await Task.WhenAll(Nodes.Select(node => node.StopAsync()));
        Clock.MoveOn(by);
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
    }

    /// <summary>Every running node has at least so many final leaves.</summary>
    public async Task BecomesFinalEverywhereAsync(ulong size)
    {
        foreach (var node in Nodes)
        {
            await node.BecomesFinalAsync(size);
        }
    }

    /// <summary>What an auditor who knows the genesis says of a node's published log.</summary>
    public async Task<AuditResult> AuditAsync(TestNode node)
    {
        var policy = WitnessPolicy.Parse(System.Text.Encoding.UTF8.GetBytes(Genesis.Policy))!;
        return await new LogAuditor(new Published(node.Client), policy).AuditAsync(AuditState.Start, check: null, progress: null, CancellationToken.None);
    }

    /// <summary>Ports that nobody else has, and that no test of this run is given again. Below those that Linux takes for outgoing connections: while a node is down, no connection of another test can have its port.</summary>
    public static int[] FreePorts(int count)
    {
        var ports = new int[count];
        for (var i = 0; i < count;)
        {
            var port = FirstPort + ((Interlocked.Increment(ref _ports) & int.MaxValue) % PortsToGive);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                ports[i++] = port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }

        return ports;
    }

    public void Dispose()
    {
        foreach (var node in Nodes)
        {
            node.Dispose();
        }

        Impostor?.Dispose();
        Folder.Dispose();
    }

    private sealed class Published(HttpClient client) : ITileSource
    {
        public async ValueTask<byte[]?> FetchAsync(string path, CancellationToken cancellationToken)
        {
            using var response = await client.GetAsync("/log" + path, cancellationToken);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
        }
    }
}
