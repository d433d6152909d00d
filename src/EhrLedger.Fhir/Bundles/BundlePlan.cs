using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>
/// A transaction or batch turned into steps that a node can carry out one after the other: DELETE, POST, PUT and PATCH, GET (FHIR R4 §3.1.0.11.2), in
/// each the order of the Bundle, whose own order has no meaning. Every reference between entries is resolved, and every condition.
/// </summary>
public sealed class BundlePlan
{
    /// <summary>Entries in one Bundle.</summary>
    public const int MaxEntries = 5_000;

    internal BundlePlan(bool isTransaction, int entryCount, IReadOnlyList<PlannedOperation> operations, IReadOnlyList<EntryFault> faults) =>
        (IsTransaction, EntryCount, Operations, Faults) = (isTransaction, entryCount, operations, faults);

    /// <summary>All or nothing; a batch otherwise.</summary>
    public bool IsTransaction { get; }

    /// <summary>Entries in the request.</summary>
    public int EntryCount { get; }

    /// <summary>In the order of execution.</summary>
    public IReadOnlyList<PlannedOperation> Operations { get; }

    /// <summary>The entries of a batch that are refused; empty for a transaction, which would have been refused itself.</summary>
    public IReadOnlyList<EntryFault> Faults { get; }

    /// <summary>Makes a plan.</summary>
    /// <param name="request">A parsed Bundle. Its resources are changed: ids are set and references rewritten.</param>
    /// <param name="lookup">Finds stored resources.</param>
    /// <param name="server">This node's base URL.</param>
    /// <param name="newId">Makes an id for each resource that is created.</param>
    /// <param name="now">The time of the request.</param>
    /// <param name="cancellation">Ends the lookups.</param>
    public static ValueTask<BundlePlanResult> MakeAsync(
        Bundle request, IConditionalLookup lookup, ServerBase server, Func<string> newId, DateTimeOffset now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(lookup);
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(newId);
        return new BundlePlanner(request, lookup, server, newId, now).PlanAsync(cancellation);
    }
}

/// <summary>A plan, or why there is none.</summary>
public abstract record BundlePlanResult
{
    private BundlePlanResult()
    {
    }

    /// <summary>A plan; a batch's may have faulty entries.</summary>
    public sealed record Planned(BundlePlan Plan) : BundlePlanResult;

    /// <summary>Nothing is carried out.</summary>
    /// <param name="Fault">The first fault's status.</param>
    /// <param name="Issues">At least one, at most twenty, each with the entry that it is about.</param>
    public sealed record Refused(PlanFault Fault, IReadOnlyList<OperationOutcome.IssueComponent> Issues) : BundlePlanResult;

    /// <summary>One of the two.</summary>
    public T Match<T>(Func<BundlePlan, T> planned, Func<PlanFault, IReadOnlyList<OperationOutcome.IssueComponent>, T> refused)
    {
        ArgumentNullException.ThrowIfNull(planned);
        ArgumentNullException.ThrowIfNull(refused);
        return this switch
        {
            Planned p => planned(p.Plan),
            Refused r => refused(r.Fault, r.Issues),
            _ => throw new InvalidOperationException("BundlePlanResult is closed."),
        };
    }
}
