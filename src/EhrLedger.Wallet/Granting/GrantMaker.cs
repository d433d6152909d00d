using System.Collections.Immutable;
using System.Security.Cryptography;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Granting;

/// <summary>Makes grants: keys from the grantee, drafts into the state, entries onto the ledger, access keys to the grantee; each step so that it can be taken again.</summary>
internal sealed class GrantMaker(WalletSession session, SubjectTopics topics, OwnRecordReader records)
{
    /// <summary>Decides on grants. After it returns drafts, they are in the state.</summary>
    /// <returns>Each draft with its subject as it was when it was made.</returns>
    public async Task<(IReadOnlyList<(GrantDraft Draft, SubjectView View)> Drafts, GrantRefusal? Refusal)> DraftAsync(GrantOrder order, CancellationToken cancellationToken)
    {
        var categories = order.Categories.Distinct().Order().ToList();
        if (!IsSound(order, categories))
        {
            return ([], GrantRefusal.BadOrder);
        }

        if (session.State.Find(order.Relationship) is not { IsConnected: true } tie)
        {
            return ([], GrantRefusal.NotConnected);
        }

        var (offer, refusal) = await AskForKeysAsync(order.Invitation, categories.Count, cancellationToken).ConfigureAwait(false);
        if (offer is null)
        {
            return ([], refusal);
        }

        var drafts = new List<(GrantDraft Draft, SubjectView View)>();
        foreach (var (category, keys) in categories.Zip(offer.Keys))
        {
            var view = await topics.SyncAsync(tie.Index, category, cancellationToken).ConfigureAwait(false);
            var id = GrantId.Generate();
            var terms = new GrantTerms(
                Salt.Generate(), view.Keys.Subject, 0, view.Epoch, [.. order.Purposes.Distinct().Order()], order.Records is { } ids ? [.. ids.Distinct().Order()] : null, order.Future);
            ReadOnlyMemory<byte>? single = null;
            if (order.Records is not null)
            {
                single = await SingleRecordsAsync(view, id, terms, offer.Statement.PatientLink, cancellationToken).ConfigureAwait(false);
                if (single is null)
                {
                    return ([], GrantRefusal.RecordsNotAvailable);
                }
            }

            drafts.Add((new GrantDraft(
                id, tie.Index, category, order.Invitation.Grantee, keys.Reader, keys.Answer, offer.Statement.SignedBytes, DayRange.Of(order.First, order.Last), terms, single), view));
        }

        await session.SaveAsync(session.State with { Drafts = session.State.Drafts.AddRange(drafts.Select(one => one.Draft)) }, cancellationToken).ConfigureAwait(false);
        return (drafts, null);
    }

    /// <summary>Brings a draft as far as it goes.</summary>
    /// <param name="draft">Of the state.</param>
    /// <param name="cancellationToken">Gives up; it may be called again.</param>
    /// <param name="known">Its subject where it was brought up to date just now.</param>
    /// <returns>True once it is final and delivered, or can never be; it is no draft any more then.</returns>
    public async Task<bool> AdvanceAsync(GrantDraft draft, CancellationToken cancellationToken, SubjectView? known = null)
    {
        var keys = session.KeysOf(draft.Relationship, draft.Category);
        var tie = session.State.Find(draft.Relationship);
        if (tie is null || session.OpenStatement(draft.Grantee, draft.Statement) is not { } statement)
        {
            await DropAsync(draft, null, cancellationToken).ConfigureAwait(false);
            return true;
        }

        using var access = draft.SingleRecords is { } single
            ? AccessKey.TryParse(single)
            : AccessKeys.ForEpochs(keys, draft.Id, tie.Organisation, draft.Terms, draft.Terms.LastEpoch, statement.PatientLink);
        if (access is null)
        {
            await DropAsync(draft, null, cancellationToken).ConfigureAwait(false);
            return true;
        }

        var (opened, isOpen) = await OpenAsync(draft.Relationship, draft.Category, cancellationToken, known).ConfigureAwait(false);
        if (!isOpen)
        {
            return false;
        }

        if (opened.State!.Revoked.Contains(draft.Id) || (draft.Days.Last < session.Today && opened.Find(draft.Id) is null))
        {
            await DropAsync(draft, null, cancellationToken).ConfigureAwait(false);
            return true;
        }

        var memo = new GrantMemo(draft.Grantee, draft.Category, draft.Terms, draft.Answer, draft.Statement);
        var (_, isGranted) = await topics.EnsureAsync(
            draft.Relationship,
            draft.Category,
            view => view.Find(draft.Id) is not null,
            view => EntriesOf(view).Grant(
                new GrantBody(draft.Id, draft.Reader, draft.Answer.Digest, draft.Days, draft.Terms.Digest, access.ComputeDigest(), view.Keys.Memo.Seal(draft.Id, memo)), session.ValidUntil),
            cancellationToken,
            opened).ConfigureAwait(false);
        if (!isGranted || !await DeliverAsync(draft.Grantee, draft.Reader, draft.Answer, access, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await DropAsync(draft, draft.Terms.LastEpoch, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Has a subject appear on the ledger, if it has not.</summary>
    public Task<(SubjectView View, bool IsOpen)> OpenAsync(uint relationship, Category category, CancellationToken cancellationToken, SubjectView? known = null) => topics.EnsureAsync(
        relationship,
        category,
        view => view.State is not null,
        view => EntriesOf(view).Open(new SubjectOpened(view.Relationship.Organisation, 0, view.Keys.SealingKey(0).Public.Digest), session.ValidUntil),
        cancellationToken,
        known);

    /// <summary>Gives the grantee an access key, anew if need be.</summary>
    public async Task<bool> DeliverAsync(
        Ledger.Membership.OrganisationId grantee, Crypto.Signing.Ed25519PublicKey reader, Crypto.Hpke.XWingPublicKey answer, AccessKey access, CancellationToken cancellationToken)
    {
        if (session.Nodes.Find(grantee) is not { } node)
        {
            return false;
        }

        var (message, _) = access.Seal(answer);
        return await node.Wallet.DeliverAsync(new GrantDelivery(access.Grant, reader, message), access.Subject.Topic, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given;
    }

    public ConsentEntries EntriesOf(SubjectView view) => new(view.Keys.Subject, view.Keys.Identity, session.Genesis);

    private bool IsSound(GrantOrder order, List<Category> categories) =>
        categories.Count is > 0 and <= ReaderKeysOffer.MostKeys
        && order.Purposes.Count is > 0 and <= 32
        && order.First <= order.Last
        && DayRange.Of(order.First, order.Last) is var days
        && days.Last >= session.Today
        && days.Count <= SubjectContract.MostDays
        && (order.Records is null || (categories.Count == 1 && !order.Future && order.Records.Count is > 0 and <= GrantTerms.MostRecords));

    /// <summary>Has the grantee's node make keys, and sign that they are its own.</summary>
    public async Task<(ReaderKeysOffer? Offer, GrantRefusal? Refusal)> AskForKeysAsync(AccessInvitation invitation, int count, CancellationToken cancellationToken)
    {
        if (session.Nodes.Find(invitation.Grantee) is null)
        {
            await session.Membership.RefreshAsync(invitation.Grantee, cancellationToken).ConfigureAwait(false);
        }

        if (session.Nodes.Find(invitation.Grantee) is not { } node)
        {
            return (null, GrantRefusal.UnknownGrantee);
        }

        var answer = await node.Wallet.RequestReaderKeysAsync(invitation.Request, count, cancellationToken).ConfigureAwait(false);
        if (answer is Answer<ReaderKeysOffer>.Untrue && await session.Membership.RefreshAsync(invitation.Grantee, cancellationToken).ConfigureAwait(false))
        {
            // The grantee may have changed its key since this wallet looked.
            answer = await node.Wallet.RequestReaderKeysAsync(invitation.Request, count, cancellationToken).ConfigureAwait(false);
        }

        session.Log.Note(node, answer);
        return answer switch
        {
            Answer<ReaderKeysOffer>.Given(var offer) => (offer, null),
            Answer<ReaderKeysOffer>.Refused => (null, GrantRefusal.UnknownRequest),
            Answer<ReaderKeysOffer>.Untrue => (null, GrantRefusal.GranteeNotProven),
            _ => (null, GrantRefusal.GranteeUnavailable),
        };
    }

    private async Task<ReadOnlyMemory<byte>?> SingleRecordsAsync(SubjectView view, GrantId id, GrantTerms terms, string patientLink, CancellationToken cancellationToken)
    {
        var found = await records.FindKeysAsync(view, terms.Records!.ToImmutableHashSet(), cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return null;
        }

        using var access = AccessKeys.ForRecords(view.Keys, id, view.Relationship.Organisation, terms, found, patientLink);
        return access.Encode();
    }

    private Task DropAsync(GrantDraft draft, uint? delivered, CancellationToken cancellationToken)
    {
        if (draft.SingleRecords is { } secret && System.Runtime.InteropServices.MemoryMarshal.TryGetArray(secret, out var bytes))
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        var state = session.State;
        return session.SaveAsync(
            state with
            {
                Drafts = state.Drafts.RemoveAll(other => other.Id == draft.Id),
                Delivered = delivered is { } epoch ? state.Delivered.SetItem(draft.Id, epoch) : state.Delivered,
            },
            cancellationToken);
    }
}
