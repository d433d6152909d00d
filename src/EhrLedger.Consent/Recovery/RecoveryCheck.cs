using EhrLedger.Consent.Custody;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Recovery;

/// <summary>What a custodian decides on a recovery.</summary>
public abstract record RecoveryDecision
{
    private RecoveryDecision()
    {
    }

    /// <summary>Its share goes to the new phone, sealed to the answer key.</summary>
    /// <param name="Plan">Digest of the plan whose share it is.</param>
    /// <param name="Entry">Digest of the RecoveryRequested entry, which the answer is bound to.</param>
    public sealed record Released(Digest Plan, Digest Entry) : RecoveryDecision;

    /// <summary>Nothing goes out.</summary>
    /// <param name="Denial">For this node alone.</param>
    public sealed record Denied(AccessDenial Denial) : RecoveryDecision;
}

/// <summary>The custodian's conditions for its share. It believes nobody: entry, set-up and veto come from its own copy of the log, the time from its own clock and from the quorum's newest cosignature.</summary>
/// <param name="self">The custodian.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class RecoveryCheck(OrganisationId self, Digest genesis)
{
    /// <summary>Decides on a request. Pure.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="view">This node's own copy of the log.</param>
    /// <param name="now">By this node's own clock.</param>
    public RecoveryDecision Decide(RecoveryReleaseRequest request, ILedgerView view, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(view);
        if (GrantUse.CheckRequest(self, view, now, request.Custodian, request.Time) is { } unfit)
        {
            return new RecoveryDecision.Denied(unfit);
        }

        if (view.FindEffective(request.EntryIndex) is not { } logged
            || logged.Entry.Type != RecoveryEntryTypes.RecoveryRequested
            || RecoveryRequested.TryParse(logged.Entry.Body) is not { } body
            || RecoveryId.TryFrom(logged.Entry.Topic) is not { } recovery)
        {
            return new RecoveryDecision.Denied(AccessDenial.NoSuchEntry);
        }

        if (request.EntryIndex >= view.FinalSize)
        {
            return new RecoveryDecision.Denied(AccessDenial.EntryNotFinal);
        }

        // The newest state, not only the final one: a veto counts from its leaf on.
        return view.FindRecovery(recovery) is { Rule: { } rule } state && state.Find(body.Key) is { } open && open.Index == request.EntryIndex
            ? Judge(request, view, now, open) is { } denial ? new RecoveryDecision.Denied(denial) : new RecoveryDecision.Released(rule.Plan, logged.Entry.Digest)
            : new RecoveryDecision.Denied(AccessDenial.RecoveryEnded);
    }

    // A clock that is fast does not shorten the time to say no, nor do members whose clocks are: both must be past it.
    private AccessDenial? Judge(RecoveryReleaseRequest request, ILedgerView view, DateTimeOffset now, OpenRecovery open) =>
        Milliseconds(now) < open.From || Milliseconds(view.FinalAsOf) < open.From ? AccessDenial.RecoveryWaits
        : Milliseconds(now) >= open.Until ? AccessDenial.RecoveryEnded
        : !request.VerifiesUnder(open.Key, genesis) ? AccessDenial.BadSignature
        : Digest.Of(request.AnswerKey.Span) != open.AnswerKeyDigest ? AccessDenial.OtherAnswerKey
        : null;

    private static ulong Milliseconds(DateTimeOffset time) => (ulong)time.ToUnixTimeMilliseconds();
}
