using EhrLedger.Consent.Assembly;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Reading;

/// <summary>
/// The grantee's way to a record, as the protocol has it: a final Search entry, candidates from an index holder, a final Read entry, shares from custodians, and only then the plaintext. One
/// subject at a time.
/// </summary>
internal sealed class GranteeReader(
    LogReplica replica, Finality finality, ISubmitter submitter, Keepers keepers, BatchLocator batches, CustodianSet custodians, TimeProvider time, IAlarmSink alarms)
{
    /// <summary>Most candidates that one search may open under one grant.</summary>
    public const int MostCandidates = 2_000;

    private const int MostPages = 50;

    /// <summary>Candidates under one grant. Null if there are too many; none if the grant, or nobody, answers.</summary>
    /// <param name="grant">Which holds.</param>
    /// <param name="plan">Groups of search tokens that narrow down.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<Candidate>?> SearchAsync(HeldGrant grant, IReadOnlyList<IReadOnlyList<string>> plan, Asking asking, CancellationToken cancellationToken)
    {
        var (entry, opening) = AccessEntries.Search(
            ReaderGrant.Of(grant.Access, grant.Keys), AskerOf(asking), asking.Purpose, asking.QueryDigest, time.GetUtcNow() + Entry.UsualValidity, replica.Genesis.Digest);
        if (await SubmitAsync(entry, cancellationToken) is not { } index)
        {
            return [];
        }

        // Tokens of different epochs never meet: a row matches under the keys of its own. A grant of single records has no index key, and so no tokens: the holder names those records that are current.
        IReadOnlyList<IReadOnlyList<Token>> groups = grant.Access.Epochs.Count == 0 ? [] : [.. plan.Select(group => (IReadOnlyList<Token>)[.. grant.Access.Epochs.SelectMany(epoch => group.Select(epoch.IndexKey.TokenOf))])];
        // The author first: only it is sure to have the newest version. The others stand in when it does not answer.
        foreach (var holder in keepers.Others(grant.Access.Author).Reverse().Append(keepers.Self))
        {
            var candidates = new List<Candidate>();
            ulong after = 0;
            var pages = 0;
            while (true)
            {
                var request = SearchRequest.Sign(
                    index, holder, grant.Access.Terms, opening, groups, after, SearchRequest.MostRows, grant.Keys.Reader, time.GetUtcNow(), replica.Genesis.Digest);
                if (await keepers.SearchAsync(holder, request, cancellationToken) is not { } rows)
                {
                    break;
                }

                candidates.AddRange(rows.Select(row => Open(grant, row)).OfType<Candidate>());
                if (candidates.Count > MostCandidates)
                {
                    return null;
                }

                if (rows.Count < SearchRequest.MostRows)
                {
                    // A holder that names one version twice gains nothing by it.
                    return [.. candidates.DistinctBy(candidate => candidate.Header.Record)];
                }

                // Nor does one that sends rows without end: they go on behind the last, and there are so many at most.
                if (rows[^1].Id <= after || ++pages == MostPages)
                {
                    break;
                }

                after = rows[^1].Id;
            }
        }

        return [];
    }

    /// <summary>Reads records under one grant: what comes back has been logged, finally, and released by the custodians.</summary>
    public async Task<IReadOnlyList<(Candidate Candidate, ReadOnlyMemory<byte> Json)>> ReadAsync(
        HeldGrant grant, IReadOnlyList<Candidate> candidates, Asking asking, CancellationToken cancellationToken)
    {
        candidates = Covered(grant, candidates);
        var read = new List<(Candidate, ReadOnlyMemory<byte>)>(candidates.Count);
        if (candidates.Count == 0)
        {
            return read;
        }

        var byRecord = candidates.ToDictionary(candidate => candidate.Header.Record);
        foreach (var (entry, opening) in AccessEntries.Read(
            ReaderGrant.Of(grant.Access, grant.Keys),
            AskerOf(asking),
            asking.Purpose,
            byRecord.Keys,
            asking.QueryDigest,
            time.GetUtcNow() + Entry.UsualValidity,
            replica.Genesis.Digest))
        {
            if (await SubmitAsync(entry, cancellationToken) is { } index)
            {
                read.AddRange(await AssembleAsync(grant, entry, index, opening, [.. opening.Records.Select(record => byRecord[record])], cancellationToken));
            }
        }

        return read;
    }

    // One record that is not covered would deny the rest: the custodians' own checks come first, on this node's copy of the log.
    private IReadOnlyList<Candidate> Covered(HeldGrant grant, IReadOnlyList<Candidate> candidates)
    {
        var view = new ReplicaView(replica, finality);
        return view.FindSubject(grant.Access.Subject) is { } subject && subject.FindGrant(grant.Access.Grant) is { } open
            ? [.. candidates.Where(candidate =>
                ReleaseCheck.CheckCoverage(candidate.Header, grant.Access.Terms, open, candidate.Anchor.EntryIndex) is null
                && ReleaseCheck.CheckRow(candidate.Header, candidate.Row, candidate.Anchor, subject, view) is null)]
            : [];
    }

    private async Task<List<(Candidate, ReadOnlyMemory<byte>)>> AssembleAsync(
        HeldGrant grant, Entry entry, ulong index, ReadOpening opening, List<Candidate> candidates, CancellationToken cancellationToken)
    {
        using var assembly = new ReadAssembly(custodians);
        var requested = candidates.Where(candidate => assembly.Expect(candidate.Header, candidate.Row))
            .Select(candidate => new RequestedRecord(candidate.Header.Bytes, candidate.Row.Encode(), candidate.Anchor))
            .ToList();
        var waiting = keepers.Others(grant.Access.Author).Prepend(keepers.Self).Where(custodian => custodians.PlaceOf(custodian) >= 0).ToList();
        while (requested.Count > 0 && !assembly.IsComplete && waiting.Count > 0)
        {
            // As many as are still needed, side by side; one that fails is made up for by the next.
            var missing = Math.Max(1, candidates.Max(candidate => assembly.MissingFor(candidate.Header.Digest) ?? 0));
            var asked = waiting.Take(missing).ToList();
            waiting.RemoveRange(0, asked.Count);
            var releases = await Task.WhenAll(asked.Select(async custodian => (
                custodian,
                Release: await keepers.ReleaseAsync(
                    custodian,
                    ReleaseRequest.Sign(index, custodian, grant.Access.Terms, opening, grant.Keys, requested, time.GetUtcNow(), replica.Genesis.Digest),
                    grant.Keys.Answer,
                    entry.Digest,
                    cancellationToken))));
            foreach (var (custodian, release) in releases)
            {
                if (release is not null)
                {
                    assembly.Take(custodian, release);
                    release.Dispose();
                }
            }
        }

        foreach (var liar in assembly.Liars)
        {
            alarms.Raise(AlarmKind.LyingPeer, $"{liar} released a share that is not what the record's header says.");
        }

        var opened = new List<(Candidate, ReadOnlyMemory<byte>)>();
        foreach (var candidate in candidates)
        {
            if (await OpenAsync(grant, assembly, candidate, cancellationToken) is { } json)
            {
                opened.Add((candidate, json));
            }
        }

        return opened;
    }

    private async Task<ReadOnlyMemory<byte>?> OpenAsync(HeldGrant grant, ReadAssembly assembly, Candidate candidate, CancellationToken cancellationToken)
    {
        var header = candidate.Header;
        if (assembly.MissingFor(header.Digest) is not 0)
        {
            return null;
        }

        if (candidate.FirstHalf is { } half
            && grant.FirstHalves.Needs(header, half)
            && await keepers.FindEncapsulationAsync(half.Encapsulation, header.Author, cancellationToken) is { } encapsulation)
        {
            grant.FirstHalves.Offer(header.Epoch, encapsulation);
        }

        return await keepers.FindCiphertextAsync(candidate.Row.Ciphertext, header.Author, cancellationToken) is { } ciphertext
            && assembly.Open(header.Digest, candidate.FirstHalf, grant.FirstHalves, ciphertext) is AssembledRecord.Opened(var content)
                ? content
                : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>A row is a candidate only if it opens, is about the granted subject, and stands in the log where its author says.</summary>
    private Candidate? Open(HeldGrant grant, FoundRow found)
    {
        foreach (var epoch in grant.Access.Epochs)
        {
            if (IndexRow.Open(epoch.IndexKey, found.Header, found.Sealed.Span) is { } row)
            {
                return row.Header.Subject == grant.Access.Subject
                    && row.Header.Author == grant.Access.Author
                    && row.Header.Epoch == epoch.Epoch
                    && grant.Access.Terms.Names(row.Header.Record.Record)
                    && batches.Find(row.Header.Author, row.Batch) is var (index, root)
                    && row.Path.Verifies(row.Row.LeafHash(), root)
                        ? new Candidate(row.Header, row.Row, row.AnchorAt(index), row.FirstHalf)
                        : null;
            }
        }

        // Of a single record the patient has given this one version. Where the holder names another as current, there is nothing to show: never an older one.
        return grant.Access.Records.FirstOrDefault(record => record.Header.Digest == found.Header) is { } single
            ? new Candidate(single.Header, single.Row, single.Anchor, null)
            : null;
    }

    private async Task<ulong?> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        if (await submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Final, cancellationToken) is not SubmitOutcome.Logged { Level: CommitLevel.Final } logged)
        {
            return null;
        }

        // What stands in the log finally is still on its way to this node's own copy.
        await replica.WaitForSizeAsync(logged.Index + 1, cancellationToken);
        return logged.Index;
    }

    private Asker AskerOf(Asking asking) => new(keepers.Self, asking.Person, asking.Role);
}

/// <summary>A record that may be read under a grant.</summary>
/// <param name="Header">Of its current version.</param>
/// <param name="Row">The header's row.</param>
/// <param name="Anchor">Where the row stands in the log.</param>
/// <param name="FirstHalf">K1 for the epoch's sealing key; null where the access key has K1 itself.</param>
internal sealed record Candidate(RecordHeader Header, WriteRow Row, Anchor Anchor, SealedHalf? FirstHalf);
