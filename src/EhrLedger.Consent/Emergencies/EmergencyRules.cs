using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>The part of <see cref="SubjectContract"/> that is about emergencies. Table: docs/contracts.md.</summary>
public static class EmergencyRules
{
    /// <summary>How long an emergency lasts, in milliseconds: 24 hours.</summary>
    public const ulong Duration = 24 * 3_600_000;

    /// <summary>
    /// The terms of an emergency: all records of the epochs up to the one in which it was declared, also such as are yet to come, for emergency treatment and breaking the glass. Everybody can make them: they are no secret, and the salt is the
    /// emergency's id.
    /// </summary>
    /// <param name="subject">Whose records.</param>
    /// <param name="grant">The emergency's id.</param>
    /// <param name="epoch">The subject's epoch when it was declared.</param>
    public static GrantTerms TermsOf(SubjectId subject, GrantId grant, uint epoch) =>
        new(Salt.FromBytes(grant.ToArray()), subject, 0, epoch, [PurposeOfUse.BreakTheGlass, PurposeOfUse.Emergency], null, Future: true);

    internal static Verdict SetPolicy(SubjectState subject, Entry entry)
    {
        if (EmergencyPolicySet.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        var known = subject.Emergencies;
        if (known.LastNumber == uint.MaxValue || body.Number != known.LastNumber + 1)
        {
            return Verdict.Reject("emergency-number");
        }

        if (body.Rule is null && known.Rule is null)
        {
            return Verdict.Reject("emergency-not-set");
        }

        // What was opened under the policy before ends with it.
        var open = subject.Grants.Values.Where(grant => grant.Emergency is not null).Select(grant => grant.Id);
        return new Verdict.Accepted(subject.With(grants: subject.Grants.RemoveRange(open), emergencies: known with { LastNumber = body.Number, Rule = body.Rule }));
    }

    internal static Verdict Declare(SubjectState subject, Entry entry, Moment moment, Members members, Digest genesis)
    {
        if (EmergencyAccess.TryParse(entry.Body) is not { } body || SubjectId.TryFrom(entry.Topic) is not { } id)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (RefusalOf(subject, body, entry.Topic, members, genesis) is { } code)
        {
            return Verdict.Reject(code);
        }

        // Total, whatever time a leaf says.
        var until = Math.Min(moment.Time, ulong.MaxValue - Duration) + Duration;
        var grant = new OpenGrant(
            body.Grant,
            body.ReaderKey,
            body.AnswerKeyDigest,
            new DayRange((uint)Math.Min(moment.Day, uint.MaxValue), (uint)Math.Min(until / 86_400_000, uint.MaxValue)),
            TermsOf(id, body.Grant, subject.CurrentEpoch).Digest,
            moment.Index,
            null)
        {
            Emergency = new OpenEmergency(body.Organisation, until, body.Policy),
        };
        return new Verdict.Accepted(subject.With(grants: subject.Grants.Add(body.Grant, grant), emergencies: subject.Emergencies.WithDeclared(body.Grant)));
    }

    internal static Verdict Dispute(SubjectState subject, Entry entry)
    {
        if (EmergencyDisputed.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        var known = subject.Emergencies;
        return known.Undisputed.Contains(body.Grant)
            ? new Verdict.Accepted(subject.With(emergencies: known with { Undisputed = known.Undisputed.Remove(body.Grant) }))
            : Verdict.Reject("emergency-unknown");
    }

    private static string? RefusalOf(SubjectState subject, EmergencyAccess body, Topic topic, Members members, Digest genesis) =>
        subject.Emergencies.Rule is not { } rule || subject.Emergencies.LastNumber != body.Policy ? "emergency-policy"
        : members.Find(body.Organisation) is not { } member || !rule.Allows(member.Kind) ? "emergency-kind"
        : subject.Revoked.Contains(body.Grant) ? "grant-revoked"
        : subject.Grants.ContainsKey(body.Grant) || subject.Emergencies.Undisputed.Contains(body.Grant) ? "grant-open-already"
        : subject.Grants.Values.Any(grant => grant.ReaderKey == body.ReaderKey) ? "grant-reader-key-used"
        : subject.Grants.Values.Count(grant => grant.Emergency is not null) >= SubjectState.MostEmergencies ? "emergencies-too-many"
        : !body.RequestersSigned(genesis, topic) ? "emergency-requesters"
        : null;
}
