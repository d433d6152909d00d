using System.Globalization;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.History;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.WebUtilities;

namespace EhrLedger.Node.Fhir;

/// <summary>read, vread and history as a Bundle's entries: of own resources only.</summary>
internal sealed class BundleReads(AuthorReader reader, ReadLog readLog, HistoryReader history)
{
    /// <summary>Null where the entry asks for something else.</summary>
    public async Task<EntryResult?> FindAsync(PlannedOperation operation, Asking asking, CancellationToken cancellationToken)
    {
        var mark = operation.Url.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = mark < 0 ? (operation.Url, "") : (operation.Url[..mark], operation.Url[(mark + 1)..]);
        return path.TrimEnd('/').Split('/') switch
        {
            ["_history"] => await HistoryAsync(null, null, query, asking, cancellationToken),
            [_, "_history"] when operation.Type is { } type => await HistoryAsync(type, null, query, asking, cancellationToken),
            [_, _, "_history"] when operation is { Type: { } type, Id: { } id } => await HistoryAsync(type, id, query, asking, cancellationToken),
            [_, _, "_history", var version] when operation is { Type: not null, Id: not null } => await ReadAsync(operation, version, asking, cancellationToken),
            [_, _] when operation is { Type: not null, Id: not null } => await ReadAsync(operation, null, asking, cancellationToken),
            _ => null,
        };
    }

    public static EntryResult Failed(int status, IReadOnlyList<OperationOutcome.IssueComponent> issues) =>
        new($"{status} {ReasonPhrases.GetReasonPhrase(status)}", null, null, null, null, Outcome.Of(issues));

    private async Task<EntryResult> ReadAsync(PlannedOperation operation, string? versionId, Asking asking, CancellationToken cancellationToken)
    {
        var number = 0u;
        if (reader.Find(operation.Type!, operation.Id!) is not { } stored
            || (versionId is not null && !uint.TryParse(versionId, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            || (versionId is not null && (number == 0 || number > stored.CurrentVersion)))
        {
            return Failed(StatusCodes.Status404NotFound, Outcome.NotFound().Issue);
        }

        if (reader.Open(stored, versionId is null ? stored.CurrentVersion : number) is not { } opened)
        {
            var glimpses = new Glimpses();
            glimpses.Find(stored);
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return Failed(StatusCodes.Status500InternalServerError, [Outcome.Error(OperationOutcome.IssueType.Exception, "The stored record is damaged. The operator has been told.")]);
        }

        if (opened.Deleted)
        {
            await readLog.TellAsync(opened, asking, cancellationToken);
            return Failed(StatusCodes.Status410Gone, [Outcome.Error(OperationOutcome.IssueType.Deleted, "The resource was deleted.")]);
        }

        await readLog.ShowAsync([opened], [], asking, cancellationToken);
        var version = new ResourceVersion(opened.Type, opened.Id, opened.Version.ToString(CultureInfo.InvariantCulture), opened.LastUpdated);
        var known = new ReadConditions(operation.IfNoneMatch, operation.IfModifiedSince).IsKnown(version);
        return new EntryResult(
            known ? "304 Not Modified" : "200 OK", null, version.VersionId, opened.LastUpdated, known || operation.WithoutBody ? null : AuthorSearch.Parse(opened), null);
    }

    private async Task<EntryResult> HistoryAsync(string? type, string? id, string query, Asking asking, CancellationToken cancellationToken)
    {
        var (page, status, issues) = await history.FindAsync(type, id, query, strict: false, asking, cancellationToken);
        return page is null ? Failed(status, issues) : new EntryResult("200 OK", null, null, null, page, null);
    }
}
