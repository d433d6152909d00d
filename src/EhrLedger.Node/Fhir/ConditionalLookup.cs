using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;

namespace EhrLedger.Node.Fhir;

/// <summary>The conditions of one request: whatever the answer turns out to be, whom they name and what they find is kept, to be logged before it goes out.</summary>
internal sealed class ConditionalLookup(AuthorSearch search, Glimpses glimpses, ServerBase server, TimeProvider time) : IConditionalLookup
{
    // One makes a match, two make a condition ambiguous.
    private const int Enough = 2;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation) =>
        ValueTask.FromResult(SearchQuery.Parse(type, QueryText.Parse(query), strict: true, server, time.GetUtcNow()).Match(accepted => Find(accepted, without, cancellation), _ => null));

    private IReadOnlyList<string>? Find(SearchQuery query, IReadOnlySet<string> without, CancellationToken cancellation)
    {
        if (query.Criteria.Count == 0)
        {
            return null;
        }

        glimpses.Name(query.NamedPatients);
        if (search.Find(query, Enough + without.Count, cancellation) is not { } hits)
        {
            return null;
        }

        glimpses.Find(hits.Select(hit => hit.Version.Resource));
        return [.. hits.Select(hit => $"{hit.Version.Type}/{hit.Version.Id}").Where(location => !without.Contains(location))];
    }
}
