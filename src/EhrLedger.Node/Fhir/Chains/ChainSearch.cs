using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Chains;

/// <summary>
/// Search with chains: what a chain leads to is searched first, and what that leaves is a plain criterion of the query that has the chain. The author's records are found by the author's search, granted ones
/// by what their grants open; neither is looked at in any other way. Nothing about own records is logged here: whoever lets a match out does that, with <see cref="Found.Told"/>.
/// </summary>
internal sealed class ChainSearch(AuthorSearch search, IForeignRecords foreign, ServerBase server)
{
    /// <summary>Matches among own and granted records. Null if it would open too many.</summary>
    public Task<Found?> FindAsync(SearchQuery query, Asking asking, CancellationToken cancellationToken) =>
        new ChainRun(search, server, foreign, asking, int.MaxValue, cancellationToken).FindAsync(query);

    /// <summary>Matches among own records.</summary>
    /// <param name="query">Parsed.</param>
    /// <param name="enough">Stops after so many matches.</param>
    /// <param name="asking">Whose scopes every match, and what leads to it, is within.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public Task<Found?> FindOwnAsync(SearchQuery query, int enough, Asking asking, CancellationToken cancellationToken) =>
        new ChainRun(search, server, null, asking, enough, cancellationToken).FindAsync(query);
}

/// <summary>Matches, unsorted.</summary>
/// <param name="Own">This organisation's.</param>
/// <param name="Granted">As they may be shown; logged and released.</param>
/// <param name="Reach">Whether something may be missing that is granted.</param>
/// <param name="Told">Own records that a match tells of without showing them, because a chain leads to them.</param>
internal sealed record Found(IReadOnlyList<Hit> Own, IReadOnlyList<Resource> Granted, Reach Reach, Func<Resource, IReadOnlyList<StoredResource>> Told)
{
    public static Found Nothing(Reach reach) => new([], [], reach, _ => []);
}
