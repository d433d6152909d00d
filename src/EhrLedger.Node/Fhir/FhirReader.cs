using System.Globalization;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Replication;
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
            return versionId is null && await foreign.FindAsync(type, [id], asking, cancellationToken) is [var granted]
                ? FhirAnswer.Of(StatusCodes.Status200OK, granted)
                : FhirAnswer.NotFound();
        }

        var number = stored.CurrentVersion;
        if (versionId is not null && !uint.TryParse(versionId, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return FhirAnswer.NotFound();
        }

        if (reader.Open(stored, number) is not { } version)
        {
            return number > stored.CurrentVersion || number == 0
                ? FhirAnswer.NotFound()
                : FhirAnswer.Failed(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The stored record is damaged. The operator has been told.");
        }

        if (version.Deleted)
        {
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.");
        }

        try
        {
            await readLog.ShowAsync([version], [], asking, cancellationToken);
        }
        catch (StoreFailedException)
        {
            return FhirWriter.StoreFailed();
        }

        var shown = new ResourceVersion(type, id, number.ToString(CultureInfo.InvariantCulture), version.LastUpdated);
        return request.Headers.IfNoneMatch.ToString() == shown.ETag
            ? FhirAnswer.Empty(StatusCodes.Status304NotModified)
            : FhirAnswer.OfVersion(StatusCodes.Status200OK, shown, version.Json);
    }

    public async Task<FhirAnswer> SearchAsync(string type, IReadOnlyList<(string Name, string Value)> parameters, HttpRequest request, CancellationToken cancellationToken)
    {
        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        try
        {
            return parameters is [("_page", var token)]
                ? await PageAsync(type, token, asking, cancellationToken)
                : await FirstPageAsync(type, parameters, request, asking, cancellationToken);
        }
        catch (StoreFailedException)
        {
            return FhirWriter.StoreFailed();
        }
    }

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
        var granted = own is null ? null : await foreign.SearchAsync(query, asking, cancellationToken);
        if (own is null || granted is null)
        {
            return FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "The search would open too many records: name a patient, a code or a date.");
        }

        var sorted = SearchEvaluator.Sort(own.Select(hit => (hit.Resource, hit.Version)).Concat(granted.Select(resource => (Resource: resource, Version: (OpenedVersion?)null))!), match => match.Resource, query);
        var size = Math.Min(query.Count ?? UsualPage, LargestPage);
        var page = sorted.Take(size).ToList();
        await readLog.ShowAsync(page.Select(match => match.Version).OfType<OpenedVersion>(), query.NamedPatients, asking, cancellationToken);
        var next = size > 0 && sorted.Count > size
            ? $"{server.Url}/{type}?_page={sessions.Keep(query, [.. sorted.Select(match => new SearchSessions.Match(match.Resource.Id!, match.Version?.Version))], size, asking.Purpose)}"
            : null;
        return FhirAnswer.Of(StatusCodes.Status200OK, Searchset.Build(query, server, [.. page.Select(match => match.Resource)], next));
    }

    private async Task<FhirAnswer> PageAsync(string type, string token, Asking asking, CancellationToken cancellationToken)
    {
        if (sessions.Find(token) is not { } session || session.Query.ResourceType != type || session.Purpose != asking.Purpose)
        {
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Expired, "This page is no longer kept: search again.");
        }

        var matches = session.Matches.Skip(session.Offset).Take(session.Size).ToList();
        var granted = (await foreign.FindAsync(type, [.. matches.Where(match => match.Version is null).Select(match => match.Id)], asking, cancellationToken)).ToDictionary(resource => resource.Id!);
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
        return FhirAnswer.Of(StatusCodes.Status200OK, Searchset.Build(session.Query, server, page, next));
    }
}
