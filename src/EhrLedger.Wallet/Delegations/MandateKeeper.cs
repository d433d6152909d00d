using EhrLedger.Client.Nodes;
using EhrLedger.Client.Topics;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Delegations;

/// <summary>
/// Begins and ends mandates, and keeps what their delegates have in step with the ledger. All but the seals is derived, or stands in the delegations' memos: what is to be done is read off the ledger, so that it can be interrupted anywhere.
/// </summary>
internal sealed class MandateKeeper(WalletSession session, SubjectTopics topics, GrantMaker grants, EpochKeeper epochs)
{
    // Longer than an entry can be under way: one that was sent before the end can't be logged after it.
    private static readonly TimeSpan Lingering = TimeSpan.FromMinutes(15);

    private readonly HashSet<Digest> _published = [];

    public MandateId MandateOf(Salt salt)
    {
        using var key = session.Seed.DeriveMandateKey(salt.ToArray());
        return new MandateId(key.Public);
    }

    /// <summary>Brings every subject up to date.</summary>
    /// <returns>Whether members answered about all of them.</returns>
    public async Task<bool> SyncAsync(CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var tie in session.State.Relationships.Where(tie => tie.IsConnected))
        {
            foreach (var mark in tie.Marks.Where(mark => mark.TopicNext > 0))
            {
                all &= (await topics.SyncAsync(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false)).Followed.Outcome != TopicOutcome.Offline;
            }
        }

        return all;
    }

    /// <summary>Every subject that has ever had a delegation, as this device last saw it.</summary>
    public async Task<IReadOnlyList<SubjectView>> FindViewsAsync(CancellationToken cancellationToken)
    {
        var views = new List<SubjectView>();
        foreach (var tie in session.State.Relationships.Where(tie => tie.IsConnected))
        {
            foreach (var mark in tie.Marks.Where(mark => mark.TopicNext > 0))
            {
                var view = await topics.OpenKeptAsync(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false);
                if (view.Delegations.Count > 0)
                {
                    views.Add(view);
                }
            }
        }

        return views;
    }

    /// <summary>Does what is left to do, on subjects that were brought up to date.</summary>
    /// <returns>True if nothing is.</returns>
    public async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        var done = true;
        foreach (var draft in session.State.MandateDrafts)
        {
            done &= await AdvanceAsync(draft, cancellationToken).ConfigureAwait(false);
        }

        foreach (var end in session.State.MandateEnds)
        {
            done &= await EndAsync(end, cancellationToken).ConfigureAwait(false);
        }

        return await PublishAsync(cancellationToken).ConfigureAwait(false) & done;
    }

    /// <summary>Brings a draft as far as it goes.</summary>
    /// <returns>True once all its delegations stand on the ledger, or can never; it is no draft any more then.</returns>
    private async Task<bool> AdvanceAsync(MandateDraft draft, CancellationToken cancellationToken)
    {
        var mandate = MandateOf(draft.Salt);
        var all = true;
        foreach (var ((relationship, category), number) in draft.Subjects.Select((subject, number) => (subject, number)))
        {
            var (opened, isOpen) = await grants.OpenAsync(relationship, category, cancellationToken).ConfigureAwait(false);
            if (!isOpen)
            {
                all = false;
                continue;
            }

            var keys = opened.Keys;
            var id = keys.Memo.DelegationOf(mandate);
            var memo = new DelegationMemo(draft.Salt, (uint)number, draft.SealingKey, draft.Name);
            var (_, shown) = await topics.EnsureAsync(
                relationship,
                category,
                view => view.FindDelegation(id) is not null || draft.LastDay < session.Today,
                view => grants.EntriesOf(view).Delegate(new Delegated(id, draft.Keys[number], draft.Acts, draft.Purposes, draft.LastDay, keys.Memo.Seal(id, memo)), session.ValidUntil),
                cancellationToken).ConfigureAwait(false);
            all &= shown;
        }

        if (all)
        {
            await session.SaveAsync(session.State with { MandateDrafts = session.State.MandateDrafts.RemoveAll(other => other.Salt == draft.Salt) }, cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    /// <summary>Ends every delegation of a mandate, each with its subject's epoch, and gives the grants that stay the keys of the next.</summary>
    /// <returns>True once none is open.</returns>
    private async Task<bool> EndAsync(PendingMandateEnd end, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var before in await FindViewsAsync(cancellationToken).ConfigureAwait(false))
        {
            var (relationship, category, id) = (before.Relationship.Index, before.Category, before.Keys.Memo.DelegationOf(end.Mandate));
            if (before.FindDelegation(id) is not { } seen || seen.HasEnded(session.Today))
            {
                continue;
            }

            var (_, ended) = await topics.EnsureAsync(
                relationship,
                category,
                view => view.FindDelegation(id)!.HasEnded(session.Today),
                view => grants.EntriesOf(view).EndDelegation(
                    id, new SubjectsEnding(view.Epoch + 1, view.Keys.SealingKey(view.Epoch + 1).Public.Digest, end.EndsGrants), session.ValidUntil),
                cancellationToken).ConfigureAwait(false);
            all &= ended & await epochs.KeepAsync(relationship, category, cancellationToken).ConfigureAwait(false);
        }

        if (all && session.Now.ToUnixTimeMilliseconds() - (long)end.At > Lingering.TotalMilliseconds)
        {
            await session.SaveAsync(session.State with { MandateEnds = session.State.MandateEnds.RemoveAll(other => other.Mandate == end.Mandate) }, cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    /// <summary>Leaves with the members, for each delegate, what the delegations in force ask for; nothing where none is.</summary>
    private async Task<bool> PublishAsync(CancellationToken cancellationToken)
    {
        var views = await FindViewsAsync(cancellationToken).ConfigureAwait(false);
        var all = true;
        foreach (var ofMandate in views.SelectMany(view => view.Delegations.Where(seen => seen.Memo is not null), (view, seen) => (View: view, Seen: seen)).GroupBy(one => one.Seen.Memo!.Salt))
        {
            var open = ofMandate.Where(one => !one.Seen.HasEnded(session.Today)).OrderBy(one => one.Seen.Memo!.Number);
            using var keys = new DelegatedKeys([.. open.Select(one => KeysOf(one.View, one.Seen))]);
            all &= await PublishAsync(ofMandate.Key, keys, ofMandate.First().Seen.Memo!, cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    private async Task<bool> PublishAsync(Salt salt, DelegatedKeys keys, DelegationMemo memo, CancellationToken cancellationToken)
    {
        var digest = keys.ComputeDigest();
        if (_published.Contains(digest))
        {
            return true;
        }

        using var key = session.Seed.DeriveMandateKey(salt.ToArray());
        var mandate = new MandateId(key.Public);
        byte[]? signedBytes = null;
        var has = 0;
        foreach (var node in session.Nodes.All)
        {
            var answer = await node.Wallet.ReadDirectoryAsync(mandate.Key, cancellationToken).ConfigureAwait(false);
            session.Log.Note(node, answer);
            if (answer.TryGet(out var directory) && PublishedKeys.TryParse(directory.Sealed)?.Digest == digest)
            {
                has++;
                continue;
            }

            signedBytes ??= new SealedDirectory((ulong)session.Now.ToUnixTimeMilliseconds(), keys.Seal(mandate, memo.SealingKey).Encode()).Sign(key, session.Genesis);
            has += await node.Wallet.WriteDirectoryAsync(mandate.Key, signedBytes, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given ? 1 : 0;
        }

        var published = has >= session.Consortium.HeadsToAsk;
        _ = published && _published.Add(digest);
        return published;
    }

    private static DelegatedSubject KeysOf(SubjectView view, DelegationSeen seen)
    {
        var acts = seen.Body.Acts;
        return new DelegatedSubject
        {
            Subject = view.Keys.Subject,
            Author = view.Relationship.Organisation,
            Category = view.Category,
            Delegation = seen.Body.Id,
            Number = seen.Memo!.Number,
            MemoKey = view.Keys.Memo.DeriveDelegateKey(seen.Body.Id),
            Epochs = seen.GivesKeys ? [.. Enumerable.Range(0, (int)view.Epoch + 1).Select(epoch => view.Keys.DeriveEpochKey((uint)epoch))] : [],
            Logs = acts.HasFlag(DelegateActs.SeeLog)
                ? [.. view.Grants.Where(grant => grant.Memo is not null && grant.By != seen.Body.Id).TakeLast(SubjectState.MostGrants)
                    .Select(grant => new DelegatedLog(grant.Body.Id, grant.Memo!.Grantee, view.Keys.MemoOf(grant.By).DeriveLogKey(grant.Body.Id)))]
                : [],
        };
    }
}
