using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>The exact semantics of search on opened resources (FHIR R4 §3.1.1). The index only proposes; this decides.</summary>
public static class SearchEvaluator
{
    /// <summary>Whether every criterion holds; throws where there are chains, which other resources decide about. <c>_lastUpdated</c> and <c>_id</c> look at what the node stamped.</summary>
    public static bool Matches(Resource resource, SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(query);
        if (query.Chains.Count > 0)
        {
            throw new ArgumentException("Its chains have to be resolved first.", nameof(query));
        }

        if (resource.TypeName != query.ResourceType)
        {
            return false;
        }

        if (query.Compartment is { } compartment && !compartment.Holds(resource, query.Server))
        {
            return false;
        }

        foreach (var criterion in query.Criteria)
        {
            if (!Holds(resource, criterion, query.Server))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Orders by the query's sort keys; resources without a value come last in either direction. Stable.</summary>
    public static IReadOnlyList<T> Sort<T>(IEnumerable<T> found, Func<T, Resource> resource, SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(query);
        return SearchOrder.Sort(found, resource, query.Sort);
    }

    private static bool Holds(Resource resource, SearchCriterion criterion, ServerBase server)
    {
        var values = IndexValues.Extract(resource, criterion.Parameter);
        if (criterion.Modifier == SearchModifier.Missing)
        {
            return criterion.AnyOf.Any(o => o is SearchOperand.Missing missing && missing.IsMissing == (values.Count == 0));
        }

        if (criterion is { Parameter.Code: "_id", AnyOf: [SearchOperand.OneOf found] })
        {
            return found.References.Contains($"{resource.TypeName}/{resource.Id}");
        }

        var any = criterion.AnyOf.Any(o => values.Any(v => Matches(v, o, criterion, server)));
        return criterion.Modifier == SearchModifier.Not ? !any : any;
    }

    private static bool Matches(SearchValue value, SearchOperand operand, SearchCriterion criterion, ServerBase server) => (value, operand) switch
    {
        (SearchValue.Token t, SearchOperand.Token o) => MatchesToken(t, o),
        (SearchValue.Token { Display: { } display }, SearchOperand.Text o) => TextFold.Fold(display).StartsWith(o.Folded, StringComparison.Ordinal),
        (SearchValue.Token t, SearchOperand.Typed o) => t.Code == o.Value && t.Types.Contains((o.System, o.Code)),
        (SearchValue.Reference { Literal: { } literal }, SearchOperand.OneOf o) => server.Owns(literal) && o.References.Contains(literal.Relative),
        (SearchValue.Composite v, SearchOperand.Composite o) =>
            v.Parts.Zip(o.Parts).All(part => part.First.Any(one => part.Second.AnyOf.Any(asked => Matches(one, asked, part.Second, server)))),
        (SearchValue.Reference r, SearchOperand.Token o) =>
            r.IdentifierValue is not null && MatchesToken(new SearchValue.Token(r.IdentifierSystem, r.IdentifierValue, null), o),
        (SearchValue.Reference r, SearchOperand.Reference o) => MatchesReference(r, o, criterion, server),
        (SearchValue.Time t, SearchOperand.Time o) => MatchesTime(t.Span, o),
        (SearchValue.Text t, SearchOperand.Text o) => criterion.Modifier switch
        {
            SearchModifier.Exact => t.Raw == o.Raw,
            SearchModifier.Contains => t.Folded.Contains(o.Folded, StringComparison.Ordinal),
            _ => t.Folded.StartsWith(o.Folded, StringComparison.Ordinal),
        },
        (SearchValue.Number n, SearchOperand.Number o) => MatchesNumber(n.Low, n.High, o),
        (SearchValue.Quantity q, SearchOperand.Number o) => MatchesQuantity(q, o),
        (SearchValue.Address a, SearchOperand.Address o) => criterion.Modifier switch
        {
            SearchModifier.Above => IsWithin(o.Uri, a.Uri),
            SearchModifier.Below => IsWithin(a.Uri, o.Uri),
            _ => a.Uri == o.Uri,
        },
        _ => false,
    };

    /// <summary>By whole segments of the path: a/bc is not within a/b.</summary>
    private static bool IsWithin(string uri, string root)
    {
        root = root.TrimEnd('/');
        return uri.StartsWith(root, StringComparison.Ordinal) && (uri.Length == root.Length || uri[root.Length] == '/');
    }

    private static bool MatchesToken(SearchValue.Token value, SearchOperand.Token asked)
    {
        if (asked.Code is not null && value.Code != asked.Code)
        {
            return false;
        }

        return asked.System switch
        {
            null => value.Code is not null,
            "" => value.System is null && value.Code is not null,
            var system => value.System == system && (asked.Code is not null || value.Code is not null),
        };
    }

    private static bool MatchesReference(SearchValue.Reference value, SearchOperand.Reference asked, SearchCriterion criterion, ServerBase server)
    {
        if (value.Literal is not { } literal)
        {
            // A canonical reference may carry a version that the question leaves open.
            return asked.Url is { } url && value.Target is { } target
                && (target == url || (target.StartsWith(url, StringComparison.Ordinal) && target[url.Length] == '|'));
        }

        if (criterion.TargetType is { } type && literal.Type != type)
        {
            return false;
        }

        if (asked.Literal is { } wanted)
        {
            return literal.Type == wanted.Type && literal.Id == wanted.Id && (wanted.Version is null || wanted.Version == literal.Version)
                && (wanted.Base is null ? server.Owns(literal) : wanted.Base == literal.Base);
        }

        return asked.Id is { } id
            ? literal.Id == id && server.Owns(literal) && (criterion.Parameter.Targets.Count == 0 || criterion.Parameter.Targets.Contains(literal.Type))
            : asked.Url == value.Target;
    }

    private static bool MatchesTime(DateSpan value, SearchOperand.Time asked) => asked.Prefix switch
    {
        SearchPrefix.Eq => asked.Span.Contains(value),
        SearchPrefix.Ne => !asked.Span.Contains(value),
        SearchPrefix.Gt => value.End > asked.Span.End,
        SearchPrefix.Lt => value.Start < asked.Span.Start,
        SearchPrefix.Ge => value.End > asked.Span.End || asked.Span.Contains(value),
        SearchPrefix.Le => value.Start < asked.Span.Start || asked.Span.Contains(value),
        SearchPrefix.Sa => value.Start >= asked.Span.End,
        SearchPrefix.Eb => value.End <= asked.Span.Start,
        SearchPrefix.Ap => asked.Span.Overlaps(value),
    };

    /// <summary>In the unit as written, or else in the unit that is asked for, if UCUM can convert (FHIR R4 §3.1.1.4.11).</summary>
    private static bool MatchesQuantity(SearchValue.Quantity value, SearchOperand.Number asked)
    {
        if ((asked.System is null || value.System == asked.System) && (asked.Code is null || value.Code == asked.Code || (asked.System is null && value.Unit == asked.Code)))
        {
            return MatchesNumber(value.Low, value.High, asked);
        }

        // Converted is the value, not the question: the range that the question's digits stand for stays as it is.
        return asked is { Code: { } wanted, System: null or UcumUnit.System } && value is { Code: { } code, System: UcumUnit.System }
            && UcumUnit.Find(wanted) is { } to && UcumUnit.Find(code) is { } from && from.Dimension == to.Dimension
            && MatchesNumber(value.Low is { } low ? from.Convert(low, to) : null, value.High is { } high ? from.Convert(high, to) : null, asked);
    }

    private static bool MatchesNumber(decimal? low, decimal? high, SearchOperand.Number asked) => asked.Prefix switch
    {
        SearchPrefix.Eq => low >= asked.Low && high < asked.High,
        SearchPrefix.Ne => !(low >= asked.Low && high < asked.High),
        SearchPrefix.Gt => high is null || high > asked.Value,
        SearchPrefix.Lt => low is null || low < asked.Value,
        SearchPrefix.Ge => high is null || high >= asked.Value,
        SearchPrefix.Le => low is null || low <= asked.Value,
        SearchPrefix.Sa => low is not null && low > asked.Value,
        SearchPrefix.Eb => high is not null && high < asked.Value,
        SearchPrefix.Ap => (low is null || low <= asked.High) && (high is null || high >= asked.Low),
    };
}
