using System.Collections.Immutable;
using EhrLedger.Consent.Subjects;

namespace EhrLedger.Wallet.State;

/// <summary>
/// What two devices of one wallet know, put together. Nothing is lost by it, and what comes back although it was finished is finished once more: each step asks the ledger what is left to do.
/// </summary>
internal static class StateMerge
{
    /// <summary>This device's state with what the other one knows besides. Number and head stay this device's.</summary>
    public static WalletState With(this WalletState own, WalletState other)
    {
        var merged = own;
        foreach (var tie in other.Relationships)
        {
            merged = merged.With(merged.Find(tie.Index) is { } known ? Join(known, tie) : tie);
        }

        return merged with
        {
            Drafts = own.Drafts.AddRange(other.Drafts.Where(draft => own.Drafts.TrueForAll(known => known.Id != draft.Id) && !own.Delivered.ContainsKey(draft.Id))),
            Revocations = own.Revocations.AddRange(other.Revocations.Where(revocation => own.Revocations.TrueForAll(known => known.Grant != revocation.Grant))),
            Agents = own.Agents.AddRange(other.Agents.Where(tie => own.Agents.TrueForAll(known => known.Organisation != tie.Organisation))),
            Requests = [.. own.Requests.Concat(other.Requests).GroupBy(request => request.Request).Select(Join).OrderBy(request => request.ReceivedAt).TakeLast(KeptRequest.Most)],
            Delivered = other.Delivered.Aggregate(own.Delivered, (all, pair) => all.SetItem(pair.Key, Math.Max(pair.Value, all.GetValueOrDefault(pair.Key)))),
            Emergency = own.Emergency is null || other.Emergency?.ChangedAt > own.Emergency.ChangedAt ? other.Emergency ?? own.Emergency : own.Emergency,
            Guardians = own.Guardians is null || other.Guardians?.ChangedAt > own.Guardians.ChangedAt ? other.Guardians ?? own.Guardians : own.Guardians,
            Guardianships = own.Guardianships.AddRange(other.Guardianships.Where(guardianship => own.Guardianships.TrueForAll(known => known.Recovery != guardianship.Recovery))),
            MandateDrafts = own.MandateDrafts.AddRange(other.MandateDrafts.Where(draft => own.MandateDrafts.TrueForAll(known => known.Salt != draft.Salt))),
            MandateEnds = own.MandateEnds.AddRange(other.MandateEnds.Where(end => own.MandateEnds.TrueForAll(known => known.Mandate != end.Mandate))),
            ActingFor = own.ActingFor.AddRange(other.ActingFor.Where(mandate => own.ActingFor.TrueForAll(known => known.Mandate != mandate.Mandate))),
        };
    }

    // Answered on one device is answered; whoever has answered tells of it.
    private static KeptRequest Join(IEnumerable<KeptRequest> same) => same.FirstOrDefault(request => request.IsAnswered) ?? same.First();

    private static Relationship Join(Relationship own, Relationship other)
    {
        // Two devices that connected at the very same moment took one index for two organisations: what is in use counts.
        if (own.Organisation != other.Organisation)
        {
            return other.IsConnected && !own.IsConnected ? other : own;
        }

        var connected = own.IsConnected || !other.IsConnected ? own : other;
        return connected with
        {
            Patient = own.Patient.Length > 0 ? own.Patient : other.Patient,
            Total = Math.Max(own.Total, other.Total),
            Provisional = own.Provisional.IsEmpty ? other.Provisional : own.Provisional,
            Marks = [.. own.Marks.Concat(other.Marks).GroupBy(mark => mark.Category).OrderBy(marks => marks.Key).Select(marks => Join(marks.Key, [.. marks]))],
        };
    }

    private static SubjectMark Join(Category category, ImmutableArray<SubjectMark> marks) => new(
        category, marks.Max(mark => mark.TopicNext), marks.Max(mark => mark.WritesNext), marks.Max(mark => mark.ReadsNext), marks.Max(mark => mark.AuthorEpoch));
}
