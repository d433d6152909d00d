using EhrLedger.Client.Topics;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Wallet.Acting;

/// <summary>Somebody else's subject, as the ledger shows it to a delegate.</summary>
internal sealed class ActingView
{
    private readonly List<ActingGrant> _grants = [];

    public ActingView(DelegatedSubject subject, Ed25519PublicKey key, TopicCopy copy, TopicFollowed followed, uint today)
    {
        (Subject, Copy, Followed) = (subject, copy, followed);
        Open = ((SubjectState?)copy.State)?.FindDelegation(subject.Delegation) is { } open && open.Key == key && open.LastDay >= today ? open : null;
        Collect();
    }

    public DelegatedSubject Subject { get; }

    public TopicCopy Copy { get; }

    public TopicFollowed Followed { get; }

    /// <summary>Null where this wallet's owner may not act, or not any more.</summary>
    public OpenDelegation? Open { get; }

    public bool IsInForce => Open is not null;

    /// <summary>Every grant that was ever logged with effect, in the order of the log.</summary>
    public IReadOnlyList<ActingGrant> Grants => _grants;

    public ActingGrant? Find(GrantId id) => _grants.Find(grant => grant.Body.Id == id);

    private void Collect()
    {
        using var memos = Subject.OpenMemos();
        foreach (var entry in Copy.Entries.Where(entry => entry.HasEffect))
        {
            if (GrantBody.Find(entry.Entry) is { } body)
            {
                var isOwn = DelegateGranted.TryParse(entry.Entry.Body)?.Delegation == Subject.Delegation;
                _grants.Add(new ActingGrant(body, isOwn, isOwn ? memos.Open(body.Id, body.Memo.Span) : null, entry.Proven.Time));
            }
            else if ((DelegateEndedGrant.TryParse(entry.Entry.Body)?.Grant ?? Revoked.TryParse(entry.Entry.Body)?.Grant) is { } ended
                && (entry.Entry.Type == ConsentEntryTypes.DelegateEndedGrant || entry.Entry.Type == ConsentEntryTypes.Revoked))
            {
                _grants.FindAll(grant => grant.Body.Id == ended).ForEach(grant => grant.EndedAt = entry.Proven.Time);
            }
            else if (entry.Entry.Type == ConsentEntryTypes.DelegationEnded && DelegationEnded.TryParse(entry.Entry.Body) is { BySubject.EndsGrants: true } over && over.Id == Subject.Delegation)
            {
                _grants.FindAll(grant => grant.IsOwn).ForEach(grant => grant.EndedAt ??= entry.Proven.Time);
            }
        }
    }
}

/// <summary>A grant of somebody else's subject.</summary>
internal sealed class ActingGrant(GrantBody body, bool isOwn, GrantMemo? memo, DateTimeOffset time)
{
    public GrantBody Body => body;

    /// <summary>Whether this wallet's owner has given it.</summary>
    public bool IsOwn => isOwn;

    /// <summary>Of what this wallet's owner has given; null for others, and where it does not open.</summary>
    public GrantMemo? Memo => memo;

    public DateTimeOffset Time => time;

    public DateTimeOffset? EndedAt { get; set; }

    public bool Stays(uint today) => EndedAt is null && body.Days.Last >= today;
}
