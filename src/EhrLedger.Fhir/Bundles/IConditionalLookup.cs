namespace EhrLedger.Fhir.Bundles;

/// <summary>Finds stored resources for conditional references, conditional updates and deletes, and ifNoneExist. The node's indexes answer; tests answer from memory.</summary>
public interface IConditionalLookup
{
    /// <summary>All matches but some, as <c>Type/id</c>. Two are enough to make a condition ambiguous, so a lookup may stop there.</summary>
    /// <param name="type">A resource type of R4.</param>
    /// <param name="query">The search that stands behind the question mark, percent-encoded as written.</param>
    /// <param name="without">What does not count, as <c>Type/id</c>: the Bundle deletes or rewrites it.</param>
    /// <param name="cancellation">Ends the lookup.</param>
    /// <returns>Null if the query is no valid search of the type.</returns>
    ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation);
}
