using System.Globalization;
using System.Text.Json;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;

namespace EhrLedger.Node.Agents;

/// <summary>What an agent without an endpoint asks of its mailbox here: RFC 0685. Only envelopes for keys of its own, or that it has had listed.</summary>
internal sealed class PickupDesk(Mailbox mailbox, Keylists keylists)
{
    private const int MostAtOnce = 32;
    private const int MostBytesAtOnce = 512 << 10;

    /// <summary>The answer; null where the message is none of pick-up.</summary>
    public AgentMessage? Answer(Connection connection, AgentMessage message) => message switch
    {
        PickupStatusRequest asked => Status(connection, asked, asked.RecipientKey),
        PickupDeliveryRequest asked => Deliver(connection, asked),
        PickupReceived got => Drop(connection, got),
        PickupLiveDelivery { LiveDelivery: true } => Agent.Problem(message, "e.m.live-mode-not-supported", "Connection does not support live delivery."),
        PickupLiveDelivery => Status(connection, message, null),
        _ => null,
    };

    private PickupStatus Status(Connection connection, AgentMessage asked, string? recipient)
    {
        var (count, bytes) = mailbox.CountFor(KeysOf(connection, recipient));
        return new PickupStatus { Thread = new MessageThread(asked.ThreadId), RecipientKey = recipient, MessageCount = count, TotalBytes = bytes, LiveDelivery = false };
    }

    private AgentMessage Deliver(Connection connection, PickupDeliveryRequest asked)
    {
        var waiting = mailbox.FindFor(KeysOf(connection, asked.RecipientKey), Math.Clamp(asked.Limit, 1, MostAtOnce));
        var attachments = new List<Attachment>();
        var bytes = 0;
        foreach (var one in waiting.TakeWhile(one => bytes == 0 || bytes + one.Envelope.Length <= MostBytesAtOnce))
        {
            bytes += one.Envelope.Length;
            using var envelope = JsonDocument.Parse(one.Envelope);
            attachments.Add(new Attachment(
                new AttachmentContent(null, envelope.RootElement.Clone()), one.Id.ToString(CultureInfo.InvariantCulture), "application/json", one.KeptAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));
        }

        return attachments.Count == 0
            ? Status(connection, asked, asked.RecipientKey)
            : new PickupDelivery { Thread = new MessageThread(asked.ThreadId), RecipientKey = asked.RecipientKey, Attachments = [.. attachments] };
    }

    private PickupStatus Drop(Connection connection, PickupReceived got)
    {
        long[] ids = [.. got.MessageIds.Take(MostAtOnce).Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];
        mailbox.Remove(KeysOf(connection, null), ids);
        return Status(connection, got, null);
    }

    private List<Ed25519PublicKey> KeysOf(Connection connection, string? recipient)
    {
        List<Ed25519PublicKey> own = [.. connection.TheirKeys.Select(Keylists.Find).OfType<Ed25519PublicKey>(), .. keylists.Of(connection)];
        return recipient is null ? own : Keylists.Find(recipient) is { } key && own.Contains(key) ? [key] : [];
    }
}
