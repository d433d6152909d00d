using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Chains;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Search of a type or a compartment, page by page: over what this organisation wrote, and what patients have granted to it.</summary>
internal sealed class FhirSearch(
    AuthorReader reader, AuthorSearch search, Sight sight, ChainSearch chains, ReadLog readLog, IForeignRecords foreign, Inclusion inclusion, SearchSessions sessions, LogReplica replica, ServerBase server, TimeProvider time)
{
    /// <summary>Answers a first page, or a further one for <c>_page</c> alone.</summary>
    public async Task<FhirAnswer> SearchAsync(SearchScope scope, IReadOnlyList<(string Name, string Value)> parameters, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, refusal) = FhirCaller.ForAny(request, scope.Types, Interactions.Search);
        if (asking is null)
        {
            return refusal!;
        }

        if (parameters is [("_page", var token)])
        {
            return await PageAsync(scope.Type, token, asking, cancellationToken);
        }

        if (HttpMethods.IsPost(request.Method))
        {
            // Its question stands in the form, which has been read.
            asking = asking.Asks(FhirCaller.QuestionOf(request, parameters));
        }

        var strict = request.Headers["Prefer"].ToString().Contains("handling=strict", StringComparison.Ordinal);
        return await FirstPageAsync(scope, parameters, strict, asking, cancellationToken);
    }

    /// <summary>A further page.</summary>
    /// <param name="type">As the link has it; null for a search over several types.</param>
    /// <param name="token">Of the page.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<FhirAnswer> PageAsync(string? type, string token, Asking asking, CancellationToken cancellationToken)
    {
        // A ledger that is shorter than the first page saw it can't say what is granted.
        if (sessions.Find(token) is not var (kept, name, number) || kept.Scope.Type != type || !kept.IsOf(asking) || kept.LedgerSize > replica.Size
            || kept.Scope.Parse(kept.Parameters, strict: false, server, kept.AskedAt) is not { Queries: [var lead, ..] queries })
        {
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Expired, "This page is no longer kept: search again.");
        }

        var matches = kept.Matches.Skip(number * kept.Size).Take(kept.Size).ToList();
        var (granted, reach) = await FindGrantedAsync(queries, matches, asking, cancellationToken);
        var page = new List<Showable>();
        foreach (var match in matches)
        {
            if (match.Version is not { } version)
            {
                page.AddRange(granted.TryGetValue((match.Type, match.Id), out var resource) ? [new Showable(resource, null)] : []);
            }
            else if (reader.Find(match.Type, match.Id) is { Deleted: false } stored && reader.Open(stored, version) is { Deleted: false } opened && sight.Sees(asking, opened) && AuthorSearch.Read(opened) is { } own)
            {
                page.Add(new Showable(own, opened));
            }
        }

        // What the page shows, and that another one begins, tells of what a chain leads to.
        var glimpses = new Glimpses();
        var following = kept.Matches.ElementAtOrDefault((number + 1) * kept.Size);
        glimpses.Find(following is { Version: not null } && reader.Find(following.Type, following.Id) is { } next ? [next] : []);
        glimpses.Find(matches.Append(following).OfType<SearchSession.Match>().SelectMany(match => match.Told).Distinct().Select(reader.FindByRow).OfType<StoredResource>());
        return await ShowAsync(lead, [("self", LinkTo(type, name, number)), .. LinksOf(type, name, number, following is not null)], page, null, glimpses, reach, asking, cancellationToken);
    }

    private async Task<FhirAnswer> FirstPageAsync(
        SearchScope scope, IReadOnlyList<(string Name, string Value)> parameters, bool strict, Asking asking, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var ledgerSize = replica.Size;
        var (queries, issues) = scope.Parse(parameters, strict, server, now);
        if (queries is not [var lead, ..])
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, issues);
        }

        var glimpses = new Glimpses();
        glimpses.Name(lead.NamedPatients);
        if (queries.Count > 1 && queries.Any(query => query.Chains.Count > 0))
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.NotSupported, "A search over several types has no chains and no _has.");
        }

        if (await FindAsync(queries, asking, cancellationToken) is not (var own, var granted, var reach, var told))
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return TooCostly();
        }

        var sorted = SearchEvaluator.Sort(own.Select(hit => new Showable(hit.Resource, hit.Version)).Concat(granted.Select(resource => new Showable(resource, null))), match => match.Resource, lead);
        var size = lead.Result.Summary == SummaryMode.Count ? 0 : Math.Min(lead.Count ?? FhirReader.UsualPage, FhirReader.LargestPage);
        var page = sorted.Take(size).ToList();

        // That there is a next page tells of the match that begins it; a number tells of all.
        var more = size > 0 && sorted.Count > size;
        var seen = lead.Result.Total ? sorted.Count : more ? size + 1 : page.Count;
        glimpses.Find(sorted.Take(seen).Skip(size).Select(match => match.Version?.Resource).OfType<StoredResource>());
        glimpses.Find(sorted.Take(seen).SelectMany(match => told(match.Resource)));
        if (reach == Reach.None && own.Count == 0)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Unavailable();
        }

        var links = new List<(string, string)> { ("self", SelfOf(scope, lead)) };
        if (more)
        {
            var name = sessions.Keep(new SearchSession(
                scope, lead.Understood, now, ledgerSize, CallerName.OwnerOf(asking), size,
                [.. sorted.Select(match => new SearchSession.Match(match.Resource.TypeName, match.Resource.Id!, match.Version?.Version, [.. told(match.Resource).Select(resource => resource.RowId)]))]));
            links.AddRange(LinksOf(scope.Type, name, 0, more));
        }

        // A number that may be too low is none.
        var total = lead.Result.Total && reach == Reach.All ? sorted.Count : (int?)null;
        return await ShowAsync(lead, links, page, total, glimpses, reach, asking, cancellationToken);
    }

    /// <summary>Logs, and shows.</summary>
    private async Task<FhirAnswer> ShowAsync(
        SearchQuery query,
        IReadOnlyList<(string Relation, string Url)> links,
        List<Showable> page,
        int? total,
        Glimpses glimpses,
        Reach reach,
        Asking asking,
        CancellationToken cancellationToken)
    {
        var included = query.Result.Includes.Count == 0 || page.Count == 0 ? Included.Nothing : await inclusion.FindAsync(query.Result.Includes, page, asking, cancellationToken);
        if (included is null)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "The page would include too many records: ask for fewer matches, or for less beside them.");
        }

        await readLog.ShowAsync([.. page.Concat(included.Resources).Select(one => one.Version).OfType<OpenedVersion>()], glimpses, asking, cancellationToken);
        IReadOnlyList<OperationOutcome.IssueComponent> issues = reach == Reach.All && included.Reach == Reach.All
            ? query.Warnings
            : [.. query.Warnings, Outcome.Warning(OperationOutcome.IssueType.Incomplete, "Granted records may be missing: other organisations' nodes do not answer now. Search again.")];
        var stored = new Dictionary<Resource, ReadOnlyMemory<byte>>(ReferenceEqualityComparer.Instance);
        return FhirAnswer.Of(
            Searchset.Build(server, links, [.. page.Select(one => Shown(one, isMatch: true))], [.. included.Resources.Select(one => Shown(one, isMatch: false))], total, issues), stored);

        // A granted record's references may lead somewhere only now that what they name was opened.
        Resource Shown(Showable one, bool isMatch)
        {
            var shown = Subset.Of(one.Version is null ? foreign.ShowAgain(one.Resource) : one.Resource, query.Result, isMatch);
            if (one.Version is { } version && ReferenceEquals(shown, one.Resource))
            {
                stored[shown] = version.Json;
            }

            return shown;
        }
    }

    private async Task<Found?> FindAsync(IReadOnlyList<SearchQuery> queries, Asking asking, CancellationToken cancellationToken)
    {
        if (queries is [var one])
        {
            return await chains.FindAsync(one, asking, cancellationToken);
        }

        var own = new List<Hit>();
        foreach (var query in queries)
        {
            if (search.Find(query, enough: int.MaxValue, asking, cancellationToken) is not { } hits || own.Count + hits.Count > AuthorSearch.MostCandidates)
            {
                return null;
            }

            own.AddRange(hits);
        }

        return await foreign.SearchAsync(queries, asking, new SearchBudget(AuthorSearch.MostCandidates), cancellationToken) is ForeignAnswer.Shown(var granted, var reach) ? new Found(own, granted, reach, _ => []) : null;
    }

    /// <summary>Granted records as they are now: one that was changed may match no more.</summary>
    private async Task<(Dictionary<(string Type, string Id), Resource> Granted, Reach Reach)> FindGrantedAsync(
        IReadOnlyList<SearchQuery> queries, List<SearchSession.Match> matches, Asking asking, CancellationToken cancellationToken)
    {
        var granted = new Dictionary<(string, string), Resource>();
        var reach = Reach.All;
        foreach (var ofType in matches.Where(match => match.Version is null).GroupBy(match => match.Type, match => match.Id))
        {
            var answer = await foreign.FindAsync(ofType.Key, [.. ofType], asking, cancellationToken);
            reach = answer is ForeignAnswer.Shown { Reach: Reach.All } ? reach : Reach.Some;
            foreach (var resource in answer is ForeignAnswer.Shown(var resources, _) ? resources : [])
            {
                // What a chain led to was settled with the first page.
                if (queries.Any(query => SearchEvaluator.Matches(resource, query.With())))
                {
                    granted[(ofType.Key, resource.Id!)] = resource;
                }
            }
        }

        return (granted, reach);
    }

    private IEnumerable<(string Relation, string Url)> LinksOf(string? type, byte[] name, int page, bool more)
    {
        yield return ("first", LinkTo(type, name, 0));
        if (page > 0)
        {
            yield return ("previous", LinkTo(type, name, page - 1));
        }

        if (more)
        {
            yield return ("next", LinkTo(type, name, page + 1));
        }
    }

    private string LinkTo(string? type, byte[] name, int page) => $"{server.Url}{(type is null ? string.Empty : $"/{type}")}?_page={sessions.TokenOf(name, page)}";

    private string SelfOf(SearchScope scope, SearchQuery query) =>
        query.Understood.Count == 0 ? $"{server.Url}/{scope.Path}" : $"{server.Url}/{scope.Path}?{QueryText.Write(query.Understood)}";

    private static FhirAnswer TooCostly() => FhirAnswer.Failed(
        StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "The search would open too many records: name a patient, a code or a date.");
}
