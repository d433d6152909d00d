using System.Globalization;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>What came of one planned operation.</summary>
/// <param name="Status">HTTP status and its name, such as <c>201 Created</c>.</param>
/// <param name="Location">Versioned location; null where nothing was written.</param>
/// <param name="VersionId">For the ETag; null where there is none.</param>
/// <param name="LastModified">As stamped; null where there is none.</param>
/// <param name="Resource">What a GET found, or what Prefer: return=representation asks for; null otherwise.</param>
/// <param name="Outcome">For an error, or for Prefer: return=OperationOutcome; null otherwise.</param>
public sealed record EntryResult(
    string Status, string? Location, string? VersionId, DateTimeOffset? LastModified, Resource? Resource, OperationOutcome? Outcome);

/// <summary>Builds the answer to a transaction or batch.</summary>
public static class BundleResponse
{
    /// <summary>An entry for each of the request's, in the request's order.</summary>
    /// <param name="plan">As carried out.</param>
    /// <param name="results">One for each of the plan's operations, in the plan's order.</param>
    public static Bundle Build(BundlePlan plan, IReadOnlyList<EntryResult> results)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfNotEqual(results.Count, plan.Operations.Count);
        var entries = new Bundle.EntryComponent[plan.EntryCount];
        for (var i = 0; i < results.Count; i++)
        {
            entries[plan.Operations[i].Entry] = Entry(results[i]);
        }

        foreach (var fault in plan.Faults)
        {
            entries[fault.Entry] = Entry(new EntryResult(StatusOf(fault.Fault), null, null, null, null, Outcomes.Outcome.Of(fault.Issue)));
        }

        return new Bundle
        {
            Type = plan.IsTransaction ? Bundle.BundleType.TransactionResponse : Bundle.BundleType.BatchResponse,
            Entry = [.. entries],
        };
    }

    /// <summary>Status line of a fault.</summary>
    public static string StatusOf(PlanFault fault) => fault switch
    {
        PlanFault.BadRequest => "400 Bad Request",
        PlanFault.NotFound => "404 Not Found",
        PlanFault.PreconditionFailed => "412 Precondition Failed",
        PlanFault.Unprocessable => "422 Unprocessable Entity",
    };

    private static Bundle.EntryComponent Entry(EntryResult result) => new()
    {
        Resource = result.Resource,
        Response = new Bundle.ResponseComponent
        {
            Status = result.Status,
            Location = result.Location,
            Etag = result.VersionId is null ? null : string.Create(CultureInfo.InvariantCulture, $"W/\"{result.VersionId}\""),
            LastModified = result.LastModified,
            Outcome = result.Outcome,
        },
    };
}
