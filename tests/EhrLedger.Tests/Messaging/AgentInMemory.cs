using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Dids;

namespace EhrLedger.Tests.Messaging;

/// <summary>An agent whose store and keys are in memory.</summary>
internal sealed class AgentInMemory : IAgentStore, IAgentKeys, IDisposable
{
    private readonly ConcurrentDictionary<Ed25519PublicKey, Connection> _connections = new();
    private readonly ConcurrentDictionary<Ed25519PublicKey, SentInvitation> _invitations = new();
    private readonly byte[] _root = RandomNumberGenerator.GetBytes(32);

    public AgentInMemory(string label, string endpoint = DidDocument.Queue, TimeProvider? time = null) => Agent = new Agent(this, this, new AgentProfile(label, endpoint), time ?? TimeProvider.System);

    public Agent Agent { get; }

    public IReadOnlyList<Connection> Connections => [.. _connections.Values];

    public bool IsFull { get; set; }

    public Ed25519PrivateKey Derive(string name) => Ed25519PrivateKey.FromSeed(HMACSHA256.HashData(_root, Encoding.UTF8.GetBytes(name)));

    public ValueTask<Connection?> FindConnectionAsync(Ed25519PublicKey ownKey, CancellationToken cancellationToken) => ValueTask.FromResult(_connections.GetValueOrDefault(ownKey));

    public ValueTask<SentInvitation?> FindInvitationAsync(Ed25519PublicKey key, CancellationToken cancellationToken) => ValueTask.FromResult(_invitations.GetValueOrDefault(key));

    public ValueTask<bool> KeepAsync(Connection connection, CancellationToken cancellationToken)
    {
        if (IsFull)
        {
            return ValueTask.FromResult(false);
        }

        _connections[KeyOf(connection.OwnKey)] = Connection.TryParse(connection.Encode())!;
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> KeepAsync(SentInvitation invitation, CancellationToken cancellationToken)
    {
        _invitations[KeyOf(invitation.Key)] = SentInvitation.TryParse(invitation.Encode())!;
        return ValueTask.FromResult(true);
    }

    public void Dispose() => Agent.Dispose();

    private static Ed25519PublicKey KeyOf(string base58) => Ed25519PublicKey.FromBytes(Base58.Decode(base58, Ed25519PublicKey.Length));
}
