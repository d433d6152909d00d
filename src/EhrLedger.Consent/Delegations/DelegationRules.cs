using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Delegations;

/// <summary>The part of <see cref="SubjectContract"/> that is about delegations. Table: docs/contracts.md.</summary>
internal static class DelegationRules
{
    /// <summary>Whose key signs an entry about a delegation.</summary>
    /// <returns>Null where nobody may: the delegation that it names is not in the state, or the body is not one.</returns>
    public static Ed25519PublicKey? SignerOf(SubjectState? subject, Entry entry)
    {
        if (entry.Type == ConsentEntryTypes.DelegationEnded)
        {
            return DelegationEnded.TryParse(entry.Body) is not { } ended ? null : ended.BySubject is not null ? subject?.Key : subject?.FindDelegation(ended.Id)?.Key;
        }

        var delegation = entry.Type == ConsentEntryTypes.DelegateGranted ? DelegateGranted.TryParse(entry.Body)?.Delegation : DelegateEndedGrant.TryParse(entry.Body)?.Delegation;
        return delegation is { } id ? subject?.FindDelegation(id)?.Key : null;
    }

    /// <summary>The subject names a delegate.</summary>
    public static Verdict Delegate(SubjectState subject, Entry entry, Moment moment)
    {
        if (Delegated.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        return RefusalOf(subject, body, moment.Day) is { } code
            ? Verdict.Reject(code)
            : new Verdict.Accepted(subject.With(delegations: subject.Delegations.Add(body.Id, new OpenDelegation(body.Id, body.Key, body.Acts, body.Purposes, body.LastDay))));
    }

    /// <summary>Subject or delegate end it. Who signs has been checked.</summary>
    public static Verdict End(SubjectState subject, Entry entry, Moment moment)
    {
        if (DelegationEnded.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindDelegation(body.Id) is null)
        {
            return Verdict.Reject("delegation-not-open");
        }

        var without = subject.With(delegations: subject.Delegations.Remove(body.Id));
        if (body.BySubject is not { } ending)
        {
            return new Verdict.Accepted(without);
        }

        var (epochs, code) = SubjectContract.Next(subject, ending.Epoch, ending.SealingKeyDigest, moment);
        if (code is not null)
        {
            return Verdict.Reject(code);
        }

        var grants = ending.EndsGrants ? subject.Grants.Values.Where(grant => grant.Delegate?.Delegation == body.Id).Select(grant => grant.Id).ToList() : [];
        return new Verdict.Accepted(without.With(epochs: epochs, grants: subject.Grants.RemoveRange(grants), revoked: subject.Revoked.Union(grants)));
    }

    /// <summary>A delegate grants. Who signs has been checked.</summary>
    public static Verdict Grant(SubjectState subject, Entry entry, Moment moment)
    {
        if (DelegateGranted.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindDelegation(body.Delegation) is not { } delegation)
        {
            return Verdict.Reject("delegation-not-open");
        }

        var code = !delegation.Acts.HasFlag(DelegateActs.Grant) ? "delegation-act"
            : body.Grant.Days.Last > delegation.LastDay ? "delegation-days"
            : subject.Grants.Values.Count(grant => grant.Delegate?.Delegation == delegation.Id) >= SubjectState.MostGrantsOfDelegate ? "delegation-grants-too-many"
            : SubjectContract.RefusalOf(subject, body.Grant, moment.Day);
        return code is not null
            ? Verdict.Reject(code)
            : new Verdict.Accepted(SubjectContract.WithGrant(subject, body.Grant, moment, new DelegatesGrant(delegation.Id, delegation.Purposes)));
    }

    /// <summary>A delegate ends a grant. Who signs has been checked.</summary>
    public static Verdict EndGrant(SubjectState subject, Entry entry)
    {
        if (DelegateEndedGrant.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindDelegation(body.Delegation) is not { } delegation)
        {
            return Verdict.Reject("delegation-not-open");
        }

        // What the patient keeps out without its ever having been logged has to find room, whatever a delegate grants and ends.
        var code = !delegation.Acts.HasFlag(DelegateActs.End) ? "delegation-act"
            : subject.FindGrant(body.Grant) is not { Emergency: null } ? "grant-not-open"
            : subject.Revoked.Count >= SubjectState.MostEpochs / 2 ? "revocations-too-many"
            : null;
        return code is not null
            ? Verdict.Reject(code)
            : new Verdict.Accepted(subject.With(grants: subject.Grants.Remove(body.Grant), revoked: subject.Revoked.Add(body.Grant)));
    }

    /// <summary>Every change of state is the occasion to drop what has lapsed.</summary>
    public static SubjectState WithoutLapsed(SubjectState subject, ulong today) =>
        subject.Delegations.Values.Any(delegation => delegation.LastDay < today)
            ? subject.With(delegations: subject.Delegations.RemoveRange(subject.Delegations.Values.Where(delegation => delegation.LastDay < today).Select(delegation => delegation.Id)))
            : subject;

    private static string? RefusalOf(SubjectState subject, Delegated body, ulong today) =>
        subject.FindDelegation(body.Id) is not null ? "delegation-open-already"
        : body.LastDay < today ? "delegation-days-passed"
        : body.LastDay - today >= SubjectContract.MostDays ? "delegation-days-too-many"
        : body.Key == subject.Key || subject.Delegations.Values.Any(delegation => delegation.Key == body.Key) ? "delegation-key-used"
        : subject.Delegations.Count >= SubjectState.MostDelegations ? "delegations-too-many"
        : null;
}
