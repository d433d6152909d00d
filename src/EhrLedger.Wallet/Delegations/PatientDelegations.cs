using System.Text;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Restoring;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Delegations;

/// <summary>Who may act for this wallet's patient: a part of <see cref="Wallet"/>.</summary>
public sealed class PatientDelegations
{
    private readonly WalletSession _session;
    private readonly MandateKeeper _keeper;
    private readonly DirectoryKeeper _directories;
    private readonly OneAtATime _one;

    internal PatientDelegations(WalletSession session, SubjectTopics topics, GrantMaker grants, EpochKeeper epochs, DirectoryKeeper directories, OneAtATime one) =>
        (_session, _keeper, _directories, _one) = (session, new MandateKeeper(session, topics, grants, epochs), directories, one);

    /// <summary>The text that asks somebody to act. It names no subject and holds no secret. Each asking is a new one.</summary>
    /// <param name="scope">What is to be left to the delegate: a key is asked for each of its subjects.</param>
    /// <param name="name">What the patient calls himself or herself there; at most 100 bytes.</param>
    /// <exception cref="ArgumentException">The name is too long, or the scope has no subject, or more than 64.</exception>
    public string Invite(DelegationScope scope, string name)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (Encoding.UTF8.GetByteCount(name ?? "") > DelegateInvitation.LongestName || scope.Subjects.Count is 0 or > DelegateInvitation.MostSubjects)
        {
            throw new ArgumentException("A name has at most 100 bytes, and a mandate 1 to 64 subjects.", nameof(scope));
        }

        var salt = Salt.Generate();
        return new DelegateInvitation(_session.Genesis, _keeper.MandateOf(salt), salt, scope.Subjects.Count, name ?? "").ToText();
    }

    /// <summary>Reads what somebody has answered to <see cref="Invite"/>.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="name">What the patient calls this delegate; at most 100 bytes.</param>
    /// <returns>Null unless it is an answer to this wallet's own invitation, and well signed.</returns>
    public AcceptedMandate? ReadAcceptance(string text, string name) =>
        Encoding.UTF8.GetByteCount(name ?? "") <= DelegateInvitation.LongestName
        && DelegateAcceptance.TryParse(text) is { } acceptance && acceptance.Mandate == _keeper.MandateOf(acceptance.Salt) && acceptance.Verifies(_session.Genesis)
            ? new AcceptedMandate(acceptance.Mandate, acceptance.Salt, acceptance.Keys, acceptance.SealingKey, name ?? "")
            : null;

    /// <summary>Lets somebody act, from now on.</summary>
    /// <param name="accepted">Of <see cref="ReadAcceptance"/>.</param>
    /// <param name="scope">As it was when the delegate was asked, or less.</param>
    /// <param name="cancellationToken">Gives up; what is left to do, <see cref="Wallet.ResumeAsync"/> does.</param>
    public Task<DelegateOutcome> BeginAsync(AcceptedMandate accepted, DelegationScope scope, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(accepted);
            ArgumentNullException.ThrowIfNull(scope);
            var subjects = scope.Subjects;
            var last = DayRange.Of(scope.Last, scope.Last).Last;
            if (subjects.Count == 0 || subjects.Count > accepted.Keys.Count || scope.Acts is 0 or > (DelegateActs.Grant | DelegateActs.End | DelegateActs.SeeLog)
                || scope.Purposes.Count is 0 or > GrantTerms.MostPurposes || last < _session.Today || last - _session.Today >= SubjectContract.MostDays)
            {
                return DelegateOutcome.BadScope;
            }

            if (scope.Relationships.Any(relationship => _session.State.Find(relationship) is not { IsConnected: true }))
            {
                return DelegateOutcome.NotConnected;
            }

            var draft = new MandateDraft(
                accepted.Salt, accepted.Name, [.. accepted.Keys.Take(subjects.Count)], accepted.SealingKey, scope.Acts, [.. scope.Purposes.Distinct().Order()], last, subjects);
            await _session.SaveAsync(
                _session.State with { MandateDrafts = _session.State.MandateDrafts.RemoveAll(other => other.Salt == draft.Salt).Add(draft) }, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            var done = await _keeper.KeepAsync(token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return done ? DelegateOutcome.Delegated : DelegateOutcome.Waiting;
        },
        cancellationToken);

    /// <summary>Ends what was left to somebody: from then on the delegate can do nothing more, and what is written later is sealed under keys that the delegate never had.</summary>
    /// <param name="mandate">Of <see cref="DelegationShown"/>.</param>
    /// <param name="endsGrants">Whether what the delegate has granted ends with it; if not, it goes on until the patient ends it, or it lapses.</param>
    /// <param name="cancellationToken">Gives up; <see cref="Wallet.ResumeAsync"/> goes on.</param>
    /// <returns>True if nothing is left to do.</returns>
    public Task<bool> EndAsync(MandateId mandate, bool endsGrants, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var state = _session.State;
            await _session.SaveAsync(
                state with
                {
                    MandateDrafts = state.MandateDrafts.RemoveAll(draft => _keeper.MandateOf(draft.Salt) == mandate),
                    MandateEnds = state.MandateEnds.RemoveAll(other => other.Mandate == mandate).Add(new PendingMandateEnd(mandate, endsGrants, (ulong)_session.Now.ToUnixTimeMilliseconds())),
                },
                token).ConfigureAwait(false);
            var known = await _keeper.SyncAsync(token).ConfigureAwait(false);
            var done = await _keeper.KeepAsync(token).ConfigureAwait(false) & known;
            return done & await _directories.PublishAsync(token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Who may act and could, and what they have done, as the ledger has it now.</summary>
    public Task<DelegationsShown> ReadAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var complete = await _keeper.SyncAsync(token).ConfigureAwait(false);
            var views = await _keeper.FindViewsAsync(token).ConfigureAwait(false);
            var shown = views
                .SelectMany(view => view.Delegations.Where(seen => seen.Memo is not null), (view, seen) => (View: view, Seen: seen))
                .GroupBy(one => one.Seen.Memo!.Salt)
                .OrderBy(ofMandate => ofMandate.Min(one => one.Seen.Index))
                .Select(ofMandate => Show(_keeper.MandateOf(ofMandate.Key), [.. ofMandate]))
                .ToList();
            var waiting = _session.State.MandateDrafts.Where(draft => shown.TrueForAll(one => one.Mandate != _keeper.MandateOf(draft.Salt))).Select(Show).ToList();
            return new DelegationsShown([.. shown, .. waiting], [.. shown.SelectMany(TellActs), .. views.SelectMany(TellBeyond)], complete);
        },
        cancellationToken);

    /// <summary>Does what is left to do. The caller is alone, and has brought the subjects up to date.</summary>
    internal Task<bool> KeepAsync(CancellationToken cancellationToken) => _keeper.KeepAsync(cancellationToken);

    private DelegationShown Show(MandateId mandate, IReadOnlyList<(SubjectView View, DelegationSeen Seen)> all)
    {
        var first = all[0].Seen;
        var status = all.All(one => one.Seen.EndedAt is not null) ? DelegationStatus.Ended
            : first.Body.LastDay < _session.Today ? DelegationStatus.Lapsed
            : _session.State.MandateEnds.Exists(end => end.Mandate == mandate) ? DelegationStatus.Ending
            : _session.State.MandateDrafts.Exists(draft => draft.Salt == first.Memo!.Salt) ? DelegationStatus.Waiting
            : DelegationStatus.Active;
        return new DelegationShown(
            mandate,
            first.Memo!.Name,
            status,
            first.Body.Acts,
            first.Body.Purposes,
            first.Body.LastDay,
            [.. all.OrderBy(one => one.Seen.Memo!.Number).Select(one => (one.View.Relationship.Index, one.View.Category))],
            all.Min(one => one.Seen.Time),
            [.. all.SelectMany(one => ActsOf(one.View, one.Seen)).OrderBy(act => act.Index)]);
    }

    private DelegationShown Show(MandateDraft draft) => new(
        _keeper.MandateOf(draft.Salt), draft.Name, DelegationStatus.Waiting, draft.Acts, draft.Purposes, draft.LastDay, draft.Subjects, null, []);

    private static IEnumerable<DelegateAct> ActsOf(SubjectView view, DelegationSeen seen)
    {
        var (relationship, category, id) = (view.Relationship.Index, view.Category, seen.Body.Id);
        foreach (var grant in view.Grants)
        {
            if (grant.By == id)
            {
                yield return new DelegateAct(DelegateActKind.Granted, grant.Time, grant.Index, relationship, category, grant.Body.Id, grant.Memo?.Grantee);
            }

            if (grant.EndedBy == id)
            {
                yield return new DelegateAct(DelegateActKind.EndedGrant, grant.RevokedAt!.Value, grant.EndedAtIndex, relationship, category, grant.Body.Id, grant.Memo?.Grantee);
            }
        }

        if (seen.HasLeft)
        {
            yield return new DelegateAct(DelegateActKind.Left, seen.EndedAt!.Value, seen.EndedAtIndex, relationship, category, null, null);
        }
    }

    private static IEnumerable<Finding> TellActs(DelegationShown shown) => shown.Done.Select(act => new Finding(
        FindingKind.ActedByDelegate, act.Grantee, act.Category, $"{shown.Name}: {act.Kind} {act.Grant} at {act.Time:u}, index {act.Index}"));

    // On the ledger stands a digest of what for: that a delegate stays within it, custodians see to, and the wallet tells who has not, until the patient has ended it.
    private IEnumerable<Finding> TellBeyond(SubjectView view) =>
        view.Grants.Where(grant => grant.By is not null && (grant.RevokedAt is null || grant.EndedBy is not null) && _session.FindStatement(view, grant) is null).Select(grant => new Finding(
            FindingKind.DelegateBeyondScope, grant.Memo?.Grantee, view.Category, $"{view.NameOf(grant.By)}: grant {grant.Body.Id} at {grant.Time:u}, index {grant.Index}"));
}
