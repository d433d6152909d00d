using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>Whom the node's agent knows, in agents.db.</summary>
internal sealed class AgentStore(AgentFile agents, StorageKeys keys, TimeProvider time) : IAgentStore
{
    private const int MostConnections = 200_000;
    private const int MostInvitations = 200_000;
    private const string ConnectionKind = "agent/connection";
    private const string InvitationKind = "agent/invitation";

    /// <inheritdoc/>
    public ValueTask<Connection?> FindConnectionAsync(Ed25519PublicKey ownKey, CancellationToken cancellationToken) =>
        ValueTask.FromResult(OpenConnection(agents.File.Read(session => session.Find("SELECT Sealed FROM connections WHERE OwnKey = $1", row => row.GetBytes(0), KeyOf(ConnectionKind, ownKey)))));

    /// <summary>The connection with this id; null for none.</summary>
    public Connection? FindConnection(string id) =>
        OpenConnection(agents.File.Read(session => session.Find("SELECT Sealed FROM connections WHERE Id = $1", row => row.GetBytes(0), IdOf(id))));

    /// <summary>The newest connection about somebody that is ready; null for none.</summary>
    public Connection? FindAbout(string about) => agents.File
        .Read(session => session.Query("SELECT Sealed FROM connections WHERE About = $1 ORDER BY CreatedAt DESC LIMIT 20", row => row.GetBytes(0), AboutOf(about)))
        .Select(OpenConnection)
        .FirstOrDefault(connection => connection is { IsReady: true });

    /// <summary>The newest connections.</summary>
    public IReadOnlyList<Connection> List(int most) =>
        [.. agents.File.Read(session => session.Query("SELECT Sealed FROM connections ORDER BY CreatedAt DESC LIMIT $1", row => row.GetBytes(0), most)).Select(OpenConnection).OfType<Connection>()];

    /// <inheritdoc/>
    public ValueTask<bool> KeepAsync(Connection connection, CancellationToken cancellationToken)
    {
        var bytes = keys.SealColumn(ConnectionKind, connection.Encode());
        var (key, id, about) = (KeyOf(ConnectionKind, PublicKey(connection.OwnKey)), IdOf(connection.Id), connection.About is { } whom ? AboutOf(whom) : null);
        return ValueTask.FromResult(agents.File.Write(session =>
        {
            var isKnown = session.Find("SELECT 1 FROM connections WHERE OwnKey = $1", row => row.GetInt64(0), key) == 1;
            if (!isKnown && session.Find("SELECT COUNT(*) FROM connections", row => row.GetInt64(0)) >= MostConnections)
            {
                return false;
            }

            session.Execute(
                "INSERT INTO connections (OwnKey, Id, About, Sealed, CreatedAt) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (OwnKey) DO UPDATE SET About = $3, Sealed = $4",
                key,
                id,
                about,
                bytes,
                connection.CreatedAt.ToUnixTimeMilliseconds());
            return true;
        }));
    }

    /// <inheritdoc/>
    public ValueTask<SentInvitation?> FindInvitationAsync(Ed25519PublicKey key, CancellationToken cancellationToken)
    {
        var kept = agents.File.Read(session => session.Find("SELECT Sealed FROM invitations WHERE Key = $1", row => row.GetBytes(0), KeyOf(InvitationKind, key)));
        return ValueTask.FromResult(kept is not null && keys.OpenColumn(InvitationKind, kept) is { } bytes ? SentInvitation.TryParse(bytes) : null);
    }

    /// <inheritdoc/>
    public ValueTask<bool> KeepAsync(SentInvitation invitation, CancellationToken cancellationToken)
    {
        var (key, bytes, now) = (KeyOf(InvitationKind, PublicKey(invitation.Key)), keys.SealColumn(InvitationKind, invitation.Encode()), time.GetUtcNow().ToUnixTimeMilliseconds());
        return ValueTask.FromResult(agents.File.Write(session =>
        {
            session.Execute("DELETE FROM invitations WHERE Until < $1 AND Key <> $2", now, key);
            if (session.Find("SELECT COUNT(*) FROM invitations", row => row.GetInt64(0)) >= MostInvitations)
            {
                return false;
            }

            session.Execute("INSERT OR REPLACE INTO invitations (Key, Sealed, Until) VALUES ($1, $2, $3)", key, bytes, invitation.Until.ToUnixTimeMilliseconds());
            return true;
        }));
    }

    private Connection? OpenConnection(byte[]? kept) => kept is not null && keys.OpenColumn(ConnectionKind, kept) is { } bytes ? Connection.TryParse(bytes) : null;

    private byte[] KeyOf(string kind, Ed25519PublicKey key) => keys.LookupKey(kind, key.ToDidKey());

    private byte[] IdOf(string id) => keys.LookupKey("agent/connection-id", id);

    private byte[] AboutOf(string about) => keys.LookupKey("agent/about", about);

    private static Ed25519PublicKey PublicKey(string base58) => Ed25519PublicKey.FromBytes(Base58.Decode(base58, Ed25519PublicKey.Length));
}
