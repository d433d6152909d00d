using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>Builds one page of search results (FHIR R4 §3.1.1.3.1).</summary>
public static class Searchset
{
    /// <summary>A searchset Bundle.</summary>
    /// <param name="query">What was asked; its warnings become an outcome entry, its understood parameters the self link.</param>
    /// <param name="server">Base of all links.</param>
    /// <param name="page">The resources of this page, in order, each with its id.</param>
    /// <param name="nextPageUrl">Absolute URL of the next page; null on the last. It holds a sealed token of the node's, never criteria.</param>
    /// <param name="total">Matches over all pages; null unless the caller asked for it, because counting is reading.</param>
    /// <param name="warnings">Further warnings for the outcome entry; null for none.</param>
    public static Bundle Build(
        SearchQuery query, ServerBase server, IReadOnlyList<Resource> page, string? nextPageUrl, int? total = null, IReadOnlyList<OperationOutcome.IssueComponent>? warnings = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(page);
        var bundle = new Bundle { Type = Bundle.BundleType.Searchset, Total = total };
        bundle.Link.Add(new Bundle.LinkComponent { Relation = "self", Url = SelfUrl(query, server) });
        if (nextPageUrl is not null)
        {
            bundle.Link.Add(new Bundle.LinkComponent { Relation = "next", Url = nextPageUrl });
        }

        foreach (var resource in page)
        {
            bundle.Entry.Add(new Bundle.EntryComponent
            {
                FullUrl = $"{server.Url}/{resource.TypeName}/{resource.Id}",
                Resource = resource,
                Search = new Bundle.SearchComponent { Mode = Bundle.SearchEntryMode.Match },
            });
        }

        IReadOnlyList<OperationOutcome.IssueComponent> issues = [.. query.Warnings, .. warnings ?? []];
        if (issues.Count > 0)
        {
            bundle.Entry.Add(new Bundle.EntryComponent
            {
                Resource = Outcomes.Outcome.Of(issues),
                Search = new Bundle.SearchComponent { Mode = Bundle.SearchEntryMode.Outcome },
            });
        }

        return bundle;
    }

    /// <summary>The search as it was understood: what was ignored is not in it.</summary>
    public static string SelfUrl(SearchQuery query, ServerBase server)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(server);
        return query.Understood.Count == 0
            ? $"{server.Url}/{query.ResourceType}"
            : $"{server.Url}/{query.ResourceType}?{QueryText.Write(query.Understood)}";
    }
}
