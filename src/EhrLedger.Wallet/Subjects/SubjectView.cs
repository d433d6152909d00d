using EhrLedger.Client.Topics;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
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
        Grants = Collect(keys, copy);
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

    public GrantSeen? Find(GrantId id) => Grants.FirstOrDefault(grant => grant.Body.Id == id);

    private static List<GrantSeen> Collect(SubjectKeys keys, TopicCopy copy)
    {
        var grants = new List<GrantSeen>();
        foreach (var entry in copy.Entries.Where(entry => entry.HasEffect))
        {
            if (entry.Entry.Type == ConsentEntryTypes.Granted && GrantBody.TryParse(entry.Entry.Body) is { } body)
            {
                grants.Add(new GrantSeen(body, keys.Memo.Open(body.Id, body.Memo.Span), entry.Proven.Leaf.Index, entry.Proven.Time));
            }
            else if (entry.Entry.Type == ConsentEntryTypes.GrantExtended && GrantExtended.TryParse(entry.Entry.Body) is { } extended)
            {
                foreach (var grant in grants.Where(grant => extended.Grants.Any(extension => extension.Grant == grant.Body.Id)))
                {
                    grant.ExtendedThrough = extended.Epoch;
                }
            }
            else if (entry.Entry.Type == ConsentEntryTypes.Revoked && Revoked.TryParse(entry.Entry.Body) is { } revoked)
            {
                foreach (var grant in grants.Where(grant => grant.Body.Id == revoked.Grant))
                {
                    grant.RevokedAt = entry.Proven.Time;
                }
            }
        }

        return grants;
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

    /// <summary>The last epoch whose keys the grantee has, or is to have. Null where it has none: single records.</summary>
    public uint? KeysThrough => memo is null || memo.Terms.Records is not null ? null : Math.Max(memo.Terms.LastEpoch, ExtendedThrough ?? 0);

    public bool HasLapsed(uint today) => body.Days.Last < today;

    public bool Stays(uint today) => RevokedAt is null && !HasLapsed(today);
}
