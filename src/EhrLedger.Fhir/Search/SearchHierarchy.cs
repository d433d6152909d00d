namespace EhrLedger.Fhir.Search;

/// <summary>The strict hierarchies of R4 in which references can be asked for from above and below.</summary>
public static class SearchHierarchy
{
    /// <summary>What has to be looked at to go up or down from where a query starts.</summary>
    /// <param name="start">A query of a type that has a hierarchy.</param>
    /// <returns>A query for all of the type, and the parameter that leads a step up; null for a type without a hierarchy.</returns>
    public static (SearchQuery All, SearchParameter Parent)? QueryAll(SearchQuery start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return ChainGrammar.FindParent(start.ResourceType) is { } parent && SearchQuery.Parse(start.ResourceType, [], strict: true, start.Server, start.AskedAt) is SearchQueryResult.Accepted(var all)
            ? (all, parent)
            : null;
    }
}
