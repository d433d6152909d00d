using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Patch;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// Conditional update, delete and patch (FHIR R4 §3.1.0.4.3, §3.1.0.7.1, §3.1.0.10), with the outcomes that they have in a Bundle. Whatever comes of it, whom the condition names and what it finds
/// is logged first.
/// </summary>
internal sealed class ConditionalWriter(FhirWriter writer, Patcher patcher, ReadLog readLog)
{
    public async Task<FhirAnswer> UpdateAsync(string type, string condition, HttpRequest request, CancellationToken cancellationToken)
    {
        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        if (resource.TypeName != type)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, $"The body is a {resource.TypeName}, the URL says {type}.");
        }

        if (!FhirWriter.TryReadIfMatch(request, out var ifVersion))
        {
            return FhirWriter.BadIfMatch();
        }

        return await WithMatchAsync(type, Interactions.Update, condition, request, (match, asking) => match switch
        {
            null when resource.Id is { } wished => writer.IsForeign(type, wished)
                ? System.Threading.Tasks.Task.FromResult(FhirWriter.ReadOnly())
                : writer.WriteOneAsync(resource, wished, ifVersion, request, asking, cancellationToken, ifAbsent: true),
            null => writer.WriteOneAsync(resource, FhirWriter.NewId(), ifVersion, request, asking, cancellationToken),
            { } found when resource.Id is null || resource.Id == found => writer.WriteOneAsync(resource, found, ifVersion, request, asking, cancellationToken),
            _ => System.Threading.Tasks.Task.FromResult(FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, "The condition finds a resource of another id.", $"{type}.id")),
        }, cancellationToken);
    }

    public async Task<FhirAnswer> DeleteAsync(string type, string condition, HttpRequest request, CancellationToken cancellationToken) =>
        !FhirWriter.TryReadIfMatch(request, out var ifVersion)
            ? FhirWriter.BadIfMatch()
            : await WithMatchAsync(type, Interactions.Delete, condition, request, (match, asking) => match is null
                ? System.Threading.Tasks.Task.FromResult(ifVersion is null ? Preferences.Of(request).Deleted() : FhirWriter.OtherVersion(type))
                : writer.DeleteOneAsync(type, match, ifVersion, request, asking, cancellationToken), cancellationToken);

    public async Task<FhirAnswer> PatchAsync(string type, string condition, HttpRequest request, CancellationToken cancellationToken)
    {
        var (patch, refusal) = await Patcher.ReadAsync(request, cancellationToken);
        return patch is null
            ? refusal!
            : await WithMatchAsync(type, Interactions.Update, condition, request, (match, asking) => match is null
                ? System.Threading.Tasks.Task.FromResult(FhirAnswer.Failed(StatusCodes.Status404NotFound, OperationOutcome.IssueType.NotFound, "The condition finds nothing to patch."))
                : patcher.PatchAsync(type, match, patch, request, asking, cancellationToken), cancellationToken);
    }

    /// <param name="type">Searched.</param>
    /// <param name="needs">What is to be done with what is found.</param>
    /// <param name="condition">The query, percent-encoded as it came.</param>
    /// <param name="request">Says who asks.</param>
    /// <param name="act">Takes the one id that matches; null where none does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<FhirAnswer> WithMatchAsync(string type, Interactions needs, string condition, HttpRequest request, Func<string?, Asking, Task<FhirAnswer>> act, CancellationToken cancellationToken)
    {
        var (asking, refusal) = FhirCaller.For(request, type, needs | Interactions.Search);
        if (asking is null)
        {
            return refusal!;
        }

        asking = asking with { Needs = needs };
        using var held = await writer.HoldAsync(type, condition, cancellationToken);
        var glimpses = new Glimpses();
        var matches = await writer.LookUp(glimpses, asking).FindAsync(type, condition, new HashSet<string>(), cancellationToken);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return matches switch
        {
            null => FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "What stands behind the question mark is not a search of this type."),
            [] => await act(null, asking),
            [var only] => await act(FhirReference.Parse(only)!.Id, asking),
            _ => FhirAnswer.Failed(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.MultipleMatches, "The condition matches more than one resource."),
        };
    }
}
