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
using EhrLedger.Node.Custody;

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

    /// <summary>Candidates under one grant.</summary>
    /// <param name="grant">Which holds.</param>
    /// <param name="plan">Groups of search tokens that narrow down.</param>
    /// <param name="only">These records alone; null for all that the plan leaves.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CandidateSearch> SearchAsync(
        HeldGrant grant, IReadOnlyList<IReadOnlyList<string>> plan, IReadOnlySet<RecordId>? only, Asking asking, CancellationToken cancellationToken)
    {
        var (submitted, opening) = await SubmitSearchAsync(grant, asking, cancellationToken);
        if (submitted is not KeeperAnswer<ulong>.Given(var index))
        {
            return submitted is KeeperAnswer<ulong>.Denied ? new CandidateSearch.Denied() : new CandidateSearch.Unavailable();
        }

        var candidates = new List<Candidate>();
        foreach (var portion in Portions(grant, only))
        {
            IReadOnlyList<IReadOnlyList<string>> narrowed = portion.Count == 0 ? plan : [.. plan, [.. portion.Select(RecordToken.Of)]];
            var answer = await SearchAsync(grant, index, opening, narrowed, only, cancellationToken);
            if (answer is not CandidateSearch.Found(var found))
            {
                return answer;
            }

            candidates.AddRange(found);
        }

        return new CandidateSearch.Found(candidates);
    }

    /// <summary>
    /// What has come under a grant since the last look: a Search entry of its own, and then the author alone is asked, for each type behind the last row that it has named. Nothing is opened. Other holders do not stand in: their rows
    /// have other places.
    /// </summary>
    /// <param name="grant">Which holds, and is of epochs.</param>
    /// <param name="places">For each FHIR resource type the last row that the author has named; 0 for none.</param>
    /// <param name="asking">For whom, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>For each type that the author has answered for, what is new, as far as the grant covers it, and the last row. Nothing where it, or the ledger, refuses or does not answer.</returns>
    public async Task<IReadOnlyDictionary<string, (IReadOnlyList<Candidate> New, ulong Place)>> LookAsync(
        HeldGrant grant, IReadOnlyDictionary<string, ulong> places, Asking asking, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<string, (IReadOnlyList<Candidate> New, ulong Place)>(StringComparer.Ordinal);
        var (submitted, opening) = await SubmitSearchAsync(grant, asking, cancellationToken);
        if (submitted is not KeeperAnswer<ulong>.Given(var index))
        {
            return seen;
        }

        foreach (var (type, last) in places)
        {
            IReadOnlyList<IReadOnlyList<Token>> groups = [[.. grant.Access.Epochs.Select(epoch => epoch.IndexKey.TokenOf($"_type|{type}"))]];
            var found = new List<Candidate>();
            var place = last;
            for (var page = 0; page < MostPages; page++)
            {
                var request = SearchRequest.Sign(
                    index, grant.Access.Author, grant.Access.Terms, opening, groups, place, SearchRequest.MostRows, grant.Keys.Reader, time.GetUtcNow(), replica.Genesis.Digest);
                if (await keepers.SearchAsync(grant.Access.Author, request, cancellationToken) is not KeeperAnswer<IReadOnlyList<FoundRow>>.Given(var rows))
                {
                    return seen;
                }

                // What this node's copy of the log does not have yet is looked at again the next time.
                var known = rows.TakeWhile(row => !IsOnItsWay(grant, row)).ToList();
                found.AddRange(known.Select(row => Open(grant, row)).OfType<Candidate>());
                if (known.Count > 0 && known[^1].Id > place)
                {
                    place = known[^1].Id;
                }

                if (known.Count < SearchRequest.MostRows)
                {
                    break;
                }
            }

            seen[type] = (Covered(grant, found), place);
        }

        return seen;
    }

    // A group has so many tokens at most, and a record has one in each epoch. An empty portion asks for no record by its token.
    private static IEnumerable<IReadOnlyCollection<RecordId>> Portions(HeldGrant grant, IReadOnlySet<RecordId>? only) =>
        only is null || grant.Access.Epochs.Count == 0 ? [[]] : only.Chunk(Math.Max(1, SearchRequest.MostTokens / grant.Access.Epochs.Count));

    private async Task<CandidateSearch> SearchAsync(
        HeldGrant grant, ulong index, SearchOpening opening, IReadOnlyList<IReadOnlyList<string>> plan, IReadOnlySet<RecordId>? only, CancellationToken cancellationToken)
    {
        // Tokens of different epochs never meet: a row matches under the keys of its own. A grant of single records has no index key, and so no tokens: the holder names those records that are current.
        IReadOnlyList<IReadOnlyList<Token>> groups = grant.Access.Epochs.Count == 0 ? [] : [.. plan.Select(group => (IReadOnlyList<Token>)[.. grant.Access.Epochs.SelectMany(epoch => group.Select(epoch.IndexKey.TokenOf))])];
        var denied = false;

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
                var answer = await keepers.SearchAsync(holder, request, cancellationToken);
                if (answer is not KeeperAnswer<IReadOnlyList<FoundRow>>.Given(var rows))
                {
                    denied |= answer is KeeperAnswer<IReadOnlyList<FoundRow>>.Denied;
                    break;
                }

                candidates.AddRange(rows.Select(row => Open(grant, row)).OfType<Candidate>().Where(candidate => only is null || only.Contains(candidate.Header.Record.Record)));
                if (candidates.Count > MostCandidates)
                {
                    return new CandidateSearch.TooMany();
                }

                if (rows.Count < SearchRequest.MostRows)
                {
                    // A holder that names one version twice gains nothing by it.
                    return new CandidateSearch.Found([.. candidates.DistinctBy(candidate => candidate.Header.Record)]);
                }

                // Nor does one that sends rows without end: they go on behind the last, and there are so many at most.
                if (rows[^1].Id <= after || ++pages == MostPages)
                {
                    break;
                }

                after = rows[^1].Id;
            }
        }

        // One refusal is enough: a revocation that half the holders can't be asked about must not look like an outage.
        return denied ? new CandidateSearch.Denied() : new CandidateSearch.Unavailable();
    }

    /// <summary>Reads records under one grant: what comes back opened has been logged, finally, and released by the custodians.</summary>
    /// <returns>One for each candidate that is covered, in no order.</returns>
    public async Task<IReadOnlyList<RecordRead>> ReadAsync(HeldGrant grant, IReadOnlyList<Candidate> candidates, Asking asking, CancellationToken cancellationToken)
    {
        candidates = Covered(grant, candidates);
        var read = new List<RecordRead>(candidates.Count);
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
            read.AddRange(await SubmitAsync(entry, cancellationToken) switch
            {
                KeeperAnswer<ulong>.Given(var index) => await AssembleAsync(grant, entry, index, opening, [.. opening.Records.Select(record => byRecord[record])], cancellationToken),
                KeeperAnswer<ulong>.Denied => opening.Records.Select(_ => new RecordRead.Denied()),
                _ => opening.Records.Select(_ => (RecordRead)new RecordRead.Unavailable()),
            });
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

    private async Task<IEnumerable<RecordRead>> AssembleAsync(
        HeldGrant grant, Entry entry, ulong index, ReadOpening opening, List<Candidate> candidates, CancellationToken cancellationToken)
    {
        using var assembly = new ReadAssembly(custodians);
        var requested = candidates.Where(candidate => assembly.Expect(candidate.Header, candidate.Row))
            .Select(candidate => new RequestedRecord(candidate.Header.Bytes, candidate.Row.Encode(), candidate.Anchor))
            .ToList();
        var waiting = keepers.Others(grant.Access.Author).Prepend(keepers.Self).Where(custodian => custodians.PlaceOf(custodian) >= 0).ToList();
        var denied = false;
        while (requested.Count > 0 && !assembly.IsComplete && waiting.Count > 0)
        {
            // As many as are still needed, side by side; one that fails is made up for by the next. This node's own comes last: it works while the others' requests are on their way.
            var missing = Math.Max(1, candidates.Max(candidate => assembly.MissingFor(candidate.Header.Digest) ?? 0));
            var asked = waiting.Take(missing).ToList();
            waiting.RemoveRange(0, asked.Count);
            var releases = await Task.WhenAll(asked.OrderBy(custodian => custodian == keepers.Self).Select(async custodian => (
                custodian,
                Answer: await keepers.ReleaseAsync(
                    custodian,
                    ReleaseRequest.Sign(index, custodian, grant.Access.Terms, opening, grant.Keys, requested, time.GetUtcNow(), replica.Genesis.Digest),
                    grant.Keys.Answer,
                    entry.Digest,
                    cancellationToken))));
            foreach (var (custodian, answer) in releases)
            {
                denied |= answer is KeeperAnswer<Release>.Denied;
                if (answer is KeeperAnswer<Release>.Given(var release))
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

        var read = new List<RecordRead>(candidates.Count);
        foreach (var candidate in candidates)
        {
            read.Add(assembly.MissingFor(candidate.Header.Digest) switch
            {
                null => new RecordRead.Denied(),
                0 => await OpenAsync(grant, assembly, candidate, cancellationToken),
                _ => denied ? new RecordRead.Denied() : new RecordRead.Unavailable(),
            });
        }

        return read;
    }

    private async Task<RecordRead> OpenAsync(HeldGrant grant, ReadAssembly assembly, Candidate candidate, CancellationToken cancellationToken)
    {
        var header = candidate.Header;
        if (candidate.FirstHalf is { } half && grant.FirstHalves.Needs(header, half))
        {
            if (await keepers.FindEncapsulationAsync(half.Encapsulation, header.Author, cancellationToken) is not { } encapsulation)
            {
                return new RecordRead.Unavailable();
            }

            grant.FirstHalves.Offer(header.Epoch, encapsulation);
        }

        return await keepers.FindCiphertextAsync(candidate.Row.Ciphertext, header.Author, cancellationToken) is not { } ciphertext ? new RecordRead.Unavailable()
            : assembly.Open(header.Digest, candidate.FirstHalf, grant.FirstHalves, ciphertext) is AssembledRecord.Opened(var content) ? new RecordRead.Opened(candidate, content)
            : new RecordRead.Denied();
    }

    private bool IsOnItsWay(HeldGrant grant, FoundRow found) => grant.Access.Epochs.Any(epoch =>
        IndexRow.Open(epoch.IndexKey, found.Header, found.Sealed.Span) is { } row && batches.Find(row.Header.Author, row.Batch) is null);

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

    private async Task<(KeeperAnswer<ulong> Submitted, SearchOpening Opening)> SubmitSearchAsync(HeldGrant grant, Asking asking, CancellationToken cancellationToken)
    {
        var (entry, opening) = AccessEntries.Search(
            ReaderGrant.Of(grant.Access, grant.Keys), AskerOf(asking), asking.Purpose, asking.QueryDigest, time.GetUtcNow() + Entry.UsualValidity, replica.Genesis.Digest);
        return (await SubmitAsync(entry, cancellationToken), opening);
    }

    private async Task<KeeperAnswer<ulong>> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        var outcome = await submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Final, cancellationToken);
        if (outcome is not SubmitOutcome.Logged { Level: CommitLevel.Final } logged)
        {
            return outcome is SubmitOutcome.Refused ? new KeeperAnswer<ulong>.Denied() : new KeeperAnswer<ulong>.Silent();
        }

        // What stands in the log finally is still on its way to this node's own copy.
        await replica.WaitForSizeAsync(logged.Index + 1, cancellationToken);
        return new KeeperAnswer<ulong>.Given(logged.Index);
    }

    private Asker AskerOf(Asking asking) => new(keepers.Self, asking.Person, asking.Role);
}

/// <summary>A record that may be read under a grant.</summary>
/// <param name="Header">Of its current version.</param>
/// <param name="Row">The header's row.</param>
/// <param name="Anchor">Where the row stands in the log.</param>
/// <param name="FirstHalf">K1 for the epoch's sealing key; null where the access key has K1 itself.</param>
internal sealed record Candidate(RecordHeader Header, WriteRow Row, Anchor Anchor, SealedHalf? FirstHalf);
