using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>What $meta-add and $meta-delete do.</summary>
internal enum MetaChange
{
    /// <summary>What is named is there afterwards.</summary>
    Add,

    /// <summary>What is named is not there afterwards.</summary>
    Delete,
}

/// <summary>
/// $meta, $meta-add and $meta-delete of one resource (FHIR R4, Resource-meta). A change makes a new version: what is stored is sealed as a whole, and the patient's log says that it was
/// written.
/// </summary>
internal sealed class MetaOperations(AuthorReader reader, Sight sight, AuthorWriter writer, IntentMaker intents, ReadLog readLog, IForeignRecords foreign)
{
    // Whoever changes the resource meanwhile makes this one read it again.
    private const int MostTries = 5;

    public async Task<FhirAnswer> ShowAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Read);
        if (asking is null)
        {
            return notOpen!;
        }

        if (reader.Find(type, id) is null)
        {
            return await foreign.FindAsync(type, [id], asking, cancellationToken) switch
            {
                ForeignAnswer.Shown([var granted], _) => Answer(granted.Meta),
                var none => FhirReader.NotShown(none),
            };
        }

        var (version, resource, refusal) = await OpenAsync(type, id, asking, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        await readLog.ShowAsync([version!], [], asking, cancellationToken);
        return Answer(resource.Meta);
    }

    public async Task<FhirAnswer> ChangeAsync(string type, string id, MetaChange change, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Update);
        if (asking is null)
        {
            return notOpen!;
        }

        var (body, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (body is null)
        {
            return refusal!;
        }

        if ((body as Parameters)?.Parameter.Find(one => one.Name == "meta")?.Value is not Meta named)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Required, "Send Parameters with one parameter 'meta' of type Meta.");
        }

        for (var tries = 0; tries < MostTries; tries++)
        {
            var (version, resource, missing) = await OpenAsync(type, id, asking, cancellationToken);
            if (resource is null)
            {
                return missing!;
            }

            resource.Meta ??= new Meta();
            if (!Apply(resource.Meta, named, change))
            {
                await readLog.ShowAsync([version!], [], asking, cancellationToken);
                return AnswerTo(asking, version!.Resource, resource);
            }

            var glimpses = new Glimpses();
            glimpses.Find(version!.Resource);
            var (intent, issue) = intents.Make(resource, id, version.Version, null, glimpses);
            if (intent is null)
            {
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]);
            }

            if (!sight.MayWrite(asking, resource, intent))
            {
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return FhirAnswer.NotInScopes(FhirCaller.NotInScopes(asking.Needs, $"this {type}"));
            }

            // Rendering stamps the new version into it.
            var outcome = await writer.WriteAsync([intent], asking, cancellationToken);
            if (outcome is WriteOutcome.Written)
            {
                return AnswerTo(asking, version.Resource, resource);
            }

            await readLog.TellAsync(glimpses, asking, cancellationToken);
            if (outcome is not WriteOutcome.Refused { Reason: WriteRefusal.OtherVersion })
            {
                return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, OperationOutcome.IssueType.BusinessRule, "The resource can't be written as it is.");
            }
        }

        return FhirAnswer.Failed(StatusCodes.Status409Conflict, OperationOutcome.IssueType.Conflict, "The resource was changed meanwhile.");
    }

    private async Task<(OpenedVersion? Version, Resource? Resource, FhirAnswer? Refusal)> OpenAsync(string type, string id, Asking asking, CancellationToken cancellationToken)
    {
        if (reader.Find(type, id) is not { } stored)
        {
            return (null, null, RecordId.TryParse(id) is null
                ? FhirAnswer.NotFound()
                : FhirAnswer.Failed(
                    StatusCodes.Status405MethodNotAllowed, OperationOutcome.IssueType.NotSupported, "An id of 32 hexadecimal digits is another author's record, which only its author writes."));
        }

        var opened = reader.Open(stored, stored.CurrentVersion);
        if (!(opened is null ? sight.SeesAnyOf(asking, stored, type) : sight.Sees(asking, opened)))
        {
            return (null, null, FhirAnswer.NotFound());
        }

        if (opened is { } version)
        {
            if (version.Deleted)
            {
                await readLog.TellAsync(version, asking, cancellationToken);
                return (null, null, FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted."));
            }

            if (AuthorSearch.Parse(version) is { } resource)
            {
                return (version, resource, null);
            }
        }

        var glimpses = new Glimpses();
        glimpses.Find(stored);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return (null, null, FhirAnswer.Damaged());
    }

    /// <returns>Whether anything has changed.</returns>
    private static bool Apply(Meta meta, Meta named, MetaChange change) =>
        Apply(meta.ProfileElement, named.ProfileElement, (one, other) => Equals(one.JsonValue, other.JsonValue), change)
        | Apply(meta.Tag, named.Tag, IsSame, change)
        | Apply(meta.Security, named.Security, IsSame, change);

    private static bool Apply<T>(List<T> kept, IReadOnlyList<T> named, Func<T, T, bool> isSame, MetaChange change)
    {
        var before = kept.Count;
        foreach (var one in named)
        {
            if (change == MetaChange.Delete)
            {
                kept.RemoveAll(other => isSame(one, other));
            }
            else if (!kept.Exists(other => isSame(one, other)))
            {
                kept.Add(one);
            }
        }

        return kept.Count != before;
    }

    private static bool IsSame(Coding one, Coding other) => one.System == other.System && one.Code == other.Code;

    // Labels say what a record is about: who may change it and not read it is shown none.
    private FhirAnswer AnswerTo(Asking asking, StoredResource stored, Resource resource) =>
        sight.Sees(asking with { Needs = Interactions.Read }, stored, resource)
            ? Answer(resource.Meta)
            : FhirAnswer.Of(StatusCodes.Status200OK, Outcome.Information("It is as you asked. The scopes of this token do not let its bearer read it."));

    private static FhirAnswer Answer(Meta? meta) =>
        FhirAnswer.Of(StatusCodes.Status200OK, new Parameters { Parameter = [new Parameters.ParameterComponent { Name = "return", Value = meta ?? new Meta() }] });
}
