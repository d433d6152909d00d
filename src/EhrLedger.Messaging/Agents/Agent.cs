using System.Text;
using System.Text.Json;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Dids;
using EhrLedger.Messaging.Envelopes;
using EhrLedger.Messaging.Messages;

namespace EhrLedger.Messaging.Agents;

/// <summary>
/// One side of a conversation: a message in, messages out. It does the handshake (RFC 0434 with 0023) and answers pings (0048) and what it does not understand (0035); all else it hands to its host, which also does the sending.
/// Each connection has a key of its own here.
/// </summary>
/// <param name="store">Whom it knows.</param>
/// <param name="keys">Its keys.</param>
/// <param name="profile">What it says of itself.</param>
/// <param name="time">Clock.</param>
public sealed class Agent(IAgentStore store, IAgentKeys keys, AgentProfile profile, TimeProvider time) : IDisposable
{
    private const int MostLookedUp = 4;

    // An invitation is used once, also where two requests come at the same moment.
    private readonly SemaphoreSlim _handshake = new(1, 1);

    /// <summary>Makes an invitation.</summary>
    /// <param name="isSingleUse">Whether it is for one connection only.</param>
    /// <param name="lifetime">How long it is taken.</param>
    /// <param name="about">Whom it is for, in the host's words.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the store has no room.</returns>
    public async Task<Invitation?> InviteAsync(bool isSingleUse, TimeSpan lifetime, string? about, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        using var key = keys.Derive(SentInvitation.NameOf(id));
        var sent = new SentInvitation { Id = id, Key = Verkey.Format(key.Public), IsSingleUse = isSingleUse, Until = time.GetUtcNow() + lifetime, About = about };
        return await store.KeepAsync(sent, cancellationToken).ConfigureAwait(false) ? Invitation.Make(id, profile.Label, key.Public, profile.Endpoint) : null;
    }

    /// <summary>Accepts an invitation: the request that goes to the inviter.</summary>
    /// <param name="invitation">Untrusted.</param>
    /// <param name="keyName">Name of the key that this connection is to have; no other may have it.</param>
    /// <param name="about">Whom the connection is about, in the host's words.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the invitation can't be used, or there is no room.</returns>
    public async Task<(Connection Connection, Packed Request)?> AcceptAsync(Invitation invitation, string keyName, string? about, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invitation);
        if (invitation.FindInviter() is not { } inviter)
        {
            return null;
        }

        using var key = keys.Derive(keyName);
        var own = PeerDid.Make(key.Public, profile.Endpoint);
        var request = new DidExchangeRequest
        {
            Version = invitation.Version,
            Thread = new MessageThread(null, invitation.Id),
            Transport = profile.HasEndpoint ? null : MessageTransport.ReturnAll,
            Label = profile.Label,
            Did = own.Did,
        };
        request = request with { Thread = new MessageThread(request.Id, invitation.Id) };
        var connection = new Connection
        {
            Id = Guid.NewGuid().ToString(),
            State = ConnectionState.RequestSent,
            KeyName = keyName,
            OwnKey = Verkey.Format(key.Public),
            OwnDid = own.Did,
            TheirKeys = [.. inviter.Keys.Select(Verkey.Format)],
            TheirEndpoint = inviter.Endpoint,
            TheirRoutingKeys = [.. inviter.RoutingKeys.Select(Verkey.Format)],
            TheirLabel = Shorten(invitation.Label),
            ThreadId = request.Id,
            InvitationId = invitation.Id,
            About = about,
            CreatedAt = time.GetUtcNow(),
        };
        return await store.KeepAsync(connection, cancellationToken).ConfigureAwait(false) ? (connection, Pack(connection, request, key)) : null;
    }

    /// <summary>Packs a message for the other side of a connection.</summary>
    /// <exception cref="InvalidOperationException">The handshake is not that far, or was given up.</exception>
    public Packed Pack(Connection connection, AgentMessage message)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(message);
        if (!connection.IsReady)
        {
            throw new InvalidOperationException("Nobody is connected there.");
        }

        using var key = keys.Derive(connection.KeyName);
        return Pack(connection, profile.HasEndpoint || message.Transport is not null ? message : message with { Transport = MessageTransport.ReturnAll }, key);
    }

    /// <summary>Takes what arrived. Never throws on hostile input.</summary>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Received> ReceiveAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Envelope.TryParse(bytes.Span) is not { } envelope)
        {
            return new Received.NoEnvelope();
        }

        foreach (var recipient in envelope.Recipients.Take(MostLookedUp))
        {
            if (recipient == profile.RoutingKey)
            {
                return OpenForward(envelope);
            }

            if (await store.FindConnectionAsync(recipient, cancellationToken).ConfigureAwait(false) is { } connection)
            {
                return await HearAsync(envelope, connection, cancellationToken).ConfigureAwait(false);
            }

            if (await store.FindInvitationAsync(recipient, cancellationToken).ConfigureAwait(false) is { } invitation)
            {
                await _handshake.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    var current = await store.FindInvitationAsync(recipient, cancellationToken).ConfigureAwait(false) ?? invitation;
                    return await ConnectAsync(envelope, current, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    _handshake.Release();
                }
            }
        }

        return new Received.NotForUs();
    }

    /// <inheritdoc/>
    public void Dispose() => _handshake.Dispose();

    private Received OpenForward(Envelope envelope)
    {
        using var key = keys.Derive(AgentProfile.RoutingKeyName);
        return envelope.Open(key) is { } opened && MessageCodec.TryParse(opened.Message) is Forward forward ? new Received.Heard(forward, null, []) : new Received.NotForUs();
    }

    private async Task<Received> HearAsync(Envelope envelope, Connection connection, CancellationToken cancellationToken)
    {
        using var key = keys.Derive(connection.KeyName);
        if (envelope.Open(key) is not { Sender: { } sender } opened || MessageCodec.TryParse(opened.Message) is not { } message)
        {
            return new Received.NotForUs();
        }

        if (message is DidExchangeResponse response && connection.State == ConnectionState.RequestSent)
        {
            return await CompleteAsync(connection, response, sender, key, cancellationToken).ConfigureAwait(false);
        }

        if (!connection.IsTheirs(sender) || connection.State == ConnectionState.Abandoned)
        {
            return new Received.NotForUs();
        }

        var next = message is ProblemReport && message.ThreadId == connection.ThreadId && connection.State == ConnectionState.RequestSent ? connection with { State = ConnectionState.Abandoned }
            : connection.State == ConnectionState.ResponseSent ? connection with { State = ConnectionState.Completed }
            : connection;
        if (next.State == ConnectionState.RequestSent)
        {
            return new Received.NotForUs();
        }

        if (message is WalletKey told && told.FindKey() is not null)
        {
            next = next with { TheirSealingKey = told.Key };
        }

        if (next != connection)
        {
            await store.KeepAsync(next, cancellationToken).ConfigureAwait(false);
        }

        return new Received.Heard(message, next, AnswerTo(message) is { } answer ? [Pack(next, answer, key)] : []);
    }

    private static AgentMessage? AnswerTo(AgentMessage message) => message switch
    {
        TrustPing { ResponseRequested: not false } => new TrustPingResponse { Thread = new MessageThread(message.ThreadId) },
        UnknownMessage => Problem(message, "message-type-not-supported", "This type of message is not known here."),
        _ => null,
    };

    /// <summary>A problem report in the thread of a message.</summary>
    /// <param name="about">What it answers.</param>
    /// <param name="code">For machines.</param>
    /// <param name="text">For people; tells nothing of anybody.</param>
    public static ProblemReport Problem(AgentMessage about, string code, string text)
    {
        ArgumentNullException.ThrowIfNull(about);
        return new ProblemReport { Thread = new MessageThread(about.ThreadId), Description = new ProblemDescription(code, text) };
    }

    // The other side's answer to our request: its new DID, signed with a key of its invitation.
    private async Task<Received> CompleteAsync(Connection connection, DidExchangeResponse response, Ed25519PublicKey sender, Ed25519PrivateKey key, CancellationToken cancellationToken)
    {
        var inviter = connection.TheirKeys.Select(Verkey.Find).OfType<Ed25519PublicKey>().ToList();
        if (response.Thread?.ThreadId != connection.ThreadId || DocumentOf(response, inviter) is not { } document || !document.Keys.Contains(sender))
        {
            return new Received.NotForUs();
        }

        var next = Meet(connection, document) with { State = ConnectionState.Completed };
        await store.KeepAsync(next, cancellationToken).ConfigureAwait(false);
        var complete = new DidExchangeComplete { Version = response.Version, Thread = new MessageThread(connection.ThreadId, connection.InvitationId) };
        return new Received.Heard(response, next, [Pack(next, complete, key)]);
    }

    // A request on one of our invitations. Whoever packed it must be whom its DID says.
    private async Task<Received> ConnectAsync(Envelope envelope, SentInvitation invitation, CancellationToken cancellationToken)
    {
        using var inviting = keys.Derive(invitation.KeyName);
        if (envelope.Open(inviting) is not { Sender: { } sender } opened
            || MessageCodec.TryParse(opened.Message) is not DidExchangeRequest request
            || DocumentOf(request) is not { } document
            || !document.Keys.Contains(sender))
        {
            return new Received.NotForUs();
        }

        var earlier = invitation.UsedAs is { } used && Verkey.Find(used) is { } usedKey ? await store.FindConnectionAsync(usedKey, cancellationToken).ConfigureAwait(false) : null;
        var isRepeated = earlier is not null && earlier.IsTheirs(sender);
        if (request.Thread?.ParentThreadId != invitation.Id || (!isRepeated && (invitation.UsedAs is not null || invitation.Until < time.GetUtcNow())))
        {
            return new Received.Heard(request, null, [Refusal(request, document, inviting)]);
        }

        var id = isRepeated ? earlier!.Id : Guid.NewGuid().ToString();
        var keyName = "connection/" + id;
        using var key = keys.Derive(keyName);
        var own = PeerDid.Make(key.Public, profile.Endpoint);
        var connection = Meet(
            new Connection
            {
                Id = id,
                State = isRepeated ? earlier!.State : ConnectionState.ResponseSent,
                KeyName = keyName,
                OwnKey = Verkey.Format(key.Public),
                OwnDid = own.Did,
                TheirKeys = [],
                TheirEndpoint = "",
                TheirLabel = Shorten(request.Label),
                ThreadId = request.ThreadId,
                InvitationId = invitation.Id,
                About = invitation.About,
                TheirSealingKey = isRepeated ? earlier!.TheirSealingKey : null,
                CreatedAt = isRepeated ? earlier!.CreatedAt : time.GetUtcNow(),
            },
            document);
        var isKept = await store.KeepAsync(connection, cancellationToken).ConfigureAwait(false)
            && (!invitation.IsSingleUse || await store.KeepAsync(invitation with { UsedAs = connection.OwnKey }, cancellationToken).ConfigureAwait(false));
        if (!isKept)
        {
            return new Received.Heard(request, null, [Refusal(request, document, inviting)]);
        }

        var response = new DidExchangeResponse
        {
            Version = request.Version,
            Thread = new MessageThread(request.ThreadId),
            Did = own.Did,
            DidRotate = Attachment.Sign(Encoding.UTF8.GetBytes(own.Did), null, inviting),
        };
        return new Received.Heard(request, connection, [Pack(connection, response, key)]);
    }

    private static Packed Refusal(DidExchangeRequest request, DidDocument document, Ed25519PrivateKey inviting)
    {
        var problem = Problem(request, "request_not_accepted", "The invitation is not known, used up or too old.");
        return new Packed(document.Keys[0], document.Endpoint, Envelope.Pack(MessageCodec.Encode(problem), document.Keys[0], inviting));
    }

    private static Connection Meet(Connection connection, DidDocument document) => connection with
    {
        TheirDid = document.Did,
        TheirKeys = [.. document.Keys.Select(Verkey.Format)],
        TheirEndpoint = document.Endpoint,
        TheirRoutingKeys = [.. document.RoutingKeys.Select(Verkey.Format)],
    };

    // A document that is attached must be signed with a key of its own; a DID that says its document needs no signature, for its holder has packed the message.
    private static DidDocument? DocumentOf(DidExchangeRequest request) =>
        PeerDid.Resolve(request.Did)
        ?? (request.DidDocument is { } attached && attached.Bytes() is { } bytes && PeerDid.Read(request.Did, bytes) is { } document && attached.OpenSigned(document.Keys) is not null ? document : null);

    private static DidDocument? DocumentOf(DidExchangeResponse response, List<Ed25519PublicKey> inviter) =>
        PeerDid.Resolve(response.Did) is { } resolved
            ? response.DidRotate?.OpenSigned(inviter) is { } rotated && rotated.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(response.Did)) ? resolved : null
            : response.DidDocument?.OpenSigned(inviter) is { } document ? PeerDid.Read(response.Did, document) : null;

    private static Packed Pack(Connection connection, AgentMessage message, Ed25519PrivateKey key)
    {
        var recipient = Verkey.Find(connection.TheirKeys[0])!.Value;
        var envelope = Envelope.Pack(MessageCodec.Encode(message), recipient, key);
        foreach (var hop in connection.TheirRoutingKeys.Select(Verkey.Find).OfType<Ed25519PublicKey>())
        {
            using var inner = JsonDocument.Parse(envelope);
            envelope = Envelope.Pack(MessageCodec.Encode(new Forward { To = Verkey.Format(recipient), Message = inner.RootElement }), hop, null);
            recipient = hop;
        }

        return new Packed(recipient, connection.TheirEndpoint, envelope);
    }

    private static string Shorten(string? label) => label is null ? "" : label.Length <= 100 ? label : label[..100];
}

/// <summary>What an agent says of itself.</summary>
/// <param name="Label">For people.</param>
/// <param name="Endpoint">Where messages for it go; <see cref="DidDocument.Queue"/> where they must wait.</param>
/// <param name="RoutingKey">The key that messages to be forwarded are packed for; null where it forwards none.</param>
public sealed record AgentProfile(string Label, string Endpoint, Ed25519PublicKey? RoutingKey = null)
{
    /// <summary>Name of the routing key.</summary>
    public const string RoutingKeyName = "routing";

    internal bool HasEndpoint => Endpoint != DidDocument.Queue;
}
