using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;
using SearchParameter = EhrLedger.Fhir.Search.SearchParameter;

namespace EhrLedger.Node.Fhir.Chains;

/// <summary>
/// One search with all that its chains lead to. Where the query's other criteria leave few own records, these are found first, and a chain is followed from them alone; else the chain's other end comes first.
/// </summary>
/// <param name="search">Own records.</param>
/// <param name="server">This server.</param>
/// <param name="foreign">Granted records; null where own ones alone are asked for.</param>
/// <param name="asking">Who: every match, and what leads to it, is within the caller's scopes.</param>
/// <param name="enough">Own matches after which the search may stop.</param>
/// <param name="cancellationToken">Ends the search.</param>
internal sealed class ChainRun(AuthorSearch search, ServerBase server, IForeignRecords? foreign, Asking asking, int enough, CancellationToken cancellationToken)
{
    private readonly SearchBudget _budget = new(AuthorSearch.MostCandidates);
    private Reach _reach = Reach.All;

    /// <summary>Null if it would open too many.</summary>
    public Task<Found?> FindAsync(SearchQuery query) => FindAsync(query, null, withGranted: true, enough);

    /// <param name="query">Of this step.</param>
    /// <param name="ownOnly">Holds for own records alone: the step before leads to no others.</param>
    /// <param name="withGranted">Whether granted records may matter.</param>
    /// <param name="most">Own matches after which it may stop.</param>
    private async Task<Found?> FindAsync(SearchQuery query, SearchCriterion? ownOnly, bool withGranted, int most)
    {
        var plain = query.With();
        if (query.Chains.Count == 0)
        {
            return search.Find(Narrow(plain, ownOnly), most, _budget, asking, cancellationToken) is { } all && await AskAsync(plain, withGranted) is { } shown ? new Found(all, shown, _reach, _ => []) : null;
        }

        // What points at a granted record is known to point there once the record has been opened.
        IReadOnlyList<Resource>? opened = null;
        if (withGranted && query.ResourceType != "Patient" && query.Chains.Any(chain => chain.Kind == ChainKind.Reverse))
        {
            opened = await AskAsync(plain, withGranted);
            if (opened is null)
            {
                return null;
            }
        }

        IReadOnlyList<Hit>? scope = null;
        var links = new List<ChainLink>();
        foreach (var chain in query.Chains.OrderBy(chain => chain.Inner.All(inner => inner.Chains.Count == 0 && AuthorSearch.IsNarrow(inner)) ? 0 : 1))
        {
            if (scope is null && AuthorSearch.IsNarrow(Narrow(plain, ownOnly)))
            {
                scope = search.Find(Narrow(plain, ownOnly), int.MaxValue, _budget, asking, cancellationToken);
                if (scope is null)
                {
                    return null;
                }
            }

            if (await FollowAsync(chain, plain, scope, withGranted) is not { } link)
            {
                return null;
            }

            if (link.References.Count == 0)
            {
                return Found.Nothing(_reach);
            }

            links.Add(link);
            plain = plain.With(chain.ToCriterion(link.References, query.ResourceType));
            scope = scope is null ? null : [.. scope.Where(hit => SearchEvaluator.Matches(hit.Resource, plain))];
        }

        var own = scope ?? search.Find(Narrow(plain, ownOnly), most, _budget, asking, cancellationToken);
        var granted = opened is null ? await AskAsync(plain, withGranted) : [.. opened.Where(resource => SearchEvaluator.Matches(resource, plain))];
        return own is null || granted is null ? null : new Found(own, granted, _reach, match => [.. links.SelectMany(link => link.Told(match)).Distinct()]);
    }

    private Task<ChainLink?> FollowAsync(SearchChain chain, SearchQuery plain, IReadOnlyList<Hit>? scope, bool withGranted) => chain.Kind switch
    {
        ChainKind.Forward => ForwardAsync(chain, plain, scope, withGranted),
        ChainKind.Reverse => ReverseAsync(chain, plain, scope, withGranted),
        ChainKind.Below or ChainKind.Above => System.Threading.Tasks.Task.FromResult(Climb(chain)),
    };

    private async Task<ChainLink?> ForwardAsync(SearchChain chain, SearchQuery plain, IReadOnlyList<Hit>? scope, bool withGranted)
    {
        var link = new ChainLink(chain, server);
        var within = WithinOf(plain);
        foreach (var inner in chain.Inner)
        {
            // A granted record is about a local patient, who need not be one that an own record points at.
            HashSet<string>? ends = null;
            if (scope is not null && (!withGranted || foreign is null || inner.ResourceType != "Patient" || within is not null))
            {
                ends = [.. scope.SelectMany(hit => SearchChain.ReferencesIn(hit.Resource, chain.Parameter, server)).Where(reference => reference.StartsWith(inner.ResourceType + "/", StringComparison.Ordinal))];
                ends.UnionWith(inner.ResourceType == "Patient" && withGranted && within is not null ? within.Select(id => $"Patient/{id}") : []);
            }

            // No reference in what is granted leads to a granted Patient: it leads to the local one.
            var found = await FindAsync(
                inner.About(within), ends is null ? null : OneOf(SearchParameters.Find(inner.ResourceType, "_id")!, ends), withGranted && inner.ResourceType != "Patient" && (CanBeGranted(inner.ResourceType) || SharingTable.Has(inner.ResourceType)), int.MaxValue);
            if (found is null)
            {
                return null;
            }

            link.Add(found);
        }

        return link;
    }

    private async Task<ChainLink?> ReverseAsync(SearchChain chain, SearchQuery plain, IReadOnlyList<Hit>? scope, bool withGranted)
    {
        var link = new ChainLink(chain, server);
        var inner = chain.Inner[0];
        var within = plain.ResourceType == "Patient" && scope is not null ? scope.Select(hit => hit.Version.Id).ToHashSet() : WithinOf(plain);
        var from = scope is null ? null : OneOf(chain.Parameter, scope.Select(hit => ChainLink.NameOf(hit.Resource)).ToHashSet());
        var found = await FindAsync(inner.About(within), from, withGranted && ((CanBeGranted(plain.ResourceType) && CanBeGranted(inner.ResourceType)) || (SharingTable.Has(plain.ResourceType) && SharingTable.Has(inner.ResourceType))), int.MaxValue);
        if (found is null)
        {
            return null;
        }

        link.Add(found);
        return link;
    }

    /// <summary>Hierarchies are the directory's. All of the type are looked at once, so that the depth costs nothing.</summary>
    private ChainLink? Climb(SearchChain chain)
    {
        var link = new ChainLink(chain, server);
        foreach (var start in chain.Inner)
        {
            if (SearchHierarchy.QueryAll(start) is not var (all, parent) || search.Find(all, int.MaxValue, _budget, asking, cancellationToken) is not { } hits)
            {
                return null;
            }

            var steps = hits.SelectMany(hit => SearchChain.ReferencesIn(hit.Resource, parent, server).Select(up => (Part: ChainLink.NameOf(hit.Resource), Whole: up)))
                .ToLookup(step => chain.Kind == ChainKind.Below ? step.Whole : step.Part, step => chain.Kind == ChainKind.Below ? step.Part : step.Whole, StringComparer.Ordinal);
            var reached = new HashSet<string>(start.Ids!.Select(id => $"{start.ResourceType}/{id}"), StringComparer.Ordinal);
            for (var edge = reached.ToList(); edge.Count > 0;)
            {
                edge = [.. edge.SelectMany(name => steps[name]).Where(reached.Add)];
            }

            link.Add(reached);
        }

        return link;
    }

    /// <summary>Granted records that match a query without chains. Null if it would open too many.</summary>
    private async Task<IReadOnlyList<Resource>?> AskAsync(SearchQuery plain, bool withGranted)
    {
        if (!withGranted || foreign is null || plain.Within is { Count: 0 })
        {
            return [];
        }

        if (await foreign.SearchAsync(plain, asking, _budget, cancellationToken) is not ForeignAnswer.Shown shown)
        {
            return null;
        }

        _reach = (Reach)Math.Max((int)_reach, (int)shown.Reach);
        return shown.Resources;
    }

    /// <summary>Patients whose granted records alone can match; null where others' may.</summary>
    private static IReadOnlySet<string>? WithinOf(SearchQuery plain)
    {
        var within = plain.NamedPatients.Count == 0 ? plain.Within : plain.NamedPatients.Where(id => plain.Within?.Contains(id) is not false).ToHashSet();
        foreach (var criterion in plain.Criteria.Where(criterion => criterion is { Parameter.Code: "patient" or "subject", AnyOf: [SearchOperand.OneOf] }))
        {
            var named = ((SearchOperand.OneOf)criterion.AnyOf[0]).References.Where(name => name.StartsWith("Patient/", StringComparison.Ordinal)).Select(name => name["Patient/".Length..]);
            within = named.Where(id => within?.Contains(id) is not false).ToHashSet();
        }

        return within;
    }

    private static bool CanBeGranted(string type) => type is "Patient" or "Bundle" || OwnershipTable.Rows.Any(row => row.Type == type);

    private static SearchQuery Narrow(SearchQuery plain, SearchCriterion? ownOnly) => ownOnly is null ? plain : plain.With(ownOnly);

    private static SearchCriterion OneOf(SearchParameter parameter, IReadOnlySet<string> references) => new(parameter, SearchModifier.None, null, [new SearchOperand.OneOf(references)]);
}
