using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Subjects;

/// <summary>The rules for entries about subjects. Table: docs/contracts.md.</summary>
/// <param name="genesis">Digest of the genesis, which the signature of a new key is bound to.</param>
public sealed class SubjectContract(Digest genesis) : IContract
{
    /// <summary>Longest validity of a grant: ten years.</summary>
    public const int MostDays = 3_660;

    /// <inheritdoc/>
    public TopicKind Kind => TopicKind.Subject;

    /// <inheritdoc/>
    public ITopicState? Decode(ReadOnlyMemory<byte> state) => SubjectState.TryParse(state);

    /// <inheritdoc/>
    public Ed25519PublicKey? SignerOf(ITopicState? state, Entry entry, Members members)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(members);
        var subject = (SubjectState?)state;
        if (entry.Type == ConsentEntryTypes.Search || entry.Type == ConsentEntryTypes.Read)
        {
            return AccessBody.TryParse(entry.Body) is { } body ? subject?.FindGrant(body.Grant)?.ReaderKey : null;
        }

        if (entry.Type == ConsentEntryTypes.EmergencyAccess)
        {
            return EmergencyAccess.TryParse(entry.Body) is { } body ? members.SigningKeyOf(body.Organisation) : null;
        }

        if (entry.Type == ConsentEntryTypes.ErasureAnswered)
        {
            return ErasureAnswered.TryParse(entry.Body) is { } body ? members.SigningKeyOf(body.Organisation) : null;
        }

        if (entry.Type.Number >= ConsentEntryTypes.DelegationEnded.Number && entry.Type.Number <= ConsentEntryTypes.DelegateEndedGrant.Number)
        {
            return DelegationRules.SignerOf(subject, entry);
        }

        // An opened subject's first key has no say any more once it was replaced, except that it may be told so.
        return entry.Type == ConsentEntryTypes.SubjectOpened || subject is null ? SubjectId.TryFrom(entry.Topic)?.Key : subject.Key;
    }

    /// <inheritdoc/>
    public Verdict Evaluate(ITopicState? state, Entry entry, Moment moment, Members members)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(members);
        var type = entry.Type;
        if (type == ConsentEntryTypes.SubjectOpened)
        {
            return Open((SubjectState?)state, entry, moment, members);
        }

        if (type.Number < ConsentEntryTypes.SubjectKeyReplaced.Number || type.Number > ConsentEntryTypes.DelegateEndedGrant.Number)
        {
            return new Verdict.Rejected(Rejection.UnknownType);
        }

        if (state is not SubjectState subject)
        {
            return Verdict.Reject("subject-not-open");
        }

        if (type == ConsentEntryTypes.Search || type == ConsentEntryTypes.Read)
        {
            return Access(subject, entry, moment);
        }

        // Every change of state is the occasion to drop what has lapsed.
        var live = DelegationRules.WithoutLapsed(WithoutLapsed(subject, moment.Time), moment.Day);
        return type == ConsentEntryTypes.SubjectKeyReplaced ? ReplaceKey(live, entry)
            : type == ConsentEntryTypes.Granted ? Grant(live, entry, moment)
            : type == ConsentEntryTypes.GrantExtended ? Extend(live, entry)
            : type == ConsentEntryTypes.Revoked ? Revoke(live, entry, moment)
            : type == ConsentEntryTypes.EpochStarted ? StartEpoch(live, entry, moment)
            : type == ConsentEntryTypes.EmergencyPolicySet ? EmergencyRules.SetPolicy(live, entry)
            : type == ConsentEntryTypes.EmergencyAccess ? EmergencyRules.Declare(live, entry, moment, members, genesis)
            : type == ConsentEntryTypes.EmergencyDisputed ? EmergencyRules.Dispute(live, entry)
            : type == ConsentEntryTypes.Erased ? ErasureRules.Erase(live, entry, moment)
            : type == ConsentEntryTypes.ErasureAnswered ? ErasureRules.Answer(live, entry)
            : type == ConsentEntryTypes.Delegated ? DelegationRules.Delegate(live, entry, moment)
            : type == ConsentEntryTypes.DelegationEnded ? DelegationRules.End(live, entry, moment)
            : type == ConsentEntryTypes.DelegateGranted ? DelegationRules.Grant(live, entry, moment)
            : DelegationRules.EndGrant(live, entry);
    }

    private static Verdict Open(SubjectState? state, Entry entry, Moment moment, Members members)
    {
        if (SubjectOpened.TryParse(entry.Body) is not { } body || SubjectId.TryFrom(entry.Topic) is not { } subject)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (state is not null)
        {
            return Verdict.Reject("subject-open-already");
        }

        // Epochs count up by one from here; a first number near the end of the range would leave no room for revocations.
        if (body.Epoch > int.MaxValue)
        {
            return Verdict.Reject("epoch-too-high");
        }

        return members.Find(body.Organisation) is null
            ? Verdict.Reject("subject-organisation")
            : new Verdict.Accepted(SubjectState.Opened(body, subject.Key, moment.Index));
    }

    private Verdict ReplaceKey(SubjectState subject, Entry entry)
    {
        if (SubjectKeyReplaced.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (body.NewKey == subject.Key)
        {
            return Verdict.Reject("subject-key-same");
        }

        return body.NewKey.Verifies(SubjectKeyReplaced.MessageOf(genesis, entry.Topic, subject.Key, body.NewKey), body.NewKeySignature.Span)
            ? new Verdict.Accepted(subject.With(key: body.NewKey))
            : Verdict.Reject("subject-new-key-signature");
    }

    private static Verdict Grant(SubjectState subject, Entry entry, Moment moment)
    {
        if (GrantBody.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        return RefusalOf(subject, body, moment.Day) is { } code ? Verdict.Reject(code) : new Verdict.Accepted(WithGrant(subject, body, moment, null));
    }

    internal static SubjectState WithGrant(SubjectState subject, GrantBody body, Moment moment, DelegatesGrant? by) => subject.With(
        grants: subject.Grants.Add(body.Id, new OpenGrant(body.Id, body.ReaderKey, body.AnswerKeyDigest, body.Days, body.TermsDigest, moment.Index, null) { Delegate = by }));

    internal static string? RefusalOf(SubjectState subject, GrantBody body, ulong today) =>
        subject.Revoked.Contains(body.Id) ? "grant-revoked"
        : subject.Grants.ContainsKey(body.Id) ? "grant-open-already"
        : body.Days.Count < 1 ? "grant-days-reversed"
        : body.Days.Last < today ? "grant-days-passed"
        : body.Days.Count > MostDays ? "grant-days-too-many"
        : subject.Grants.Values.Any(grant => grant.ReaderKey == body.ReaderKey) ? "grant-reader-key-used"
        : subject.Grants.Values.Count(grant => grant.Emergency is null) >= SubjectState.MostGrants ? "grants-too-many"
        : null;

    private static Verdict Extend(SubjectState subject, Entry entry)
    {
        if (GrantExtended.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (body.Epoch != subject.CurrentEpoch)
        {
            return Verdict.Reject("epoch-not-current");
        }

        var grants = subject.Grants.ToBuilder();
        foreach (var extension in body.Grants)
        {
            if (!grants.TryGetValue(extension.Grant, out var grant) || grant.Emergency is not null)
            {
                return Verdict.Reject("grant-not-open");
            }

            grants[extension.Grant] = grant with { ExtendedThrough = body.Epoch };
        }

        return new Verdict.Accepted(subject.With(grants: grants.ToImmutable()));
    }

    private static Verdict Revoke(SubjectState subject, Entry entry, Moment moment)
    {
        if (Revoked.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.Revoked.Contains(body.Grant))
        {
            return Verdict.Reject("grant-revoked");
        }

        // An open grant can always be revoked, whatever the bounds say.
        if (!subject.Grants.ContainsKey(body.Grant) && subject.Revoked.Count >= SubjectState.MostEpochs)
        {
            return Verdict.Reject("revocations-too-many");
        }

        return Next(subject, body.Epoch, body.SealingKeyDigest, moment) is var (epochs, code) && code is not null
            ? Verdict.Reject(code)
            : new Verdict.Accepted(subject.With(epochs: epochs, grants: subject.Grants.Remove(body.Grant), revoked: subject.Revoked.Add(body.Grant)));
    }

    private static Verdict StartEpoch(SubjectState subject, Entry entry, Moment moment)
    {
        if (EpochStarted.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.Epochs.Length >= SubjectState.MostEpochs)
        {
            return Verdict.Reject("epochs-too-many");
        }

        return Next(subject, body.Epoch, body.SealingKeyDigest, moment) is var (epochs, code) && code is not null
            ? Verdict.Reject(code)
            : new Verdict.Accepted(subject.With(epochs: epochs));
    }

    internal static (System.Collections.Immutable.ImmutableArray<EpochStart> Epochs, string? Rejection) Next(
        SubjectState subject, uint epoch, Digest sealingKey, Moment moment)
    {
        if (epoch != subject.CurrentEpoch + 1)
        {
            return (default, "epoch-not-next");
        }

        // A key that comes back would let a revoked grantee open what is sealed to it from now on.
        return subject.Epochs.Any(start => start.SealingKeyDigest == sealingKey)
            ? (default, "epoch-key-used")
            : (subject.Epochs.Add(new EpochStart(sealingKey, moment.Index)), null);
    }

    private static Verdict Access(SubjectState subject, Entry entry, Moment moment)
    {
        if (AccessBody.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (subject.FindGrant(body.Grant) is not { } grant)
        {
            return Verdict.Reject("grant-not-open");
        }

        return grant.HoldsAt(moment.Time) ? new Verdict.Accepted(subject) : Verdict.Reject("grant-not-today");
    }

    private static SubjectState WithoutLapsed(SubjectState subject, ulong time)
    {
        var grants = subject.Grants;
        foreach (var grant in subject.Grants.Values)
        {
            if (grant.HasLapsedAt(time))
            {
                grants = grants.Remove(grant.Id);
            }
        }

        return ReferenceEquals(grants, subject.Grants) ? subject : subject.With(grants: grants);
    }
}
