using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Recovery;

/// <summary>The rules for entries about recoveries. Table: docs/contracts.md.</summary>
/// <param name="genesis">Which signatures are bound to, and which has the shortest waiting time.</param>
public sealed class RecoveryContract(Genesis genesis) : IContract
{
    /// <summary>How long a request may be answered after its waiting time, in milliseconds: thirty days.</summary>
    public const ulong AnsweredFor = 30UL * 86_400_000;

    private const int FewestGuardians = 2;

    /// <inheritdoc/>
    public TopicKind Kind => TopicKind.Recovery;

    /// <inheritdoc/>
    public ITopicState? Decode(ReadOnlyMemory<byte> state) => RecoveryState.TryParse(state);

    /// <inheritdoc/>
    public Ed25519PublicKey? SignerOf(ITopicState? state, Entry entry, Members members)
    {
        ArgumentNullException.ThrowIfNull(entry);

        // That the key is a new phone's, the guardians' approvals say: they are over it.
        return entry.Type == RecoveryEntryTypes.RecoveryRequested ? RecoveryRequested.TryParse(entry.Body)?.Key : RecoveryId.TryFrom(entry.Topic)?.Key;
    }

    /// <inheritdoc/>
    public Verdict Evaluate(ITopicState? state, Entry entry, Moment moment, Members members)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (RecoveryId.TryFrom(entry.Topic) is not { } recovery)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        // Every change of state is the occasion to drop the requests that have lapsed.
        var known = (RecoveryState?)state ?? new RecoveryState(0, null, []);
        var live = known with { Open = known.Open.RemoveAll(open => moment.Time >= open.Until) };
        return entry.Type == RecoveryEntryTypes.GuardiansSet ? Set(live, entry)
            : entry.Type == RecoveryEntryTypes.RecoveryRequested ? Request(live, recovery, entry, moment)
            : entry.Type == RecoveryEntryTypes.RecoveryVetoed ? Veto(live, entry)
            : new Verdict.Rejected(Rejection.UnknownType);
    }

    private Verdict Set(RecoveryState state, Entry entry)
    {
        if (GuardiansSet.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        // What was asked for under the set-up before ends with it.
        return RefusalOf(state, body) is { } code ? Verdict.Reject(code) : new Verdict.Accepted(new RecoveryState(body.Number, body.Rule, []));
    }

    private string? RefusalOf(RecoveryState state, GuardiansSet body) =>
        state.LastNumber == uint.MaxValue || body.Number != state.LastNumber + 1 ? "recovery-number"
        : body.Rule is not { } rule ? state.Rule is null ? "recovery-not-set" : null
        : rule.Threshold < FewestGuardians || rule.Threshold > rule.Guardians.Count ? "recovery-threshold"
        : rule.Hours < genesis.RecoveryHours || rule.Hours > GuardianRule.MostHours ? "recovery-hours"
        : null;

    private Verdict Request(RecoveryState state, RecoveryId recovery, Entry entry, Moment moment)
    {
        if (RecoveryRequested.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (RefusalOf(state, recovery, body, moment) is { } code)
        {
            return Verdict.Reject(code);
        }

        // Total, whatever time a leaf says.
        var from = Later(moment.Time, (ulong)state.Rule!.Hours * 3_600_000);
        return new Verdict.Accepted(state with { Open = state.Open.Add(new OpenRecovery(body.Key, body.AnswerKeyDigest, moment.Index, from, Later(from, AnsweredFor))) });
    }

    private string? RefusalOf(RecoveryState state, RecoveryId recovery, RecoveryRequested body, Moment moment) =>
        state.Rule is not { } rule || state.LastNumber != body.Number ? "recovery-set-up"
        : state.Find(body.Key) is not null ? "recovery-open-already"
        : state.Open.Length >= RecoveryState.MostOpen ? "recoveries-too-many"
        : body.Approvals.Any(approval => approval.Until < moment.Time / 1000 || approval.Until - (moment.Time / 1000) > GuardianApproval.LongestSeconds) ? "recovery-approval-time"
        : body.Approvals.Count < rule.Threshold || !body.Approvals.All(approval => IsGood(approval, rule, recovery, body)) ? "recovery-approvals"
        : null;

    private bool IsGood(GuardianApproval approval, GuardianRule rule, RecoveryId recovery, RecoveryRequested body) =>
        approval.Guardian < rule.Guardians.Count
        && rule.Guardians[approval.Guardian].Verifies(
            GuardianApproval.MessageOf(genesis.Digest, recovery, body.Number, body.Key, body.AnswerKeyDigest, approval.Until), approval.Signature.Span);

    // Whoever asked may have got the guardians' shares: they must be of no use under any other request either.
    private static Verdict Veto(RecoveryState state, Entry entry) =>
        RecoveryVetoed.TryParse(entry.Body) is not { } body ? new Verdict.Rejected(Rejection.BadBody)
        : state.LastNumber != body.Number || state.Find(body.Request) is null ? Verdict.Reject("recovery-unknown")
        : new Verdict.Accepted(state with { Rule = null, Open = [] });

    private static ulong Later(ulong time, ulong milliseconds) => Math.Min(time, ulong.MaxValue - milliseconds) + milliseconds;
}
