using System.Text.Json;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>For whom others may leave messages here: RFC 0211 and 0094. A mailbox is for those whom this organisation knows; each may list a few keys.</summary>
internal sealed class Keylists(AgentFile agents, StorageKeys keys, AgentAddress address, Mailbox mailbox)
{
    private const int MostKeys = 16;
    private const string Kind = "agent/keylist";

    /// <summary>A did:key with or without fragment, or base58btc; null for anything else.</summary>
    public static Ed25519PublicKey? Find(string text) =>
        text.StartsWith("did:key:", StringComparison.Ordinal) ? DidKey.FindEd25519(text.Split('#')[0])
        : Base58.Decode(text, Ed25519PublicKey.Length) is { } bytes && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key
        : null;

    /// <summary>The answer; null where the message is none of mediation.</summary>
    public AgentMessage? Answer(Connection connection, AgentMessage message) => message switch
    {
        MediateRequest => new MediateGrant { Thread = new MessageThread(message.ThreadId), Endpoint = address.Endpoint, RoutingKeys = [address.RoutingKey.ToDidKey()] },
        KeylistUpdate update => new KeylistUpdateResponse { Thread = new MessageThread(message.ThreadId), Updated = [.. update.Updates.Take(2 * MostKeys).Select(change => change with { Result = Change(connection, change) })] },
        KeylistQuery => new Keylist { Thread = new MessageThread(message.ThreadId), Keys = [.. Of(connection).Select(key => new KeylistKey(key.ToDidKey()))] },
        _ => null,
    };

    /// <summary>The keys that a connection has listed.</summary>
    public IEnumerable<Ed25519PublicKey> Of(Connection connection) => agents.File
        .Read(session => session.Query("SELECT Sealed FROM keylist WHERE Owner = $1", row => row.GetBytes(0), OwnerOf(connection)))
        .Select(kept => keys.OpenColumn(Kind, kept) is { } bytes && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key : (Ed25519PublicKey?)null)
        .OfType<Ed25519PublicKey>();

    /// <summary>Keeps a message for a key that is listed; drops it otherwise.</summary>
    public void Forward(Forward forward)
    {
        if (Find(forward.To) is { } key
            && forward.Message.ValueKind == JsonValueKind.Object
            && agents.File.Read(session => session.Find("SELECT 1 FROM keylist WHERE Key = $1", row => row.GetInt64(0), NameOf(key))) == 1)
        {
            mailbox.Keep(new Packed(key, Messaging.Dids.DidDocument.Queue, System.Text.Encoding.UTF8.GetBytes(forward.Message.GetRawText())));
        }
    }

    private string Change(Connection connection, KeylistChange change)
    {
        if (Find(change.RecipientKey) is not { } key || change.Action is not ("add" or "remove"))
        {
            return "client_error";
        }

        var (name, owner, bytes) = (NameOf(key), OwnerOf(connection), keys.SealColumn(Kind, key.ToArray()));
        return agents.File.Write(session =>
        {
            if (change.Action == "remove")
            {
                return session.Execute("DELETE FROM keylist WHERE Key = $1 AND Owner = $2", name, owner) > 0 ? "success" : "no_change";
            }

            var holder = session.Find("SELECT Owner FROM keylist WHERE Key = $1", row => row.GetBytes(0), name);
            if (holder is not null)
            {
                return holder.AsSpan().SequenceEqual(owner) ? "no_change" : "client_error";
            }

            if (session.Find("SELECT COUNT(*) FROM keylist WHERE Owner = $1", row => row.GetInt64(0), owner) >= MostKeys)
            {
                return "server_error";
            }

            session.Execute("INSERT INTO keylist (Key, Owner, Sealed) VALUES ($1, $2, $3)", name, owner, bytes);
            return "success";
        });
    }

    private byte[] NameOf(Ed25519PublicKey key) => keys.LookupKey("agent/listed", key.ToDidKey());

    private byte[] OwnerOf(Connection connection) => keys.LookupKey("agent/connection-id", connection.Id);
}
