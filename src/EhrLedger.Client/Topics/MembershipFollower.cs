using EhrLedger.Client.Log;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Topics;

/// <summary>
/// Brings <see cref="KnownMembers"/> up to date by replaying organisations' topics in the order of the log. It is needed only where a signature does not verify under the key that is known, or
/// for an organisation that joined later: the topics hold all batches too.
/// </summary>
public sealed class MembershipFollower
{
    private readonly VerifiedLog _log;
    private readonly OrganisationContract _contract;
    private readonly TopicFollower _topics;
    private readonly Dictionary<OrganisationId, TopicCopy> _copies = [];

    /// <param name="log">What the topics are proven against.</param>
    public MembershipFollower(VerifiedLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        _log = log;
        _contract = new OrganisationContract(log.Consortium.Digest);
        _topics = new TopicFollower(log);
    }

    /// <summary>Replays the topics of the known members and of one more organisation.</summary>
    /// <param name="also">One that is not known yet; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if some topic could not be had whole: what is known stays as it was.</returns>
    public async Task<bool> RefreshAsync(OrganisationId? also, CancellationToken cancellationToken)
    {
        var wanted = new Queue<OrganisationId>(_log.Members.Active.Select(member => member.Organisation).Concat(_copies.Keys));
        if (also is { } asked)
        {
            wanted.Enqueue(asked);
        }

        var entries = new SortedDictionary<ulong, TopicEntry>();
        var seen = new HashSet<OrganisationId>();
        while (wanted.TryDequeue(out var organisation))
        {
            if (!seen.Add(organisation))
            {
                continue;
            }

            var copy = _copies.TryGetValue(organisation, out var known) ? known : new TopicCopy(organisation.Topic, _contract, _log.Members, _log.Consortium.Digest);
            if ((await _topics.FollowAsync(copy, cancellationToken).ConfigureAwait(false)).Outcome is not (TopicOutcome.Complete or TopicOutcome.NotFinalYet))
            {
                return false;
            }

            _copies[organisation] = copy;
            foreach (var entry in copy.Entries)
            {
                entries[entry.Proven.Leaf.Index] = entry;

                // Whoever approved, or removed somebody, may itself have joined later.
                foreach (var other in NamedIn(entry.Entry))
                {
                    wanted.Enqueue(other);
                }
            }
        }

        Replay(entries.Values);
        return true;
    }

    private void Replay(IEnumerable<TopicEntry> entries)
    {
        var members = new KnownMembers(_log.Consortium.Genesis);
        var states = _log.Consortium.Genesis.Members.ToDictionary(
            member => member.Organisation.Topic, member => (ITopicState)new OrganisationState(member.Organisation, member, 0, default));
        foreach (var entry in entries.Where(entry => entry.Rejected != Rejection.Duplicate && entry.Rejected != Rejection.Expired && entry.Rejected != Rejection.ValidTooLong))
        {
            var state = states.GetValueOrDefault(entry.Entry.Topic);
            var now = members.ToMembers();
            var leaf = entry.Proven.Leaf;
            if (_contract.SignerOf(state, entry.Entry, now) is { } signer
                && entry.Entry.VerifiesUnder(signer, _log.Consortium.Digest)
                && _contract.Evaluate(state, entry.Entry, new Moment(leaf.Index, leaf.Time, leaf.Number), now) is Verdict.Accepted(OrganisationState next))
            {
                states[entry.Entry.Topic] = next;
                members.Take(next);
                _log.Members.Take(next);
            }
        }
    }

    private static IEnumerable<OrganisationId> NamedIn(Entry entry)
    {
        if (entry.Type == EntryType.MemberJoined && MemberJoined.TryParse(entry.Body) is { } joined)
        {
            return joined.Approvals.Select(approval => approval.Organisation);
        }

        return entry.Type == EntryType.MemberRemoved && MemberRemoved.TryParse(entry.Body) is { } removed
            ? removed.Approvals.Select(approval => approval.Organisation).Append(removed.SignedBy)
            : [];
    }
}
