using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Granting;

/// <summary>
/// Ends grants, and keeps author and grantees in step with a subject's epoch. What is to be done is read off the ledger each time, so that it can be interrupted anywhere: a new epoch where a grant has
/// lapsed; the epoch's keys to the author; the grants that stay extended to it; their access keys delivered.
/// </summary>
internal sealed class EpochKeeper(WalletSession session, SubjectTopics topics, GrantMaker grants)
{
    /// <summary>Ends a grant.</summary>
    /// <returns>True once that is final. What follows from it, <see cref="KeepAsync"/> does.</returns>
    public async Task<bool> RevokeAsync(PendingRevocation revocation, CancellationToken cancellationToken)
    {
        var (view, isRevoked) = await topics.EnsureAsync(
            revocation.Relationship,
            revocation.Category,
            subject => subject.State is null || subject.State.Revoked.Contains(revocation.Grant),
            subject => grants.EntriesOf(subject).Revoke(
                new Revoked(revocation.Grant, subject.Epoch + 1, subject.Keys.SealingKey(subject.Epoch + 1).Public.Digest), session.ValidUntil),
            cancellationToken).ConfigureAwait(false);

        // A subject that never appeared has no grants; only a draft could have been meant, and it is gone.
        if (!isRevoked || (view.State is null && view.Followed.Outcome != Client.Topics.TopicOutcome.Complete))
        {
            return false;
        }

        await session.SaveAsync(
            session.State with
            {
                Revocations = session.State.Revocations.RemoveAll(other => other.Grant == revocation.Grant),
                Delivered = session.State.Delivered.Remove(revocation.Grant),
            },
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Does what the subject's state on the ledger asks for.</summary>
    /// <returns>True if nothing is left to do.</returns>
    public async Task<bool> KeepAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        // A grantee whose grant has lapsed, or was ended by a delegate, keeps its keys; so does who has opened records in an emergency, and a delegate who has left: later records take others.
        var (view, isStarted) = await topics.EnsureAsync(
            relationship,
            category,
            subject => subject.State is null
                || !(subject.Grants.Any(grant => !grant.Stays(session.Today) && grant.KeysThrough == subject.Epoch)
                    || subject.Delegations.Any(delegation => delegation.GivesKeys && delegation.HasEnded(session.Today) && delegation.Epoch == subject.Epoch)
                    || subject.Emergencies.Any(emergency => emergency.HasEnded(session.Now) && emergency.Epoch == subject.Epoch)),
            subject => grants.EntriesOf(subject).StartEpoch(new EpochStarted(subject.Epoch + 1, subject.Keys.SealingKey(subject.Epoch + 1).Public.Digest), session.ValidUntil),
            cancellationToken).ConfigureAwait(false);
        if (view.State is null)
        {
            return isStarted;
        }

        var told = isStarted & await TellAuthorAsync(view, cancellationToken).ConfigureAwait(false);
        var (extended, isExtended) = await ExtendAsync(view, cancellationToken).ConfigureAwait(false);
        return told & isExtended & await DeliverAsync(extended, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TellAuthorAsync(SubjectView view, CancellationToken cancellationToken)
    {
        var tie = session.State.Find(view.Relationship.Index)!;
        var mark = tie.Mark(view.Category);
        if (mark.AuthorEpoch >= view.Epoch)
        {
            return true;
        }

        if (session.Nodes.Find(tie.Organisation) is not { } node)
        {
            return false;
        }

        var sealingKey = view.Keys.SealingKey(view.Epoch).Public;
        var indexKey = new byte[SymmetricKey.KeyLength];
        using (var key = view.Keys.DeriveIndexKey(view.Epoch))
        {
            key.ExportTo(indexKey);
        }

        var proof = view.Keys.Identity.Sign(NewEpoch.MessageOf(session.Genesis, tie.Organisation, view.Epoch, sealingKey, indexKey));
        var message = new NewEpoch(view.Keys.Subject, view.Epoch, sealingKey, indexKey, proof).Encode();
        var answer = await node.Wallet.StartEpochAsync(message, view.Keys.Subject.Topic, cancellationToken).ConfigureAwait(false);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(indexKey);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(message);
        if (answer is not Answer<Done>.Given)
        {
            return false;
        }

        tie = session.State.Find(view.Relationship.Index)!;
        await session.SaveAsync(session.State.With(tie.With(tie.Mark(view.Category) with { AuthorEpoch = view.Epoch })), cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<(SubjectView View, bool Done)> ExtendAsync(SubjectView view, CancellationToken cancellationToken) =>
        await topics.EnsureAsync(
            view.Relationship.Index,
            view.Category,
            subject => !Behind(subject).Any(),
            subject =>
            {
                var extensions = new List<GrantExtension>();
                foreach (var (grant, memo, statement) in Behind(subject).Take(SubjectState.MostGrants))
                {
                    using var access = AccessKeys.ForEpochs(subject.Keys, grant.Body.Id, subject.Relationship.Organisation, memo.Terms, subject.Epoch, statement.PatientLink, grant.By);
                    extensions.Add(new GrantExtension(grant.Body.Id, access.ComputeDigest(), subject.Keys.Memo.Seal(grant.Body.Id, new ExtensionMemo(memo.Terms.FirstEpoch))));
                }

                return grants.EntriesOf(subject).Extend(new GrantExtended(subject.Epoch, extensions), session.ValidUntil);
            },
            cancellationToken,
            view).ConfigureAwait(false);

    /// <summary>Grants that stay, include records to come, and do not reach the current epoch.</summary>
    private IEnumerable<(GrantSeen Grant, GrantMemo Memo, ReaderKeyStatement Statement)> Behind(SubjectView view) =>
        from grant in view.Grants
        where grant.Stays(session.Today) && grant.KeysThrough < view.Epoch && grant.Memo is { Terms.Future: true }
        let statement = session.FindStatement(view, grant)
        where statement is not null
        select (grant, grant.Memo!, statement);

    private async Task<bool> DeliverAsync(SubjectView view, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var grant in view.Grants.Where(grant => grant.Stays(session.Today) && session.State.Drafts.TrueForAll(draft => draft.Id != grant.Body.Id)))
        {
            if (grant.KeysThrough is not { } through
                || (session.State.Delivered.TryGetValue(grant.Body.Id, out var delivered) && delivered >= through)
                || session.FindStatement(view, grant) is not { } statement)
            {
                continue;
            }

            using var access = AccessKeys.ForEpochs(view.Keys, grant.Body.Id, view.Relationship.Organisation, grant.Memo!.Terms, through, statement.PatientLink, grant.By);
            if (!await grants.DeliverAsync(grant.Memo.Grantee, grant.Body.ReaderKey, grant.Memo.AnswerKey, access, cancellationToken).ConfigureAwait(false))
            {
                all = false;
                continue;
            }

            await session.SaveAsync(session.State with { Delivered = session.State.Delivered.SetItem(grant.Body.Id, through) }, cancellationToken).ConfigureAwait(false);
        }

        return all;
    }
}
