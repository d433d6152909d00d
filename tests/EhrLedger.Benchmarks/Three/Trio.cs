using EhrLedger.Benchmarks.Http;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Keys;

namespace EhrLedger.Benchmarks.Three;

/// <summary>Three nodes on loopback, each a process with its own stores and keys. The first is the sequencer; a quorum is two.</summary>
internal sealed class Trio : IAsyncDisposable
{
    private Trio(Genesis genesis, IReadOnlyList<OrganisationId> members, IReadOnlyList<ChildServer> nodes) => (Genesis, Members, Nodes) = (genesis, members, nodes);

    public Genesis Genesis { get; }

    public IReadOnlyList<OrganisationId> Members { get; }

    public IReadOnlyList<ChildServer> Nodes { get; }

    public static async Task<Trio> StartAsync()
    {
        var places = Enumerable.Range(0, 3).Select(_ => (Folder: ChildServer.NewFolder(), Port: ChildServer.FreePort())).ToArray();
        var descriptors = places.Select((place, number) =>
        {
            using var keys = OrganisationKeys.Generate();
            new FileKeyStore(Path.Combine(place.Folder, "keys"), null).Keep(keys);
            return keys.Describe($"Member {number}", "hospital", $"http://127.0.0.1:{place.Port}");
        }).ToArray();
        var members = descriptors.Select(descriptor => descriptor.Member.Organisation).ToArray();
        var genesis = Consortium.Found("Benchmark", TimeProvider.System.GetUtcNow(), members[0], descriptors);
        foreach (var (folder, _) in places)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "genesis.cbor"), genesis.Bytes.ToArray()).ConfigureAwait(false);
        }

        var nodes = await Task.WhenAll(places.Select(place =>
            ChildServer.StartNodeAsync(place.Port, place.Folder, "--genesis", Path.Combine(place.Folder, "genesis.cbor")))).ConfigureAwait(false);
        return new Trio(genesis, members, nodes);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }
}
