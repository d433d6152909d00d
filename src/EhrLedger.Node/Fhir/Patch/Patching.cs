using System.Globalization;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.Patch;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Patch;

/// <summary>
/// Applies a patch to the newest version of an own resource. A patch can ask about every element, by a test or by a path, and its answer shows the whole: the version that it is applied to is logged
/// as opened before anything else happens.
/// </summary>
internal sealed class Patching(AuthorReader reader, Sight sight, ReadLog readLog)
{
    /// <summary>The patch of a Bundle's entry.</summary>
    public static (ResourcePatch? Patch, OperationOutcome.IssueComponent? Issue) Read(Resource resource)
    {
        switch (resource)
        {
            case Parameters parameters:
                return FhirPathPatch.Parse(parameters);
            case Binary { ContentType: JsonPatch.MediaType, Data: { } data }:
                return JsonPatch.Parse(data);
            default:
                return (null, Outcome.Error(OperationOutcome.IssueType.NotSupported, $"A patch is a Parameters resource, or a Binary of the content type {JsonPatch.MediaType}."));
        }
    }

    /// <summary>Logs, then applies. Nothing is written.</summary>
    /// <param name="type">Of the resource.</param>
    /// <param name="id">Of the resource; not another author's.</param>
    /// <param name="patch">Read.</param>
    /// <param name="ifVersion">The version that must be the newest; null where any will do.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Patched> ApplyAsync(string type, string id, ResourcePatch patch, uint? ifVersion, Asking asking, CancellationToken cancellationToken)
    {
        if (reader.Find(type, id) is not { } stored)
        {
            return new Patched.Refused(StatusCodes.Status404NotFound, Outcome.NotFound().Issue);
        }

        var current = reader.Open(stored, stored.CurrentVersion);
        if (!(current is null ? sight.SeesAnyOf(asking, stored, type) : sight.Sees(asking, current)))
        {
            return new Patched.Refused(StatusCodes.Status404NotFound, Outcome.NotFound().Issue);
        }

        var glimpses = new Glimpses();
        glimpses.Find(stored);
        if (current is null)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return Refused(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The stored record is damaged. The operator has been told.");
        }

        if (current.Deleted)
        {
            await readLog.TellAsync(current, asking, cancellationToken);
            return Refused(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.");
        }

        if (ifVersion is not null && ifVersion != current.Version)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return Refused(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.Conflict, $"{type} is not at the version that If-Match names.");
        }

        await readLog.ShowAsync([current], [], asking, cancellationToken);
        return patch.Apply(current.Json.Span).Match<Patched>(
            resource => new Patched.Applied(resource, current.Version),
            issues => new Patched.Refused(StatusCodes.Status422UnprocessableEntity, issues));
    }

    /// <summary>A Bundle's patch as the update that it comes down to; or what the entry answers.</summary>
    /// <param name="operation">Of kind patch, not of another author's record.</param>
    /// <param name="ifVersion">The version that must be the newest; null where any will do.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(PlannedOperation? Update, Patched.Refused? Refusal)> ResolveAsync(PlannedOperation operation, uint? ifVersion, Asking asking, CancellationToken cancellationToken)
    {
        var (patch, issue) = Read(operation.Resource!);
        if (patch is null)
        {
            return (null, InEntry(new Patched.Refused(StatusCodes.Status400BadRequest, [issue!]), operation));
        }

        return await ApplyAsync(operation.Type!, operation.Id!, patch, ifVersion, asking, cancellationToken) switch
        {
            Patched.Applied(var resource, var version) => (operation with
            {
                Kind = PlannedKind.Update,
                Resource = resource,
                IfMatch = string.Create(CultureInfo.InvariantCulture, $"W/\"{version}\""),
            }, null),
            Patched.Refused refused => (null, InEntry(refused, operation)),
            _ => throw new InvalidOperationException("Patched has two cases."),
        };
    }

    private static Patched.Refused InEntry(Patched.Refused refused, PlannedOperation operation)
    {
        foreach (var issue in refused.Issues.Where(issue => !issue.Expression.Any()))
        {
            issue.Expression = [$"Bundle.entry[{operation.Entry}]"];
        }

        return refused;
    }

    private static Patched.Refused Refused(int status, OperationOutcome.IssueType code, string text) => new(status, [Outcome.Error(code, text)]);
}

/// <summary>What applying a patch came to.</summary>
internal abstract record Patched
{
    private Patched()
    {
    }

    /// <summary>A resource to be written as an update is.</summary>
    /// <param name="Resource">Valid.</param>
    /// <param name="Version">The version that it was made of.</param>
    public sealed record Applied(Resource Resource, uint Version) : Patched;

    /// <summary>Logged, where the answer tells anything.</summary>
    public sealed record Refused(int Status, IReadOnlyList<OperationOutcome.IssueComponent> Issues) : Patched;
}
