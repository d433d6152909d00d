using EhrLedger.Client.Topics;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Access;

/// <summary>Tells what grantees did with one subject's records: its Search and Read entries, opened, and held against what custodians say that they released.</summary>
internal sealed class AccessLogReader(WalletSession session)
{
    /// <summary>Reads the entries of a subject that was brought up to date.</summary>
    public async Task<List<AccessEvent>> ReadAsync(SubjectView view, List<Finding> findings, CancellationToken cancellationToken)
    {
        Judge(view, findings);
        var events = new Dictionary<ulong, AccessEvent>();
        foreach (var entry in view.Copy.Entries.Where(entry => entry.HasEffect && IsAccess(entry)))
        {
            events[entry.Proven.Leaf.Index] = Tell(view, entry, findings);
        }

        foreach (var emergency in view.Emergencies)
        {
            events[emergency.Index] = Tell(view, emergency);
        }

        // A subject that never appeared on the ledger was never released to anyone.
        if (view.State is not null)
        {
            await CompareReleasesAsync(view, events, findings, cancellationToken).ConfigureAwait(false);
        }

        return [.. events.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    private static bool IsAccess(TopicEntry entry) => entry.Entry.Type == ConsentEntryTypes.Search || entry.Entry.Type == ConsentEntryTypes.Read;

    private static void Judge(SubjectView view, List<Finding> findings)
    {
        if (view.Followed.Outcome is TopicOutcome.Withheld or TopicOutcome.TooFewHeads or TopicOutcome.Offline)
        {
            findings.Add(new Finding(
                FindingKind.TopicIncomplete,
                null,
                view.Category,
                view.Followed.Outcome switch
                {
                    TopicOutcome.Withheld => $"Entries {view.Copy.NextNumber} to {Math.Max(view.Followed.Reached, view.Copy.NextNumber + 1) - 1} can't be had, or not proven.",
                    TopicOutcome.TooFewHeads => $"Only {view.Followed.Heads} members answered: the newest entries may be withheld.",
                    _ => "No member answered.",
                }));
        }

        foreach (var entry in view.Copy.Entries.Where(entry => !entry.HasEffect))
        {
            findings.Add(new Finding(FindingKind.InvalidEntry, null, view.Category, $"The entry at index {entry.Proven.Leaf.Index} has no effect: {entry.Rejected!.Value.Code}."));
        }

        foreach (var grant in view.Grants.Where(grant => grant.Memo is null))
        {
            findings.Add(new Finding(FindingKind.MemoUnreadable, null, view.Category, $"The memo of grant {grant.Body.Id} does not open."));
        }
    }

    private AccessEvent Tell(SubjectView view, TopicEntry entry, List<Finding> findings)
    {
        var body = AccessBody.TryParse(entry.Entry.Body)!;
        var grant = view.Find(body.Grant);
        var emergency = view.FindEmergency(body.Grant)?.Body;
        var grantee = emergency?.Organisation ?? grant?.Memo?.Grantee;

        // Who declares an emergency has signed the reader key with it, by its key on the ledger.
        var proven = emergency is not null
            || (grant?.Memo is { } memo && session.OpenStatement(memo.Grantee, memo.Statement) is { } statement && statement.Keys.Any(pair => pair.Reader == grant.Body.ReaderKey));
        var index = entry.Proven.Leaf.Index;
        var isSearch = entry.Entry.Type == ConsentEntryTypes.Search;
        using var logKey = emergency is null ? view.Keys.MemoOf(grant?.By).DeriveLogKey(body.Grant) : view.Keys.DeriveLogKey(emergency);
        var told = LoggedAccess.Open(entry.Entry, logKey) as LoggedAccess.Opened;
        if (told is null)
        {
            findings.Add(new Finding(FindingKind.UnreadableDetails, grantee, view.Category, $"What the entry at index {index} says does not open."));
        }
        else if (grantee is { } known && told.Details.Organisation != known)
        {
            findings.Add(new Finding(FindingKind.OtherOrganisation, known, view.Category, $"The entry at index {index} says that {told.Details.Organisation} asks."));
        }

        return new AccessEvent(
            emergency is null ? (isSearch ? AccessKind.Searched : AccessKind.Read) : isSearch ? AccessKind.EmergencySearched : AccessKind.EmergencyRead,
            entry.Proven.Time,
            index,
            view.Category,
            view.Relationship.Organisation,
            body.Grant,
            grantee,
            proven,
            told?.Details.Person ?? "",
            told?.Details.Role ?? "",
            told?.Purpose,
            told?.Records ?? [],
            null,
            told is not null,
            [])
        { GrantedBy = view.NameOf(grant?.By) };
    }

    private static AccessEvent Tell(SubjectView view, EmergencySeen emergency)
    {
        var account = view.Keys.OpenAccount(emergency.Body);
        return new AccessEvent(
            AccessKind.EmergencyDeclared,
            emergency.Time,
            emergency.Index,
            view.Category,
            view.Relationship.Organisation,
            emergency.Body.Grant,
            emergency.Body.Organisation,
            true,
            account?.Requesters[0].Name ?? "",
            account?.Requesters[0].Role ?? "",
            Consent.Grants.PurposeOfUse.BreakTheGlass,
            [],
            null,
            account is not null,
            []);
    }

    private async Task CompareReleasesAsync(SubjectView view, Dictionary<ulong, AccessEvent> events, List<Finding> findings, CancellationToken cancellationToken)
    {
        await foreach (var (node, answer) in Ahead.AskAsync(
            session.Nodes.All,
            node => node.Wallet.ReadReleasesAsync(session.Request(node.Organisation, view.Keys, SubjectRequestKind.Releases), view.Keys.Identity, cancellationToken)).ConfigureAwait(false))
        {
            session.Log.Note(node, answer);
            if (!answer.TryGet(out var releases))
            {
                findings.Add(new Finding(FindingKind.CustodianSilent, node.Organisation, view.Category, "It did not say what it released."));
                continue;
            }

            foreach (var release in releases.Releases)
            {
                Compare(view, node.Organisation, release, events, findings);
            }
        }
    }

    private static void Compare(SubjectView view, OrganisationId custodian, ReleaseMade release, Dictionary<ulong, AccessEvent> events, List<Finding> findings)
    {
        var entry = view.Copy.Entries.FirstOrDefault(entry => entry.Proven.Leaf.Index == release.EntryIndex);
        if (entry is null
            || !entry.HasEffect
            || entry.Entry.Type != ConsentEntryTypes.Read
            || AccessBody.TryParse(entry.Entry.Body)?.OpeningDigest != release.Opening.Digest
            || release.Records.Except(release.Opening.Records).Any()
            || !events.TryGetValue(release.EntryIndex, out var told))
        {
            findings.Add(new Finding(FindingKind.ReleaseWithoutEntry, custodian, view.Category, $"It released shares on index {release.EntryIndex}, which does not cover them."));
            return;
        }

        var seen = new ReleaseSeen(custodian, DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(release.Time, 253_402_300_799_999)));
        events[release.EntryIndex] = told with
        {
            Releases = [.. told.Releases, seen],
            Purpose = told.Readable ? told.Purpose : release.Opening.Purpose,
            Records = told.Readable ? told.Records : release.Opening.Records,
        };
    }
}
