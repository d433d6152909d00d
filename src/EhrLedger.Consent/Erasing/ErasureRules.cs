using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Erasing;

/// <summary>The part of <see cref="SubjectContract"/> that is about erasure. Table: docs/contracts.md.</summary>
internal static class ErasureRules
{
    /// <summary>The subject wants something gone. The oldest erasure of too many takes no answers any more: what is wanted now must not wait for what nobody answers to.</summary>
    public static Verdict Erase(SubjectState subject, Entry entry, Moment moment)
    {
        if (Erased.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindErasure(body.Commitment) is not null)
        {
            return Verdict.Reject("erasure-known");
        }

        var kept = subject.Erasures.Length < SubjectState.MostErasures ? subject.Erasures : subject.Erasures.RemoveAt(0);
        return new Verdict.Accepted(subject.With(erasures: kept.Add(OpenErasure.Begun(body.Commitment, moment.Index))));
    }

    /// <summary>An organisation answers. Who signs has been checked.</summary>
    public static Verdict Answer(SubjectState subject, Entry entry)
    {
        if (ErasureAnswered.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindErasure(body.Commitment) is not { } erasure)
        {
            return Verdict.Reject("erasure-unknown");
        }

        var before = erasure.AnswerOf(body.Organisation);
        if (body.Answer == ErasureAnswer.Held && body.Organisation != subject.Organisation)
        {
            return Verdict.Reject("erasure-hold");
        }

        // Nobody says again what it has said, takes it back, or speaks of backups before it has destroyed what they are of.
        if (body.Answer <= before || (body.Answer == ErasureAnswer.BackupsGone && before != ErasureAnswer.Destroyed))
        {
            return Verdict.Reject("erasure-order");
        }

        return new Verdict.Accepted(subject.With(
            erasures: subject.Erasures.Replace(erasure, erasure with { Answers = erasure.Answers.SetItem(body.Organisation, body.Answer) })));
    }
}
