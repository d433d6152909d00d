using System.Collections.Concurrent;
using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Nodes;

/// <summary>The nodes of all members that are known. Thread-safe.</summary>
/// <param name="consortium">What answers are verified against.</param>
/// <param name="members">Who there is.</param>
/// <param name="route">The way to them.</param>
/// <param name="settings">Bounds.</param>
public sealed class ConsortiumNodes(Consortium consortium, KnownMembers members, IRoute route, ClientSettings settings)
{
    private readonly ConcurrentDictionary<OrganisationId, NodeClient> _nodes = new();

    /// <summary>One for each active member, those of the genesis first.</summary>
    public IReadOnlyList<NodeClient> All => [.. members.Active.Select(member => Of(member.Organisation))];

    /// <summary>Null where no such member is known.</summary>
    public NodeClient? Find(OrganisationId organisation) => members.Find(organisation) is null ? null : Of(organisation);

    private NodeClient Of(OrganisationId organisation) => _nodes.GetOrAdd(organisation, id => new NodeClient(id, consortium, members, route, settings));
}
