using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging.Agents;

/// <summary>Where an agent keeps whom it knows. Implementations seal what they store.</summary>
public interface IAgentStore
{
    /// <summary>The connection that this own key is of; null for none.</summary>
    ValueTask<Connection?> FindConnectionAsync(Ed25519PublicKey ownKey, CancellationToken cancellationToken);

    /// <summary>Keeps a connection in place of the one with its id.</summary>
    /// <returns>False where there is no room for another.</returns>
    ValueTask<bool> KeepAsync(Connection connection, CancellationToken cancellationToken);

    /// <summary>The invitation that has this key; null for none.</summary>
    ValueTask<SentInvitation?> FindInvitationAsync(Ed25519PublicKey key, CancellationToken cancellationToken);

    /// <summary>Keeps an invitation in place of the one with its id.</summary>
    /// <returns>False where there is no room for another.</returns>
    ValueTask<bool> KeepAsync(SentInvitation invitation, CancellationToken cancellationToken);
}

/// <summary>Where an agent's own keys come from. They are derived, so that no store has them.</summary>
public interface IAgentKeys
{
    /// <summary>The key of a name, the same each time. The caller disposes of it.</summary>
    /// <param name="name">Such as <c>connection/…</c> or <c>invitation/…</c>.</param>
    Ed25519PrivateKey Derive(string name);
}
