using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Agents;

/// <summary>Where the node's agent is to be found, and what it calls itself.</summary>
internal sealed class AgentAddress
{
    public AgentAddress(NodeIdentity identity, NodeSettings settings, LogReplica replica, AgentKeys keys)
    {
        using var routing = keys.Derive(AgentProfile.RoutingKeyName);
        var self = replica.Members.Find(identity.Organisation);
        RoutingKey = routing.Public;
        Endpoint = (self?.Endpoint ?? settings.Endpoint).TrimEnd('/') + AgentEndpoints.Path;
        Label = self?.Name ?? settings.Name;
    }

    /// <summary>What messages to be forwarded are packed for.</summary>
    public Ed25519PublicKey RoutingKey { get; }

    /// <summary>Where messages go.</summary>
    public string Endpoint { get; }

    /// <summary>For people.</summary>
    public string Label { get; }
}
