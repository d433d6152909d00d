using EhrLedger.Consent.Records;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>A resource that is about to be shown.</summary>
/// <param name="Resource">As it is shown.</param>
/// <param name="Version">Null for another author's record, which was logged when it was opened.</param>
internal sealed record Showable(Resource Resource, OpenedVersion? Version)
{
    public string Name => $"{Resource.TypeName}/{Resource.Id}";
}

/// <summary>What stands beside the matches of a page.</summary>
/// <param name="Resources">In the order of being found; none twice, and no match.</param>
/// <param name="Reach">Of the questions under grants.</param>
internal sealed record Included(IReadOnlyList<Showable> Resources, Reach Reach)
{
    public static Included Nothing { get; } = new([], Reach.All);
}

/// <summary>
/// Follows _include and _revinclude from a page's matches: to this author's records and its directory, and from granted records to what the same patient has granted. Nothing is logged
/// here of this author's own; whoever lets it out does that.
/// </summary>
internal sealed class Inclusion(AuthorReader reader, AuthorSearch search, Sight sight, IForeignRecords foreign, ServerBase server, TimeProvider time)
{
    /// <summary>Most resources beside the matches of one page.</summary>
    public const int MostIncluded = 2_000;

    private const int MostRounds = 10;

    // References in one query, whose token groups have to stay below what an index holder takes.
    private const int MostAlternatives = 200;

    /// <summary>Null if there are too many, or if it would open too many.</summary>
    public async Task<Included?> FindAsync(IReadOnlyList<SearchInclude> includes, IReadOnlyList<Showable> page, Asking asking, CancellationToken cancellationToken)
    {
        var seen = page.Select(match => match.Name).ToHashSet(StringComparer.Ordinal);
        var found = new List<Showable>();
        var reach = Reach.All;
        var frontier = page;
        var ofOthers = new SearchBudget(AuthorSearch.MostCandidates);
        for (var round = 0; frontier.Count > 0; round++)
        {
            IReadOnlyList<SearchInclude> asked = round == 0 ? includes : [.. includes.Where(include => include.Iterate)];
            if (asked.Count == 0)
            {
                break;
            }

            if (round == MostRounds || await StepAsync(asked, frontier, asking, ofOthers, cancellationToken) is not var (step, stepReach))
            {
                return null;
            }

            reach = stepReach == Reach.All ? reach : Reach.Some;
            frontier = [.. step.Where(one => seen.Add(one.Name))];
            found.AddRange(frontier);
            if (found.Count > MostIncluded)
            {
                return null;
            }
        }

        return new Included(found, reach);
    }

    private async Task<(IReadOnlyList<Showable> Found, Reach Reach)?> StepAsync(
        IReadOnlyList<SearchInclude> includes, IReadOnlyList<Showable> frontier, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        var found = new List<Showable>();
        var byId = new HashSet<(string Type, string Id)>();
        foreach (var one in frontier)
        {
            foreach (var target in includes.Where(include => !include.IsReverse).SelectMany(include => include.TargetsOf(one.Resource, server)).DistinctBy(target => target.Relative))
            {
                if (reader.Find(target.Type, target.Id) is { } stored)
                {
                    found.AddRange(Open(stored, asking) is { } own ? [own] : []);
                }
                else if (one.Version is not null && RecordId.TryParse(target.Id) is not null)
                {
                    byId.Add((target.Type, target.Id));
                }
            }
        }

        var answers = new List<ForeignAnswer>();
        foreach (var ofType in byId.GroupBy(target => target.Type, target => target.Id))
        {
            answers.Add(await foreign.FindAsync(ofType.Key, [.. ofType], asking, cancellationToken));
        }

        foreach (var (query, ofOthers) in Backwards(includes, frontier))
        {
            if (search.Find(query, MostIncluded + 1, asking, cancellationToken) is not { } hits)
            {
                return null;
            }

            found.AddRange(hits.Select(hit => new Showable(hit.Resource, hit.Version)));
            if (ofOthers)
            {
                answers.Add(await foreign.SearchAsync(query, asking, budget, cancellationToken));
            }
        }

        answers.Add(await foreign.FollowAsync([.. frontier.Where(one => one.Version is null).Select(one => one.Resource)], includes, asking, cancellationToken));
        if (answers.Exists(answer => answer is ForeignAnswer.TooMany))
        {
            return null;
        }

        var shown = answers.Cast<ForeignAnswer.Shown>().ToList();
        found.AddRange(shown.SelectMany(answer => answer.Resources).Select(resource => new Showable(resource, null)));
        return (found, shown.TrueForAll(answer => answer.Reach == Reach.All) ? Reach.All : Reach.Some);
    }

    /// <summary>
    /// Searches for what points at the frontier; for a patient of this organisation's also among what the patient has granted to it, and for entries of directories also among those that are shared with it.
    /// </summary>
    private IEnumerable<(SearchQuery Query, bool OfOthers)> Backwards(IReadOnlyList<SearchInclude> includes, IReadOnlyList<Showable> frontier) =>
        from include in includes
        where include.IsReverse
        from ofType in frontier.GroupBy(one => one.Resource.TypeName)
        from parameter in include.ParametersTo(ofType.Key)
        from portion in ofType.Select(one => one.Name).Chunk(MostAlternatives)
        let query = SearchQuery.Parse(include.SourceType!, [(parameter.Code, string.Join(',', portion))], strict: true, server, time.GetUtcNow())
        select (((SearchQueryResult.Accepted)query).Query, ofType.Key == "Patient" || SharingTable.Has(include.SourceType!));

    private Showable? Open(StoredResource stored, Asking asking) =>
        !stored.Deleted && reader.Open(stored, stored.CurrentVersion) is { Deleted: false } version && AuthorSearch.Read(version) is { } resource && sight.Sees(asking, stored, resource) ? new Showable(resource, version) : null;
}
