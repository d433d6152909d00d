using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.History;

/// <summary>
/// history of an instance, of a type and of the whole server: what this organisation wrote, and nothing else. A granted record has none: its id answers as one that never was, without asking anybody.
/// What the caller's scopes leave out fills no page and stands in no link.
/// </summary>
internal sealed class HistoryReader(AuthorReader reader, Sight sight, ReadLog readLog, HistoryPages pages, ServerBase server)
{
    /// <summary>Most versions of one resource that a history puts in order.</summary>
    public const int MostVersions = 100_000;

    /// <summary>Versions that are not to be shown which a page of a type's history looks at, or of the server's: a page may be short of a rare type, and its link goes on from there.</summary>
    public const int MostOthers = 20_000;

    public async Task<FhirAnswer> ReadAsync(string? type, string? id, string queryText, HttpRequest request, CancellationToken cancellationToken)
    {
        var needs = id is null ? Interactions.Search : Interactions.Read;
        var (asking, refusal) = type is null ? (FhirCaller.Find(request) is { } found ? found with { Needs = needs } : null, FhirWriter.BadCaller()) : FhirCaller.For(request, type, needs);
        if (asking is null)
        {
            return refusal!;
        }

        var strict = request.Headers["Prefer"].ToString().Contains("handling=strict", StringComparison.Ordinal);
        var (page, status, issues) = await FindAsync(type, id, queryText, strict, asking, cancellationToken);
        return page is null ? FhirAnswer.Failed(status, issues) : FhirAnswer.Of(status, page);
    }

    /// <summary>A page, logged; null with at least one issue where there is none.</summary>
    public async Task<(Bundle? Page, int Status, IReadOnlyList<OperationOutcome.IssueComponent> Issues)> FindAsync(
        string? type, string? id, string queryText, bool strict, Asking asking, CancellationToken cancellationToken)
    {
        var (query, issue) = HistoryQuery.Parse([.. QueryText.Parse(queryText).Where(pair => !FhirForm.IsName(pair.Name))], pages, strict);
        if (query is null)
        {
            return (null, StatusCodes.Status400BadRequest, [issue!]);
        }

        var stored = id is null ? null : reader.Find(type!, id);
        if (id is not null && (stored is null || !IsVisible(type!, stored, asking)))
        {
            return (null, StatusCodes.Status404NotFound, Outcome.NotFound().Issue);
        }

        // That it has a history at all tells that it is there, also where nothing of it is shown.
        var glimpses = new Glimpses();
        glimpses.Find(stored is null ? [] : [stored]);
        if (Find(type, stored, query, asking, cancellationToken) is not var (matches, gaveUpAt))
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return Refuse(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "The resource has too many versions to put in order: read those that you know by their number.");
        }

        var more = query.Count > 0 && matches.Count > query.Count;
        var page = matches.Take(query.Count).ToList();
        var next = more ? HistoryPlace.Of(page[^1]) : gaveUpAt is not null ? HistoryPlace.Of(gaveUpAt) : null;

        var shown = new List<OpenedVersion>();
        var told = new List<OpenedVersion>();
        var entries = new List<HistoryEntry>();
        foreach (var outline in matches.Take(more ? query.Count + 1 : query.Count))
        {
            if (reader.Open(outline.Resource, outline.Version) is not { } opened)
            {
                glimpses.Find(outline.Resource);
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return Refuse(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The stored record is damaged. The operator has been told.");
            }

            // Nothing is seen of what a delete made, nor of what begins the next page, but that it is there.
            var onPage = entries.Count < page.Count;
            (onPage && !opened.Deleted ? shown : told).Add(opened);
            if (onPage)
            {
                entries.Add(new HistoryEntry(VersionOf(opened), outline.Creates, opened.Deleted ? null : AuthorSearch.Parse(opened)));
            }
        }

        await readLog.ShowAsync(shown, told, glimpses, asking, cancellationToken);
        var url = $"{server.Url}/{(type is null ? "" : $"{type}/")}{(id is null ? "" : $"{id}/")}_history";
        return (HistoryPage.Build(server, entries, $"{url}?{query.Write(query.After, pages)}", next is not null ? $"{url}?{query.Write(next, pages)}" : null), StatusCodes.Status200OK, []);

        static (Bundle?, int, IReadOnlyList<OperationOutcome.IssueComponent>) Refuse(int status, OperationOutcome.IssueType code, string text) => (null, status, [Outcome.Error(code, text)]);
    }

    private bool IsVisible(string type, StoredResource stored, Asking asking) =>
        reader.Open(stored, stored.CurrentVersion) is { } newest ? sight.Sees(asking, newest) : sight.SeesAnyOf(asking, stored, type);

    // A damaged one is told of to those who may see it whatever it says.
    private bool IsShown(VersionOutline outline, Asking asking) => asking.Access.SeesWhole(asking.Needs, outline.Type)
        || (sight.MayReach(asking, outline.Resource, outline.Type)
            && (reader.Open(outline.Resource, outline.Version) is { } opened ? sight.Sees(asking, opened) : sight.SeesAnyOf(asking, outline.Resource, outline.Type)));

    /// <summary>A page's versions, newest first, and one more if there is one; and where it gave up, if it did. Null if there are too many versions of the one resource.</summary>
    private (IReadOnlyList<VersionOutline> Matches, VersionOutline? GaveUpAt)? Find(string? type, StoredResource? stored, HistoryQuery query, Asking asking, CancellationToken cancellationToken)
    {
        var wanted = query.Count == 0 ? 0 : query.Count + 1;
        if (stored is null)
        {
            return reader.Walk(
                outline => (type is null || outline.Type == type) && IsShown(outline, asking), query.Since, query.After is { } after ? (after.Row, after.Version) : null, wanted, MostOthers, cancellationToken);
        }

        return reader.Outlines(stored.RowId, MostVersions, cancellationToken) is { } all
            ? ([.. all
                .Where(outline => (query.Since is null || outline.LastUpdated >= query.Since) && (query.After is null || HistoryPlace.Of(outline).CompareTo(query.After) > 0))
                .OrderBy(HistoryPlace.Of)
                .Where(outline => IsShown(outline, asking))
                .Take(wanted)], null)
            : null;
    }

    private static ResourceVersion VersionOf(OpenedVersion version) =>
        new(version.Type, version.Id, version.Version.ToString(CultureInfo.InvariantCulture), version.LastUpdated);
}
