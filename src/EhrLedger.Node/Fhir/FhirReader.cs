using System.Globalization;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>read, vread and search: what this organisation wrote, and what patients have granted to it.</summary>
internal sealed class FhirReader(AuthorReader reader, AuthorSearch search, ReadLog readLog, IForeignRecords foreign, SearchSessions sessions, ServerBase server, TimeProvider time)
{
    /// <summary>Matches on a page where the caller does not say.</summary>
    public const int UsualPage = 50;

    /// <summary>Most matches on a page.</summary>
    public const int LargestPage = 1_000;

    public async Task<FhirAnswer> ReadAsync(string type, string id, string? versionId, HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        if (reader.Find(type, id) is not { } stored)
        {
            return versionId is null ? await ReadForeignAsync(type, id, asking, cancellationToken) : FhirAnswer.NotFound();
        }

        var number = stored.CurrentVersion;
        if (versionId is not null && !uint.TryParse(versionId, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return FhirAnswer.NotFound();
        }

        if (number > stored.CurrentVersion || number == 0)
        {
            return FhirAnswer.NotFound();
        }

        if (reader.Open(stored, number) is not { } version)
        {
            var glimpses = new Glimpses();
            glimpses.Find(stored);
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Damaged();
        }

        if (version.Deleted)
        {
            await readLog.TellAsync(version, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.");
        }

        await readLog.ShowAsync([version], [], asking, cancellationToken);
        var shown = new ResourceVersion(type, id, number.ToString(CultureInfo.InvariantCulture), version.LastUpdated);
        return ReadConditions.Of(request).IsKnown(shown)
            ? FhirAnswer.OfVersion(StatusCodes.Status304NotModified, shown, default)
            : FhirAnswer.OfVersion(StatusCodes.Status200OK, shown, version.Json);
    }

    public async Task<FhirAnswer> SearchAsync(string type, IReadOnlyList<(string Name, string Value)> parameters, HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        return parameters is [("_page", var token)]
            ? await PageAsync(type, token, asking, cancellationToken)
            : await FirstPageAsync(type, parameters, request, asking, cancellationToken);
    }

    private async Task<FhirAnswer> ReadForeignAsync(string type, string id, Asking asking, CancellationToken cancellationToken) =>
        await foreign.FindAsync(type, [id], asking, cancellationToken) switch
        {
            ForeignAnswer.Shown([var granted], _) => FhirAnswer.Of(StatusCodes.Status200OK, granted),
            ForeignAnswer.Shown(_, Reach.All) => FhirAnswer.NotFound(),
            ForeignAnswer.Shown => FhirAnswer.Unavailable(),
            _ => FhirAnswer.Failed(
                StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "This organisation holds too many grants to ask under each of them: search by _id, and name a patient."),
        };

    private async Task<FhirAnswer> FirstPageAsync(
        string type, IReadOnlyList<(string Name, string Value)> parameters, HttpRequest request, Asking asking, CancellationToken cancellationToken)
    {
        var strict = request.Headers["Prefer"].ToString().Contains("handling=strict", StringComparison.Ordinal);
        var parsed = SearchQuery.Parse(type, parameters, strict, server, time.GetUtcNow());
        if (parsed is not SearchQueryResult.Accepted(var query))
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, ((SearchQueryResult.Refused)parsed).Issues);
        }

        var own = search.Find(query, enough: int.MaxValue, cancellationToken);
        if (own is null || await foreign.SearchAsync(query, asking, cancellationToken) is not ForeignAnswer.Shown(var granted, var reach))
        {
            await readLog.ShowAsync([], query.NamedPatients, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "The search would open too many records: name a patient, a code or a date.");
        }

        var sorted = SearchEvaluator.Sort(own.Select(hit => (hit.Resource, hit.Version)).Concat(granted.Select(resource => (Resource: resource, Version: (OpenedVersion?)null))!), match => match.Resource, query);
        var size = Math.Min(query.Count ?? UsualPage, LargestPage);
        var page = sorted.Take(size).ToList();

        // That there is a next page tells of the match that begins it.
        var more = size > 0 && sorted.Count > size;
        var glimpses = new Glimpses();
        glimpses.Name(query.NamedPatients);
        glimpses.Find(more && sorted[size].Version is { } first ? [first.Resource] : []);
        await readLog.ShowAsync([.. page.Select(match => match.Version).OfType<OpenedVersion>()], glimpses, asking, cancellationToken);
        if (reach == Reach.None && own.Count == 0)
        {
            return FhirAnswer.Unavailable();
        }

        var next = more
            ? $"{server.Url}/{type}?_page={sessions.Keep(query, [.. sorted.Select(match => new SearchSessions.Match(match.Resource.Id!, match.Version?.Version))], size, asking.Purpose)}"
            : null;
        return FhirAnswer.Of(StatusCodes.Status200OK, Searchset.Build(query, server, [.. page.Select(match => match.Resource)], next, warnings: WarningsOf(reach)));
    }

    private async Task<FhirAnswer> PageAsync(string type, string token, Asking asking, CancellationToken cancellationToken)
    {
        if (sessions.Find(token) is not { } session || session.Query.ResourceType != type || session.Purpose != asking.Purpose)
        {
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Expired, "This page is no longer kept: search again.");
        }

        var matches = session.Matches.Skip(session.Offset).Take(session.Size).ToList();
        var answer = await foreign.FindAsync(type, [.. matches.Where(match => match.Version is null).Select(match => match.Id)], asking, cancellationToken);
        var (resources, reach) = answer is ForeignAnswer.Shown shownNow ? (shownNow.Resources, shownNow.Reach) : ([], Reach.Some);
        var granted = resources.ToDictionary(resource => resource.Id!);
        var page = new List<Resource>();
        var shown = new List<OpenedVersion>();
        foreach (var match in matches)
        {
            if (match.Version is null)
            {
                page.AddRange(granted.TryGetValue(match.Id, out var resource) ? [resource] : []);
            }
            else if (reader.Find(type, match.Id) is { } stored && reader.Open(stored, match.Version.Value) is { Deleted: false } opened && AuthorSearch.Parse(opened) is { } own)
            {
                shown.Add(opened);
                page.Add(own);
            }
        }

        await readLog.ShowAsync(shown, [], asking, cancellationToken);
        var next = sessions.Next(token) is { } further ? $"{server.Url}/{type}?_page={further}" : null;
        return FhirAnswer.Of(StatusCodes.Status200OK, Searchset.Build(session.Query, server, page, next, warnings: WarningsOf(reach)));
    }

    private static IReadOnlyList<OperationOutcome.IssueComponent> WarningsOf(Reach reach) => reach == Reach.All
        ? []
        : [Outcome.Warning(OperationOutcome.IssueType.Incomplete, "Granted records may be missing: other organisations' nodes do not answer now. Search again.")];
}
