using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.Acting;

/// <summary>What this wallet's owner does for others, as their delegate: a part of <see cref="Wallet"/>. Whose wallet it is and whose records these are, nobody can link.</summary>
public sealed class ActingForOthers
{
    private readonly WalletSession _session;
    private readonly ActingTopics _topics;
    private readonly GrantMaker _grants;
    private readonly DirectoryKeeper _directories;
    private readonly OneAtATime _one;

    internal ActingForOthers(WalletSession session, GrantMaker grants, DirectoryKeeper directories, OneAtATime one) =>
        (_session, _topics, _grants, _directories, _one) = (session, new ActingTopics(session), grants, directories, one);

    /// <summary>For whom this wallet's owner has agreed to act, in the order of agreeing.</summary>
    public IReadOnlyList<ActingMandate> All => _session.State.ActingFor;

    /// <summary>Agrees to act.</summary>
    /// <param name="invitation">Of <see cref="PatientDelegations.Invite"/>; untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text to answer with. Null for anything that is no invitation of this consortium, and for one to act for oneself.</returns>
    public Task<string?> AcceptAsync(string invitation, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            if (DelegateInvitation.TryParse(invitation) is not { } read || read.Genesis != _session.Genesis || IsOwn(read))
            {
                return null;
            }

            var others = _session.State.ActingFor.RemoveAll(known => known.Mandate == read.Mandate);
            await _session.SaveAsync(_session.State with { ActingFor = others.Add(new ActingMandate(read.Mandate, read.Name)) }, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            var keys = Enumerable.Range(0, read.Subjects).Select(number => _session.Seed.DeriveDelegateKey(read.Mandate.Key, (uint)number)).ToList();
            using var sealingKey = _session.Seed.DeriveDelegateSealingKey(read.Mandate.Key);
            var text = DelegateAcceptance.Sign(_session.Genesis, read.Mandate, read.Salt, keys, sealingKey).ToText();
            keys.ForEach(key => key.Dispose());
            return (string?)text;
        },
        cancellationToken);

    /// <summary>What may be done for somebody, as the ledger has it now.</summary>
    /// <param name="mandate">Of <see cref="All"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where no member has anything for it yet, or none answers.</returns>
    public Task<ActingShown?> ReadAsync(MandateId mandate, CancellationToken cancellationToken) => WithKeysAsync(
        mandate,
        async (acting, keys, token) =>
        {
            var shown = new List<ActingSubject>();
            foreach (var subject in keys.Subjects)
            {
                var view = await _topics.SyncAsync(acting, subject, token).ConfigureAwait(false);
                if (view.Open is { } open)
                {
                    shown.Add(new ActingSubject(
                        subject.Author, subject.Category, open.Acts, open.Purposes, open.LastDay, [.. view.Grants.Where(grant => grant.Stays(_session.Today)).Select(grant => Show(subject, grant))]));
                }
            }

            return (ActingShown?)new ActingShown(acting.Mandate, acting.Name, shown);
        },
        (ActingShown?)null,
        cancellationToken);

    /// <summary>Allows somebody to read another's records.</summary>
    /// <param name="mandate">Under which.</param>
    /// <param name="order">What.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>As for <see cref="Wallet.GrantAsync"/>; <see cref="GrantRefusal.NotDelegated"/> for what is not left to this wallet's owner, or not any more.</returns>
    public Task<GrantOutcome> GrantAsync(MandateId mandate, ActingOrder order, CancellationToken cancellationToken) => WithKeysAsync(
        mandate,
        async (acting, keys, token) =>
        {
            ArgumentNullException.ThrowIfNull(order);
            var days = DayRange.Of(order.First, order.Last);
            if (order.Categories.Count == 0 || order.Purposes.Count == 0 || days.Count < 1 || days.Last < _session.Today)
            {
                return new GrantOutcome.NotOrdered(GrantRefusal.BadOrder);
            }

            var views = new List<ActingView>();
            foreach (var category in order.Categories.Distinct().Order())
            {
                var subject = keys.Subjects.FirstOrDefault(subject => subject.Author == order.Author && subject.Category == category);
                var view = subject is null ? null : await _topics.SyncAsync(acting, subject, token).ConfigureAwait(false);
                if (view?.Open is not { } open || !open.Acts.HasFlag(DelegateActs.Grant) || view.Subject.Epochs.Count == 0 || order.Purposes.Except(open.Purposes).Any() || days.Last > open.LastDay)
                {
                    return new GrantOutcome.NotOrdered(GrantRefusal.NotDelegated);
                }

                views.Add(view);
            }

            var (offer, refusal) = await _grants.AskForKeysAsync(order.Invitation, views.Count, token).ConfigureAwait(false);
            if (offer is null)
            {
                return new GrantOutcome.NotOrdered(refusal!.Value);
            }

            var (ordered, waiting) = (new List<GrantId>(), new List<GrantId>());
            foreach (var (view, pair) in views.Zip(offer.Keys))
            {
                var (id, subject) = (GrantId.Generate(), view.Subject);
                var terms = new GrantTerms(Salt.Generate(), subject.Subject, subject.Epochs[0].Epoch, subject.Epochs[^1].Epoch, [.. order.Purposes.Distinct().Order()], null, order.Future);
                var memo = new GrantMemo(order.Invitation.Grantee, subject.Category, terms, pair.Answer, offer.Statement.SignedBytes);
                ordered.Add(id);
                if (!await GrantAsync(acting, subject, id, pair.Reader, days, memo, offer.Statement.PatientLink, token).ConfigureAwait(false))
                {
                    waiting.Add(id);
                }
            }

            await _directories.PublishAsync(token).ConfigureAwait(false);
            return (GrantOutcome)new GrantOutcome.Ordered(ordered, waiting);
        },
        new GrantOutcome.NotOrdered(GrantRefusal.NotDelegated),
        cancellationToken);

    /// <summary>Ends a grant of another's records. Custodians stop as soon as they have it in their log; the keys of later records change when the patient's wallet runs.</summary>
    /// <param name="mandate">Under which.</param>
    /// <param name="grant">Of <see cref="ActingSubject.Grants"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns><see cref="RevokeOutcome.UnknownGrant"/> also for what is not left to this wallet's owner.</returns>
    public Task<RevokeOutcome> EndGrantAsync(MandateId mandate, GrantId grant, CancellationToken cancellationToken) => WithKeysAsync(
        mandate,
        async (acting, keys, token) =>
        {
            foreach (var subject in keys.Subjects)
            {
                var view = await _topics.SyncAsync(acting, subject, token).ConfigureAwait(false);
                if (view.Find(grant) is { } found && found.Stays(_session.Today) && view.Open?.Acts.HasFlag(DelegateActs.End) == true)
                {
                    var (_, ended) = await _topics.EnsureAsync(
                        acting, subject, now => now.Find(grant)?.EndedAt is not null, entries => entries.EndGrant(grant, _session.ValidUntil), token).ConfigureAwait(false);
                    return ended ? RevokeOutcome.Revoked : RevokeOutcome.Waiting;
                }
            }

            return RevokeOutcome.UnknownGrant;
        },
        RevokeOutcome.UnknownGrant,
        cancellationToken);

    /// <summary>Acts for somebody no more. What was granted goes on until the patient ends it, or it lapses.</summary>
    /// <param name="mandate">Which.</param>
    /// <param name="cancellationToken">Gives up; it may be called again.</param>
    /// <returns>True once nothing of it is in force.</returns>
    public Task<bool> LeaveAsync(MandateId mandate, CancellationToken cancellationToken) => WithKeysAsync(
        mandate,
        async (acting, keys, token) =>
        {
            var all = true;
            foreach (var subject in keys.Subjects)
            {
                var (view, left) = await _topics.EnsureAsync(acting, subject, now => !now.IsInForce, entries => entries.Leave(_session.ValidUntil), token).ConfigureAwait(false);
                all &= left && view.Followed.Outcome != Client.Topics.TopicOutcome.Offline;
            }

            return all;
        },
        false,
        cancellationToken);

    /// <summary>Who looked at another's records under grants, as far as it opens for this wallet. What authors read of their own, and what custodians say, only the patient is told.</summary>
    /// <param name="mandate">Under which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where seeing it is not left to this wallet's owner, or no member answers.</returns>
    public Task<IReadOnlyList<AccessEvent>?> ReadAccessLogAsync(MandateId mandate, CancellationToken cancellationToken) => WithKeysAsync(
        mandate,
        async (acting, keys, token) =>
        {
            var events = new List<AccessEvent>();
            var allowed = false;
            foreach (var subject in keys.Subjects)
            {
                var view = await _topics.SyncAsync(acting, subject, token).ConfigureAwait(false);
                if (view.Open?.Acts.HasFlag(DelegateActs.SeeLog) == true)
                {
                    allowed = true;
                    events.AddRange(view.Copy.Entries.Where(entry => entry.HasEffect).Select(entry => Tell(view, entry)).OfType<AccessEvent>());
                }
            }

            return allowed ? events.OrderBy(seen => seen.Index).ToList() : (IReadOnlyList<AccessEvent>?)null;
        },
        null,
        cancellationToken);

    /// <summary>Hands grantees the keys of grants that this wallet gave and was interrupted after. The caller is alone.</summary>
    /// <returns>True if nothing is left to do.</returns>
    internal async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        var done = true;
        foreach (var acting in _session.State.ActingFor)
        {
            using var keys = await _topics.FindKeysAsync(acting, cancellationToken).ConfigureAwait(false);
            foreach (var subject in keys?.Subjects ?? [])
            {
                var view = await _topics.SyncAsync(acting, subject, cancellationToken).ConfigureAwait(false);
                foreach (var grant in view.Grants.Where(grant => grant.IsOwn && grant.Stays(_session.Today) && !_session.State.Delivered.ContainsKey(grant.Body.Id)))
                {
                    done &= grant.Memo is not { } memo
                        || _session.OpenStatement(memo.Grantee, memo.Statement) is not { } statement
                        || await DeliverAsync(subject, grant.Body.Id, grant.Body.ReaderKey, memo, statement.PatientLink, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return done;
    }

    private bool IsOwn(DelegateInvitation invitation)
    {
        using var own = _session.Seed.DeriveMandateKey(invitation.Salt.ToArray());
        return own.Public == invitation.Mandate.Key;
    }

    private Task<T> WithKeysAsync<T>(MandateId mandate, Func<ActingMandate, DelegatedKeys, CancellationToken, Task<T>> work, T otherwise, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            if (_session.State.ActingFor.Find(known => known.Mandate == mandate) is not { } acting)
            {
                return otherwise;
            }

            using var keys = await _topics.FindKeysAsync(acting, token).ConfigureAwait(false);
            return keys is null ? otherwise : await work(acting, keys, token).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task<bool> GrantAsync(
        ActingMandate acting, DelegatedSubject subject, GrantId id, Crypto.Signing.Ed25519PublicKey reader, DayRange days, GrantMemo memo, string patientLink, CancellationToken cancellationToken)
    {
        using var memos = subject.OpenMemos();
        using var logKey = memos.DeriveLogKey(id);
        var digest = AccessOf(subject, id, memo.Terms, logKey, patientLink).ComputeDigest();
        var (_, granted) = await _topics.EnsureAsync(
            acting,
            subject,
            view => view.Find(id) is not null,
            entries => entries.Grant(new GrantBody(id, reader, memo.AnswerKey.Digest, days, memo.Terms.Digest, digest, memos.Seal(id, memo)), _session.ValidUntil),
            cancellationToken).ConfigureAwait(false);
        return granted && await DeliverAsync(subject, id, reader, memo, patientLink, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> DeliverAsync(DelegatedSubject subject, GrantId id, Crypto.Signing.Ed25519PublicKey reader, GrantMemo memo, string patientLink, CancellationToken cancellationToken)
    {
        using var memos = subject.OpenMemos();
        using var logKey = memos.DeriveLogKey(id);
        if (!await _grants.DeliverAsync(memo.Grantee, reader, memo.AnswerKey, AccessOf(subject, id, memo.Terms, logKey, patientLink), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await _session.SaveAsync(_session.State with { Delivered = _session.State.Delivered.SetItem(id, memo.Terms.LastEpoch) }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    // Its keys are the subject's, who disposes of them.
    private static AccessKey AccessOf(DelegatedSubject subject, GrantId id, GrantTerms terms, SymmetricKey logKey, string patientLink) => new()
    {
        Grant = id,
        Subject = subject.Subject,
        Author = subject.Author,
        Category = subject.Category,
        Terms = terms,
        LogKey = logKey,
        Epochs = [.. subject.Epochs.Where(epoch => epoch.Epoch >= terms.FirstEpoch && epoch.Epoch <= terms.LastEpoch)],
        Records = [],
        PatientLink = patientLink,
    };

    private static ActingGrantShown Show(DelegatedSubject subject, ActingGrant grant) => new(
        grant.Body.Id,
        grant.IsOwn,
        grant.Memo?.Grantee ?? subject.Logs.FirstOrDefault(log => log.Grant == grant.Body.Id)?.Grantee,
        grant.Body.Days,
        grant.Memo?.Terms.Purposes ?? [],
        grant.Time);

    private AccessEvent? Tell(ActingView view, Client.Topics.TopicEntry entry)
    {
        var isSearch = entry.Entry.Type == ConsentEntryTypes.Search;
        if ((!isSearch && entry.Entry.Type != ConsentEntryTypes.Read) || AccessBody.TryParse(entry.Entry.Body) is not { } body)
        {
            return null;
        }

        var (grant, log) = (view.Find(body.Grant), view.Subject.Logs.FirstOrDefault(log => log.Grant == body.Grant));
        using var memos = view.Subject.OpenMemos();
        using var ownKey = grant is { IsOwn: true } ? memos.DeriveLogKey(body.Grant) : null;
        var told = (ownKey ?? log?.Key) is { } key ? LoggedAccess.Open(entry.Entry, key) as LoggedAccess.Opened : null;
        return new AccessEvent(
            isSearch ? AccessKind.Searched : AccessKind.Read,
            entry.Proven.Time,
            entry.Proven.Leaf.Index,
            view.Subject.Category,
            view.Subject.Author,
            body.Grant,
            grant?.Memo?.Grantee ?? log?.Grantee,
            grant?.Memo is { } memo && _session.OpenStatement(memo.Grantee, memo.Statement) is { } statement && statement.Keys.Any(pair => pair.Reader == grant.Body.ReaderKey),
            told?.Details.Person ?? "",
            told?.Details.Role ?? "",
            told?.Purpose,
            told?.Records ?? [],
            null,
            told is not null,
            []);
    }
}
