using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Chains;

namespace EhrLedger.Node.Fhir;

/// <summary>The conditions of one request: whatever the answer turns out to be, whom they name and what they find is kept, to be logged before it goes out. A condition sees what a search by the same caller would.</summary>
internal sealed class ConditionalLookup(ChainSearch search, Glimpses glimpses, Asking asking, ServerBase server, TimeProvider time) : IConditionalLookup
{
    // One makes a match, two make a condition ambiguous.
    private const int Enough = 2;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation) =>
        SearchQuery.Parse(type, QueryText.Parse(query), strict: true, server, time.GetUtcNow()) is SearchQueryResult.Accepted(var accepted) ? await FindAsync(accepted, without, cancellation) : null;

    private async Task<IReadOnlyList<string>?> FindAsync(SearchQuery query, IReadOnlySet<string> without, CancellationToken cancellation)
    {
        if (query.IsEmpty || !query.Result.IsPlain)
        {
            return null;
        }

        glimpses.Name(query.NamedPatients);
        if (await search.FindOwnAsync(query, Enough + without.Count, asking, cancellation) is not { } found)
        {
            return null;
        }

        glimpses.Find(found.Own.Select(hit => hit.Version.Resource));
        glimpses.Find(found.Own.SelectMany(hit => found.Told(hit.Resource)));
        return [.. found.Own.Select(hit => $"{hit.Version.Type}/{hit.Version.Id}").Where(location => !without.Contains(location))];
    }
}
