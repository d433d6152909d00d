using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Views;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>read and vread: what this organisation wrote, and what patients have granted to it.</summary>
internal sealed class FhirReader(AuthorReader reader, Sight sight, ReadLog readLog, IForeignRecords foreign, WithViews views)
{
    /// <summary>Matches on a page where the caller does not say.</summary>
    public const int UsualPage = 50;

    /// <summary>Most matches on a page.</summary>
    public const int LargestPage = 1_000;

    public async Task<FhirAnswer> ReadAsync(string type, string id, string? versionId, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, refusal) = FhirCaller.For(request, type, Interactions.Read);
        if (asking is null)
        {
            return refusal!;
        }

        if (views.HasVersions(type, id))
        {
            return await ReadViewAsync(type, id, versionId, request, asking, cancellationToken);
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

        var version = reader.Open(stored, number);
        if (!(version is null ? sight.SeesAnyOf(asking, stored, type) : sight.Sees(asking, version)))
        {
            return versionId is null ? await ReadForeignAsync(type, id, asking, cancellationToken) : FhirAnswer.NotFound();
        }

        if (version is null)
        {
            var glimpses = new Glimpses();
            glimpses.Find(stored);
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Damaged();
        }

        if (version.Deleted)
        {
            await readLog.TellAsync(version, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, version.Erased ? "The patient has had this record erased." : "The resource was deleted.");
        }

        await readLog.ShowAsync([version], [], asking, cancellationToken);
        var shown = new ResourceVersion(type, id, number.ToString(CultureInfo.InvariantCulture), version.LastUpdated);
        return ReadConditions.Of(request).IsKnown(shown)
            ? FhirAnswer.OfVersion(StatusCodes.Status304NotModified, shown, default)
            : FhirAnswer.OfVersion(StatusCodes.Status200OK, shown, version.Json);
    }

    private async Task<FhirAnswer> ReadForeignAsync(string type, string id, Asking asking, CancellationToken cancellationToken) =>
        await foreign.FindAsync(type, [id], asking, cancellationToken) switch
        {
            ForeignAnswer.Shown([var granted], _) => FhirAnswer.Of(StatusCodes.Status200OK, granted),
            var none => NotShown(none),
        };

    private async Task<FhirAnswer> ReadViewAsync(string type, string id, string? versionId, HttpRequest request, Asking asking, CancellationToken cancellationToken)
    {
        var answer = await foreign.FindAsync(type, [id], asking, cancellationToken);
        if (answer is not ForeignAnswer.Shown([{ Meta: { VersionId: { } newest, LastUpdated: { } at } } view], _) || (versionId is not null && versionId != newest))
        {
            return FhirAnswer.NotFound();
        }

        var shown = new ResourceVersion(type, id, newest, at);
        return ReadConditions.Of(request).IsKnown(shown)
            ? FhirAnswer.OfVersion(StatusCodes.Status304NotModified, shown, default)
            : FhirAnswer.OfVersion(StatusCodes.Status200OK, shown, FhirJson.Write(view));
    }

    /// <summary>What is answered where a question for one record has shown none: alike for every interaction.</summary>
    public static FhirAnswer NotShown(ForeignAnswer answer) => answer switch
    {
        ForeignAnswer.Shown(_, Reach.All) => FhirAnswer.NotFound(),
        ForeignAnswer.Shown => FhirAnswer.Unavailable(),
        _ => FhirAnswer.Failed(
            StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "This organisation holds too many grants to ask under each of them: search by _id, and name a patient."),
    };

    /// <summary>What an answer says of whom it did not reach.</summary>
    public static IReadOnlyList<OperationOutcome.IssueComponent> WarningsOf(Reach reach) => reach == Reach.All
        ? []
        : [Outcome.Warning(OperationOutcome.IssueType.Incomplete, "Granted records may be missing: other organisations' nodes do not answer now. Search again.")];
}
