using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Messages;

namespace EhrLedger.Messaging.Agents;

/// <summary>What came of bytes that arrived.</summary>
public abstract record Received
{
    private Received()
    {
    }

    /// <summary>They are no envelope.</summary>
    public sealed record NoEnvelope : Received;

    /// <summary>Not for this agent, not to be opened, or not from whom it should be: which of these, nobody is told.</summary>
    public sealed record NotForUs : Received;

    /// <summary>A message, opened and authenticated.</summary>
    /// <param name="Message">What it says.</param>
    /// <param name="Connection">From whom, as it is now; null for a message to be forwarded, and for a request that was refused.</param>
    /// <param name="Answers">To be sent, in this order.</param>
    public sealed record Heard(AgentMessage Message, Connection? Connection, IReadOnlyList<Packed> Answers) : Received;
}

/// <summary>An envelope to be sent.</summary>
/// <param name="Recipient">Whose key opens it.</param>
/// <param name="Endpoint">Where it goes, or the queue.</param>
/// <param name="Envelope">JSON in UTF-8.</param>
public sealed record Packed(Ed25519PublicKey Recipient, string Endpoint, byte[] Envelope);
