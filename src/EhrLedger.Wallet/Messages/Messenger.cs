using System.Text;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Messages;
using EhrLedger.Wallet.State;
using Invitation = EhrLedger.Client.Invitations.Invitation;

namespace EhrLedger.Wallet.Messages;

/// <summary>Messages with organisations: meets their agents, picks up what waits, keeps requests, tells decisions. Envelopes go to the address that the ledger has, whatever an invitation says.</summary>
internal sealed class Messenger(WalletSession session, WalletAgent agent)
{
    private const int AtOnce = 10;
    private const int MostRounds = 100;

    /// <summary>What people have written.</summary>
    public TextKeeper Texts { get; } = new(session);

    /// <summary>Requests that wait for the patient, the oldest first.</summary>
    public IReadOnlyList<AccessAsked> Requests => [.. session.State.Requests.Where(request => !request.IsAnswered).Select(Show)];

    public KeptRequest? Find(ReadOnlyMemory<byte> request) => session.State.Requests.Find(kept => kept.Request == Convert.ToHexStringLower(request.Span) && !kept.IsAnswered);

    public async Task<MeetOutcome> MeetAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        if (invitation.Genesis != session.Genesis || await FindNodeAsync(invitation.Organisation, cancellationToken).ConfigureAwait(false) is not { } node)
        {
            return MeetOutcome.OrganisationUnknown;
        }

        if (agent.Find(invitation.Organisation) is not { IsReady: true })
        {
            var name = WalletAgent.KeyNameOf(invitation.Organisation);
            if (invitation.Agent is null || await agent.Agent.AcceptAsync(invitation.Agent, name, name, cancellationToken).ConfigureAwait(false) is not var (_, request))
            {
                return MeetOutcome.NotOffered;
            }

            switch (await node.Wallet.SendEnvelopeAsync(request.Envelope, cancellationToken).ConfigureAwait(false))
            {
                case Answer<ReadOnlyMemory<byte>>.Given(var back) when await HearAsync(back, cancellationToken).ConfigureAwait(false) is { Connection.IsReady: true } answered:
                    foreach (var complete in answered.Answers)
                    {
                        await node.Wallet.SendEnvelopeAsync(complete.Envelope, cancellationToken).ConfigureAwait(false);
                    }

                    break;
                case Answer<ReadOnlyMemory<byte>>.Given or Answer<ReadOnlyMemory<byte>>.Refused:
                    return MeetOutcome.Refused;
                default:
                    return MeetOutcome.Unavailable;
            }
        }

        using var key = session.Seed.DeriveAgentSealingKey(invitation.Organisation.Key);
        var told = agent.Agent.Pack(agent.Find(invitation.Organisation)!, WalletKey.Of(key.Public));
        return await node.Wallet.SendEnvelopeAsync(told.Envelope, cancellationToken).ConfigureAwait(false) is Answer<ReadOnlyMemory<byte>>.Given ? MeetOutcome.Met : MeetOutcome.Unavailable;
    }

    public async Task<MessagesChecked> CheckAsync(CancellationToken cancellationToken)
    {
        var (requests, notices, texts) = (new List<AccessAsked>(), new List<ReadNoticed>(), new List<TextReceived>());
        var isComplete = true;
        foreach (var tie in session.State.Agents.Where(tie => tie.Connection.IsReady).ToList())
        {
            isComplete &= await PickUpAsync(tie.Organisation, requests, notices, texts, cancellationToken).ConfigureAwait(false);
        }

        foreach (var untold in session.State.Requests.Where(request => !request.Untold.IsEmpty).ToList())
        {
            isComplete &= await TellAsync(untold, cancellationToken).ConfigureAwait(false);
        }

        return new MessagesChecked(requests, notices, texts, isComplete);
    }

    /// <summary>The patient has decided. The organisation hears of grants, and of nothing else.</summary>
    public async Task DecideAsync(KeptRequest request, IReadOnlyList<GrantId> grants, CancellationToken cancellationToken)
    {
        var decided = request with { IsAnswered = true, Untold = [.. grants.Select(grant => Convert.ToHexStringLower(grant.ToArray()))] };
        await KeepAsync(decided, cancellationToken).ConfigureAwait(false);
        if (grants.Count > 0)
        {
            await TellAsync(decided, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TellAsync(KeptRequest request, CancellationToken cancellationToken)
    {
        if (agent.Find(request.Organisation) is not { IsReady: true } connection
            || await FindNodeAsync(request.Organisation, cancellationToken).ConfigureAwait(false) is not { } node
            || session.Members.Find(request.Organisation) is not { } member
            || XWingPublicKey.TryFromBytes(member.SealingKey.Span) is not { } sealing)
        {
            return false;
        }

        var decision = Decision.Seal(sealing, request.Thread, new DecisionBody(request.Request, [.. request.Untold]));
        if (await node.Wallet.SendEnvelopeAsync(agent.Agent.Pack(connection, decision).Envelope, cancellationToken).ConfigureAwait(false) is not Answer<ReadOnlyMemory<byte>>.Given)
        {
            return false;
        }

        await KeepAsync(request with { Untold = [] }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> PickUpAsync(
        OrganisationId organisation, List<AccessAsked> requests, List<ReadNoticed> notices, List<TextReceived> texts, CancellationToken cancellationToken)
    {
        if (await FindNodeAsync(organisation, cancellationToken).ConfigureAwait(false) is not { } node)
        {
            return false;
        }

        AgentMessage next = new PickupDeliveryRequest { Limit = AtOnce };
        for (var round = 0; round < MostRounds; round++)
        {
            var sent = agent.Agent.Pack(agent.Find(organisation)!, next);
            if (await node.Wallet.SendEnvelopeAsync(sent.Envelope, cancellationToken).ConfigureAwait(false) is not Answer<ReadOnlyMemory<byte>>.Given(var back)
                || await HearAsync(back, cancellationToken).ConfigureAwait(false) is not { } answer)
            {
                return false;
            }

            switch (answer.Message)
            {
                case PickupDelivery delivery:
                    foreach (var attachment in delivery.Attachments.Take(AtOnce))
                    {
                        await TakeAsync(organisation, attachment, requests, notices, texts, cancellationToken).ConfigureAwait(false);
                    }

                    next = new PickupReceived { MessageIds = [.. delivery.Attachments.Take(AtOnce).Select(attachment => attachment.Id).OfType<string>()] };
                    break;
                case PickupStatus { MessageCount: > 0 }:
                    next = new PickupDeliveryRequest { Limit = AtOnce };
                    break;
                default:
                    return answer.Message is PickupStatus;
            }
        }

        return false;
    }

    // What does not open is acknowledged with the rest: it would never open.
    private async Task TakeAsync(
        OrganisationId organisation, Attachment attachment, List<AccessAsked> requests, List<ReadNoticed> notices, List<TextReceived> texts, CancellationToken cancellationToken)
    {
        if (attachment.Data.Json is not { } json || await HearAsync(Encoding.UTF8.GetBytes(json.GetRawText()), cancellationToken).ConfigureAwait(false) is not { Connection.About: { } about } heard || about != organisation.ToString())
        {
            return;
        }

        using var key = session.Seed.DeriveAgentSealingKey(organisation.Key);
        switch (heard.Message)
        {
            case AccessRequest message when message.Open(key) is { } body && Keep(organisation, message, body) is { } kept:
                if (session.State.Requests.TrueForAll(known => known.Request != kept.Request))
                {
                    await KeepAsync(kept, cancellationToken).ConfigureAwait(false);
                    requests.Add(Show(kept));
                }

                break;
            case ReadNotice message when message.Open(key) is { Index: >= 0 } body && FindNoticed(organisation, body) is { } noticed:
                notices.Add(noticed);
                break;
            case BasicMessage message:
                var text = new TextReceived(organisation, message.Id, message.Content, DateTimeOffset.FromUnixTimeMilliseconds(session.Now.ToUnixTimeMilliseconds()));
                await Texts.AddAsync(text, cancellationToken).ConfigureAwait(false);
                texts.Add(text);
                break;
        }
    }

    private async Task<Received.Heard?> HearAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken) =>
        envelope.IsEmpty ? null : await agent.Agent.ReceiveAsync(envelope, cancellationToken).ConfigureAwait(false) as Received.Heard;

    private KeptRequest? Keep(OrganisationId organisation, AccessRequest message, AccessRequestBody body) =>
        body.Organisation == organisation.ToString()
        && body.Request.Length == 32 && body.Request.All(char.IsAsciiHexDigitLower)
        && body.Purposes.Length is > 0 and <= KeptRequest.MostCodes && body.Categories.Length is > 0 and <= KeptRequest.MostCodes
        && body.Days is > 0 and <= 3_650
        && (body.Text is null || body.Text.Length <= KeptRequest.MostText)
        && body.Purposes.Concat(body.Categories).All(code => code.Length <= 40)
            ? new KeptRequest(body.Request, organisation, message.ThreadId, [.. body.Purposes], [.. body.Categories], (uint)body.Days, body.Text ?? "", (ulong)session.Now.ToUnixTimeMilliseconds(), false, [])
            : null;

    private ReadNoticed? FindNoticed(OrganisationId organisation, ReadNoticeBody body)
    {
        foreach (var tie in session.State.Relationships.Where(tie => tie.Organisation == organisation && tie.IsConnected))
        {
            foreach (var mark in tie.Marks)
            {
                if (session.KeysOf(tie.Index, mark.Category).Subject.Key.ToDidKey() == body.Subject)
                {
                    return new ReadNoticed(organisation, tie.Index, mark.Category, (ulong)body.Index);
                }
            }
        }

        return null;
    }

    private Task KeepAsync(KeptRequest request, CancellationToken cancellationToken)
    {
        var state = session.State;
        return session.SaveAsync(
            state with { Requests = [.. state.Requests.Where(other => other.Request != request.Request).Append(request).OrderBy(other => other.ReceivedAt).TakeLast(KeptRequest.Most)] }, cancellationToken);
    }

    private async Task<NodeClient?> FindNodeAsync(OrganisationId organisation, CancellationToken cancellationToken)
    {
        if (session.Nodes.Find(organisation) is null)
        {
            await session.Membership.RefreshAsync(organisation, cancellationToken).ConfigureAwait(false);
        }

        return session.Nodes.Find(organisation);
    }

    private static AccessAsked Show(KeptRequest kept) => new(
        Convert.FromHexString(kept.Request),
        kept.Organisation,
        [.. kept.Purposes.Select(PurposeOfUse.TryParse).OfType<PurposeOfUse>()],
        [.. kept.Categories.Select(FindCategory).OfType<Category>()],
        (int)kept.Days,
        kept.Text,
        DateTimeOffset.FromUnixTimeMilliseconds((long)kept.ReceivedAt));

    private static Category? FindCategory(string code) => Enum.GetValues<Category>().Where(category => category.ToString() == code).Select(category => (Category?)category).FirstOrDefault();
}
