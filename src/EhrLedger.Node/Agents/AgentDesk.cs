using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>The node's agent at work: takes what arrives, has it answered by who knows about it, and sees to it that answers find their way.</summary>
internal sealed class AgentDesk(Agent agent, Mailbox mailbox, PickupDesk pickup, Keylists keylists, ConsentDesk consent, Talk talk)
{
    private const int MostText = 16 << 10;

    /// <summary>Takes an envelope.</summary>
    /// <returns>What came of it, and the envelope that goes back on the same connection, if there is one.</returns>
    public async Task<(Received Received, byte[]? Back)> ReceiveAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var received = await agent.ReceiveAsync(bytes, cancellationToken);
        if (received is not Received.Heard heard)
        {
            return (received, null);
        }

        if (heard.Message is Forward forward)
        {
            keylists.Forward(forward);
            return (received, null);
        }

        var answers = heard.Answers.ToList();
        if (heard.Connection is { } connection && await AnswerAsync(connection, heard.Message, cancellationToken) is { } answer)
        {
            answers.Add(agent.Pack(connection, answer));
        }

        byte[]? back = null;
        foreach (var packed in answers)
        {
            if (back is null && heard.Message.AsksForReturnRoute)
            {
                back = packed.Envelope;
            }
            else if (heard.Connection is not null)
            {
                mailbox.Keep(packed);
            }
        }

        return (received, back);
    }

    /// <summary>Sends a message, or keeps it for pick-up.</summary>
    /// <param name="connection">To whom.</param>
    /// <param name="message">What.</param>
    /// <param name="with">As in <see cref="Mailbox.Keep"/>.</param>
    /// <returns>False where there is no room.</returns>
    public bool Send(Connection connection, AgentMessage message, Func<SqliteSession, bool>? with = null) => mailbox.Keep(agent.Pack(connection, message), with);

    private async Task<AgentMessage?> AnswerAsync(Connection connection, AgentMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case BasicMessage { Content.Length: <= MostText } basic:
                talk.Add(connection, "received", basic.Content);
                return null;
            case TrustPingResponse:
                talk.Add(connection, "ping-answered", null);
                return null;
            default:
                return pickup.Answer(connection, message) ?? keylists.Answer(connection, message) ?? await consent.AnswerAsync(connection, message, cancellationToken);
        }
    }
}
