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
        List<(string, string)> links = [("self", SelfUrl(query, server))];
        if (nextPageUrl is not null)
        {
            links.Add(("next", nextPageUrl));
        }

        return Build(server, links, page, [], total, [.. query.Warnings, .. warnings ?? []]);
    }

    /// <summary>A searchset Bundle.</summary>
    /// <param name="server">Base of all entries.</param>
    /// <param name="links">Relations and absolute URLs, in order.</param>
    /// <param name="matches">In order, each with its id.</param>
    /// <param name="included">What stands beside them; no match is among it.</param>
    /// <param name="total">Matches over all pages; null unless the caller asked for it.</param>
    /// <param name="issues">For the outcome entry, which is left out where there are none.</param>
    public static Bundle Build(
        ServerBase server,
        IReadOnlyList<(string Relation, string Url)> links,
        IReadOnlyList<Resource> matches,
        IReadOnlyList<Resource> included,
        int? total,
        IReadOnlyList<OperationOutcome.IssueComponent> issues)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(links);
        ArgumentNullException.ThrowIfNull(matches);
        ArgumentNullException.ThrowIfNull(included);
        ArgumentNullException.ThrowIfNull(issues);
        var bundle = new Bundle { Type = Bundle.BundleType.Searchset, Total = total };
        bundle.Link.AddRange(links.Select(link => new Bundle.LinkComponent { Relation = link.Relation, Url = link.Url }));
        bundle.Entry.AddRange(matches.Select(resource => Entry(resource, Bundle.SearchEntryMode.Match)));
        bundle.Entry.AddRange(included.Select(resource => Entry(resource, Bundle.SearchEntryMode.Include)));
        if (issues.Count > 0)
        {
            bundle.Entry.Add(new Bundle.EntryComponent
            {
                Resource = Outcomes.Outcome.Of(issues),
                Search = new Bundle.SearchComponent { Mode = Bundle.SearchEntryMode.Outcome },
            });
        }

        return bundle;

        Bundle.EntryComponent Entry(Resource resource, Bundle.SearchEntryMode mode) => new()
        {
            FullUrl = $"{server.Url}/{resource.TypeName}/{resource.Id}",
            Resource = resource,
            Search = new Bundle.SearchComponent { Mode = mode },
        };
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
