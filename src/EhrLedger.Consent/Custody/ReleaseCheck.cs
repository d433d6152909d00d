using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Consent.Custody;

/// <summary>What a custodian decides.</summary>
public abstract record ReleaseDecision
{
    private ReleaseDecision()
    {
    }

    /// <summary>Its shares of these headers go to the reader, sealed to the answer key.</summary>
    /// <param name="ReadEntry">Digest of the Read entry, which the answer is bound to.</param>
    /// <param name="Headers">Digests of the headers, each once, in the order of the request.</param>
    public sealed record Released(Digest ReadEntry, IReadOnlyList<Digest> Headers) : ReleaseDecision;

    /// <summary>Nothing goes out.</summary>
    /// <param name="Denial">For this node alone.</param>
    public sealed record Denied(AccessDenial Denial) : ReleaseDecision;
}

/// <summary>
/// The custodian's conditions (protocol, Read, step 3). It believes nobody: entry, grant and batch come from its own copy of the log, the time from its own
/// clock. One condition that fails denies the whole request.
/// </summary>
/// <param name="self">The custodian.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class ReleaseCheck(OrganisationId self, Digest genesis)
{
    /// <summary>How long a Read entry is good for.</summary>
    public static readonly TimeSpan OldestRead = TimeSpan.FromMinutes(10);

    /// <summary>Decides on a request. Pure.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="view">This node's own copy of the log.</param>
    /// <param name="revocations">What this node knows beyond the log.</param>
    /// <param name="now">By this node's own clock.</param>
    public ReleaseDecision Decide(ReleaseRequest request, ILedgerView view, HeldRevocations revocations, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(revocations);
        var use = new GrantUse(self, genesis, view, revocations, now);
        var terms = request.Terms;
        if (use.CheckRequest(request.Custodian, request.Time) is { } unfit)
        {
            return new ReleaseDecision.Denied(unfit);
        }

        if (use.CheckEntry(request.EntryIndex, ConsentEntryTypes.Read, OldestRead, terms, out var entry, out var read) is { } noEntry)
        {
            return new ReleaseDecision.Denied(noEntry);
        }

        if (use.CheckGrant(terms, read.Grant, key => request.VerifiesUnder(key, genesis), out var subject, out var grant) is { } noGrant)
        {
            return new ReleaseDecision.Denied(noGrant);
        }

        if (Digest.Of(request.Opening.Span) != read.OpeningDigest || ReadOpening.TryParse(request.Opening) is not { } opening)
        {
            return new ReleaseDecision.Denied(AccessDenial.OtherOpening);
        }

        if (!terms.Allows(opening.Purpose) || !grant.Allows(opening.Purpose))
        {
            return new ReleaseDecision.Denied(AccessDenial.PurposeNotGranted);
        }

        if (Digest.Of(request.AnswerKey.Span) != grant.AnswerKeyDigest)
        {
            return new ReleaseDecision.Denied(AccessDenial.OtherAnswerKey);
        }

        // The records of one transaction stand in one batch, which is read once.
        var batches = new EntriesReadOnce(view);
        var announced = opening.Records.ToHashSet();
        var headers = new List<Digest>(request.Records.Count);
        foreach (var record in request.Records)
        {
            if (RecordHeader.TryParse(record.Header) is not { } header || WriteRow.TryParse(record.Row) is not { } row)
            {
                return new ReleaseDecision.Denied(AccessDenial.RecordMalformed);
            }

            if (!announced.Contains(header.Record))
            {
                return new ReleaseDecision.Denied(AccessDenial.RecordNotAnnounced);
            }

            if (CheckCoverage(header, terms, grant, record.Anchor.EntryIndex) is { } uncovered)
            {
                return new ReleaseDecision.Denied(uncovered);
            }

            if (CheckRow(header, row, record.Anchor, subject, batches) is { } unanchored)
            {
                return new ReleaseDecision.Denied(unanchored);
            }

            headers.Add(header.Digest);
        }

        return new ReleaseDecision.Released(entry.Digest, [.. headers.Distinct()]);
    }

    /// <summary>
    /// Whether a grant covers a record. The grantee's node asks the same before it announces a read, because one record that is not covered denies the rest.
    /// </summary>
    /// <returns>Null if it does.</returns>
    public static AccessDenial? CheckCoverage(RecordHeader header, GrantTerms terms, OpenGrant grant, ulong anchorIndex)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(grant);
        var last = Math.Max(terms.LastEpoch, grant.ExtendedThrough ?? 0);
        return header.Subject != terms.Subject ? AccessDenial.RecordOfOtherSubject
            : header.Epoch < terms.FirstEpoch || header.Epoch > last ? AccessDenial.EpochNotGranted
            : !terms.Names(header.Record.Record) ? AccessDenial.RecordNotGranted
            : !terms.Future && anchorIndex > grant.GrantedAt ? AccessDenial.RecordAfterGrant
            : null;
    }

    /// <summary>Whether a row stands in the log for this header, by the subject's author, under an epoch that had not ended.</summary>
    /// <returns>Null if it does.</returns>
    public static AccessDenial? CheckRow(RecordHeader header, WriteRow row, Anchor anchor, SubjectState subject, ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(anchor);
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(view);
        if (row.Header != header.Digest || row.Subject != header.Subject)
        {
            return AccessDenial.RowOfOtherHeader;
        }

        if (anchor.EntryIndex >= view.FinalSize
            || view.FindEffective(anchor.EntryIndex) is not { } logged
            || logged.Entry.Type != EntryType.RecordsAnchored
            || BatchBody.TryParse(logged.Entry.Body) is not { } batch)
        {
            return AccessDenial.NotAnchored;
        }

        return header.Author != subject.Organisation || logged.Entry.Topic != subject.Organisation.Topic ? AccessDenial.OtherAuthor
            : !anchor.Verifies(row.LeafHash(), batch.Root) ? AccessDenial.RowNotInBatch
            : !subject.EpochHoldsAt(header.Epoch, anchor.EntryIndex) ? AccessDenial.EpochEnded
            : null;
    }

    private sealed class EntriesReadOnce(ILedgerView view) : ILedgerView
    {
        private readonly Dictionary<ulong, EffectiveEntry?> _read = [];

        public ulong FinalSize => view.FinalSize;

        public DateTimeOffset FinalAsOf => view.FinalAsOf;

        public SubjectState? FindSubject(SubjectId subject) => view.FindSubject(subject);

        public RecoveryState? FindRecovery(RecoveryId recovery) => view.FindRecovery(recovery);

        public EffectiveEntry? FindEffective(ulong index) =>
            _read.TryGetValue(index, out var entry) ? entry : _read[index] = view.FindEffective(index);
    }
}
