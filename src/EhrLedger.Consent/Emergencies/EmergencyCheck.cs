using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>What a custodian decides on an emergency.</summary>
public abstract record EmergencyDecision
{
    private EmergencyDecision()
    {
    }

    /// <summary>Its share goes to the organisation, sealed to the answer key.</summary>
    /// <param name="Subject">Whose.</param>
    /// <param name="Entry">Digest of the EmergencyAccess entry, which the answer is bound to.</param>
    public sealed record Released(SubjectId Subject, Digest Entry) : EmergencyDecision;

    /// <summary>Nothing goes out.</summary>
    /// <param name="Denial">For this node alone.</param>
    public sealed record Denied(AccessDenial Denial) : EmergencyDecision;
}

/// <summary>
/// The custodian's conditions for its share of an emergency key. As with reads it believes nobody: entry, policy and membership come from its own copy of the log, the time from its own clock.
/// </summary>
/// <param name="self">The custodian.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class EmergencyCheck(OrganisationId self, Digest genesis)
{
    /// <summary>Decides on a request. Pure.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="view">This node's own copy of the log.</param>
    /// <param name="members">As they stand in it.</param>
    /// <param name="revocations">What this node knows beyond the log.</param>
    /// <param name="now">By this node's own clock.</param>
    public EmergencyDecision Decide(EmergencyReleaseRequest request, ILedgerView view, Members members, HeldRevocations revocations, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(revocations);
        var use = new GrantUse(self, genesis, view, revocations, now);
        if (use.CheckRequest(request.Custodian, request.Time) is { } unfit)
        {
            return new EmergencyDecision.Denied(unfit);
        }

        if (view.FindEffective(request.EntryIndex) is not { } logged
            || logged.Entry.Type != ConsentEntryTypes.EmergencyAccess
            || EmergencyAccess.TryParse(logged.Entry.Body) is not { } body
            || SubjectId.TryFrom(logged.Entry.Topic) is not { } subject)
        {
            return new EmergencyDecision.Denied(AccessDenial.NoSuchEntry);
        }

        return Judge(request, view, members, revocations, use.Milliseconds, subject, body) is { } denial
            ? new EmergencyDecision.Denied(denial)
            : new EmergencyDecision.Released(subject, logged.Entry.Digest);
    }

    private AccessDenial? Judge(
        EmergencyReleaseRequest request, ILedgerView view, Members members, HeldRevocations revocations, ulong now, SubjectId subject, EmergencyAccess body)
    {
        if (request.EntryIndex >= view.FinalSize)
        {
            return AccessDenial.EntryNotFinal;
        }

        // A policy that was replaced or switched off since has ended the emergency in this state.
        if (view.FindSubject(subject) is not { } state || state.FindGrant(body.Grant) is not { } grant)
        {
            return AccessDenial.GrantNotOpen;
        }

        return grant.Emergency is null || grant.GrantedAt != request.EntryIndex ? AccessDenial.NoEmergency
            : revocations.Contains(subject, body.Grant) ? AccessDenial.GrantRevoked
            : !grant.HoldsAt(now) ? AccessDenial.GrantNotToday
            : !request.VerifiesUnder(grant.ReaderKey, genesis) ? AccessDenial.BadSignature
            : Digest.Of(request.AnswerKey.Span) != grant.AnswerKeyDigest ? AccessDenial.OtherAnswerKey
            : state.Emergencies.Rule is not { } rule || members.Find(body.Organisation) is not { } member || !rule.Allows(member.Kind) ? AccessDenial.KindNotAllowed
            : null;
    }
}
