using EhrLedger.Client.Topics;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Erasing;
using EhrLedger.Wallet.Keys;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Subjects;

/// <summary>A subject as the ledger shows it, every entry proven and executed again by this wallet.</summary>
internal sealed class SubjectView
{
    public SubjectView(Relationship relationship, SubjectKeys keys, TopicCopy copy, TopicFollowed followed)
    {
        Relationship = relationship;
        Keys = keys;
        Copy = copy;
        Followed = followed;
        (Grants, Emergencies, Delegations) = Collect(keys, copy);
        Erasures = ErasureSeen.Collect(keys, copy);
    }

    public Relationship Relationship { get; }

    public SubjectKeys Keys { get; }

    public Category Category => Keys.Category;

    public TopicCopy Copy { get; }

    public TopicFollowed Followed { get; }

    /// <summary>Null before the subject appeared on the ledger.</summary>
    public SubjectState? State => (SubjectState?)Copy.State;

    /// <summary>0 before the subject appeared.</summary>
    public uint Epoch => State?.CurrentEpoch ?? 0;

    /// <summary>Every grant that was ever logged with effect, in the order of the log.</summary>
    public IReadOnlyList<GrantSeen> Grants { get; }

    /// <summary>Every emergency that was ever declared with effect, in the order of the log.</summary>
    public IReadOnlyList<EmergencySeen> Emergencies { get; }

    /// <summary>Every delegation that was ever logged with effect, in the order of the log.</summary>
    public IReadOnlyList<DelegationSeen> Delegations { get; }

    /// <summary>Every erasure that was ever logged with effect, in the order of the log.</summary>
    public IReadOnlyList<ErasureSeen> Erasures { get; }

    public EmergencySeen? FindEmergency(GrantId id) => Emergencies.FirstOrDefault(emergency => emergency.Body.Grant == id);

    public GrantSeen? Find(GrantId id) => Grants.FirstOrDefault(grant => grant.Body.Id == id);

    public DelegationSeen? FindDelegation(DelegationId id) => Delegations.LastOrDefault(delegation => delegation.Body.Id == id);

    /// <summary>What the patient calls a delegate; empty where the memo does not open, null for the patient.</summary>
    public string? NameOf(DelegationId? by) => by is { } id ? FindDelegation(id)?.Memo?.Name ?? "" : null;

    private static (List<GrantSeen> Grants, List<EmergencySeen> Emergencies, List<DelegationSeen> Delegations) Collect(SubjectKeys keys, TopicCopy copy)
    {
        var grants = new List<GrantSeen>();
        var emergencies = new List<EmergencySeen>();
        var delegations = new List<DelegationSeen>();
        var epoch = 0u;
        foreach (var entry in copy.Entries.Where(entry => entry.HasEffect))
        {
            if (GrantBody.Find(entry.Entry) is { } body)
            {
                var by = DelegateGranted.TryParse(entry.Entry.Body)?.Delegation;
                grants.Add(new GrantSeen(body, keys.MemoOf(by).Open(body.Id, body.Memo.Span), entry.Proven.Leaf.Index, entry.Proven.Time) { By = by, EpochAtGrant = epoch });
            }
            else if (entry.Entry.Type == ConsentEntryTypes.GrantExtended && GrantExtended.TryParse(entry.Entry.Body) is { } extended)
            {
                foreach (var grant in grants.Where(grant => extended.Grants.Any(extension => extension.Grant == grant.Body.Id)))
                {
                    grant.ExtendedThrough = extended.Epoch;
                }
            }
            else if (entry.Entry.Type == ConsentEntryTypes.SubjectOpened && SubjectOpened.TryParse(entry.Entry.Body) is { } opened)
            {
                epoch = opened.Epoch;
            }
            else if (entry.Entry.Type == ConsentEntryTypes.EpochStarted && EpochStarted.TryParse(entry.Entry.Body) is { } started)
            {
                epoch = started.Epoch;
                delegations.ForEach(delegation => delegation.Reach(started.Epoch, entry.Proven.Time));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.EmergencyAccess && EmergencyAccess.TryParse(entry.Entry.Body) is { } declared)
            {
                emergencies.Add(new EmergencySeen(declared, entry.Proven.Leaf.Index, entry.Proven.Time, epoch));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.EmergencyPolicySet)
            {
                emergencies.ForEach(emergency => emergency.End(entry.Proven.Time));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.EmergencyDisputed && EmergencyDisputed.TryParse(entry.Entry.Body) is { } disputed)
            {
                foreach (var emergency in emergencies.Where(emergency => emergency.Body.Grant == disputed.Grant))
                {
                    emergency.DisputedAt = entry.Proven.Time;
                }
            }
            else if (entry.Entry.Type == ConsentEntryTypes.Delegated && Delegated.TryParse(entry.Entry.Body) is { } delegated)
            {
                delegations.Add(new DelegationSeen(delegated, keys.Memo.OpenDelegation(delegated), entry.Proven.Leaf.Index, entry.Proven.Time, epoch));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.DelegationEnded && DelegationEnded.TryParse(entry.Entry.Body) is { } over)
            {
                var ending = delegations.Last(delegation => delegation.Body.Id == over.Id);
                ending.End(entry.Proven.Time, entry.Proven.Leaf.Index, left: over.BySubject is null);
                if (over.BySubject is { } bySubject)
                {
                    epoch = bySubject.Epoch;
                    delegations.ForEach(delegation => delegation.Reach(bySubject.Epoch, entry.Proven.Time));
                    foreach (var grant in grants.Where(grant => bySubject.EndsGrants && grant.By == over.Id && grant.RevokedAt is null))
                    {
                        grant.RevokedAt = entry.Proven.Time;
                    }
                }
            }
            else if (entry.Entry.Type == ConsentEntryTypes.DelegateEndedGrant && DelegateEndedGrant.TryParse(entry.Entry.Body) is { } ended)
            {
                foreach (var grant in grants.Where(grant => grant.Body.Id == ended.Grant))
                {
                    (grant.RevokedAt, grant.EndedBy, grant.EndedAtIndex) = (entry.Proven.Time, ended.Delegation, entry.Proven.Leaf.Index);
                }
            }
            else if (entry.Entry.Type == ConsentEntryTypes.Revoked && Revoked.TryParse(entry.Entry.Body) is { } revoked)
            {
                epoch = revoked.Epoch;
                delegations.ForEach(delegation => delegation.Reach(revoked.Epoch, entry.Proven.Time));
                foreach (var emergency in emergencies.Where(emergency => emergency.Body.Grant == revoked.Grant))
                {
                    emergency.End(entry.Proven.Time);
                }

                foreach (var grant in grants.Where(grant => grant.Body.Id == revoked.Grant))
                {
                    grant.RevokedAt = entry.Proven.Time;
                }
            }
        }

        return (grants, emergencies, delegations);
    }
}

/// <summary>A grant on the ledger.</summary>
internal sealed class GrantSeen(GrantBody body, GrantMemo? memo, ulong index, DateTimeOffset time)
{
    public GrantBody Body => body;

    /// <summary>What the wallet sealed for itself. Null if it does not open.</summary>
    public GrantMemo? Memo => memo;

    public ulong Index => index;

    public DateTimeOffset Time => time;

    public uint? ExtendedThrough { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The subject's epoch when it was logged. Of what a delegate says in a memo, no later one counts.</summary>
    public uint EpochAtGrant { get; init; }

    /// <summary>Under which delegation it was given; null where the patient has.</summary>
    public DelegationId? By { get; init; }

    /// <summary>Under which delegation it was ended; null where it was not, or the patient has.</summary>
    public DelegationId? EndedBy { get; set; }

    public ulong EndedAtIndex { get; set; }

    /// <summary>The last epoch whose keys the grantee has, or is to have. Null where it has none: single records.</summary>
    public uint? KeysThrough =>
        By is not null ? Math.Max(Math.Min(memo?.Terms.LastEpoch ?? EpochAtGrant, EpochAtGrant), ExtendedThrough ?? 0)
        : memo is null || memo.Terms.Records is not null ? null
        : Math.Max(memo.Terms.LastEpoch, ExtendedThrough ?? 0);

    public bool HasLapsed(uint today) => body.Days.Last < today;

    public bool Stays(uint today) => RevokedAt is null && !HasLapsed(today);
}
