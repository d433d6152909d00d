using EhrLedger.Fhir.Access;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>What an entry comes down to once its conditions are resolved.</summary>
public enum PlannedKind
{
    /// <summary>Delete Type/id.</summary>
    Delete,

    /// <summary>A conditional delete that matched nothing: 204, and nothing to do.</summary>
    DeleteNothing,

    /// <summary>Create under the id that the plan assigned.</summary>
    Create,

    /// <summary>A conditional create whose resource exists: 200 with that resource's location, and nothing to write.</summary>
    UseExisting,

    /// <summary>Update Type/id, or create it under that id.</summary>
    Update,

    /// <summary>Patch Type/id; the resource is the patch (Parameters, or Binary with a JSON Patch).</summary>
    Patch,

    /// <summary>Read, search or history, by <see cref="PlannedOperation.Url"/>.</summary>
    Read,
}

/// <summary>Why an entry, or a whole transaction, is refused. Each is one HTTP status.</summary>
public enum PlanFault
{
    /// <summary>400: the shape is wrong, or a reference leads nowhere.</summary>
    BadRequest,

    /// <summary>404: there is nothing to patch.</summary>
    NotFound,

    /// <summary>412: a condition matches several resources, or a conditional reference none.</summary>
    PreconditionFailed,

    /// <summary>422: well formed, but a rule of FHIR's is broken.</summary>
    Unprocessable,
}

/// <summary>One step of a plan.</summary>
/// <param name="Entry">Index of the entry in the request Bundle.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Type">Resource type; null for a system-wide read.</param>
/// <param name="Id">Logical id; null for a type-level read and for <see cref="PlannedKind.DeleteNothing"/>.</param>
/// <param name="Url">The request's URL below the server's base, without a slash before it.</param>
/// <param name="Resource">With all references rewritten and its id set; null where there is none.</param>
/// <param name="IfMatch">As in the entry; null if absent.</param>
/// <param name="IfNoneMatch">As in the entry; null if absent.</param>
/// <param name="IfModifiedSince">As in the entry; null if absent.</param>
public sealed record PlannedOperation(
    int Entry,
    PlannedKind Kind,
    string? Type,
    string? Id,
    string Url,
    Resource? Resource,
    string? IfMatch,
    string? IfNoneMatch,
    DateTimeOffset? IfModifiedSince)
{
    /// <summary>True for an update whose condition found nothing: it may create its id, and overwrite nothing.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>What a caller's scopes must let it do with the type; a condition is a search. None for a read, which says for itself what it needs.</summary>
    public Interactions Needs { get; init; }

    /// <summary>True for a HEAD.</summary>
    public bool WithoutBody { get; init; }

    /// <summary><c>Type/id</c>; null where there is no id.</summary>
    public string? Location => Type is null || Id is null ? null : $"{Type}/{Id}";
}

/// <summary>An entry of a batch that is not carried out.</summary>
public sealed record EntryFault(int Entry, PlanFault Fault, OperationOutcome.IssueComponent Issue);
