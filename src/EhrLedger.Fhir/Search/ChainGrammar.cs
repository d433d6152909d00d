using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>Reads chains, reverse chains and the hierarchies of references (FHIR R4 §3.1.1.5.4 and 3.1.1.5.5).</summary>
internal static class ChainGrammar
{
    /// <summary>Other types that one criterion may lead over, one after another.</summary>
    internal const int MostSteps = 4;

    /// <summary>Types that a reference may point at without the caller naming one.</summary>
    internal const int MostTypes = 20;

    // Strict hierarchies of R4, by the parameter that leads a step up.
    private static readonly Dictionary<string, string> Hierarchies = new(StringComparer.Ordinal) { ["Location"] = "partof", ["Organization"] = "partof" };

    /// <summary>The parameter that leads a step up in a type's hierarchy.</summary>
    internal static SearchParameter? FindParent(string type) => Hierarchies.TryGetValue(type, out var code) ? SearchParameters.Find(type, code) : null;

    internal static bool IsChain(string name, SearchParameter? parameter) =>
        name.StartsWith("_has:", StringComparison.Ordinal)
        || (parameter is not null && name.Contains('.', StringComparison.Ordinal))
        || (parameter is { Kind: SearchParamType.Reference } && (name.EndsWith(":below", StringComparison.Ordinal) || name.EndsWith(":above", StringComparison.Ordinal)));

    /// <summary>Reads a criterion for which <see cref="IsChain"/> holds.</summary>
    /// <param name="type">The type searched.</param>
    /// <param name="parameter">Null for <c>_has</c>.</param>
    /// <param name="name">As in the URL.</param>
    /// <param name="value">Escaped as in the URL.</param>
    /// <param name="parse">Reads a query of another type, one step further.</param>
    /// <param name="server">This server.</param>
    internal static ChainResult Parse(string type, SearchParameter? parameter, string name, string value, Func<string, string, string, SearchQueryResult> parse, ServerBase server)
    {
        if (parameter is null)
        {
            return ParseReverse(type, name, value, parse);
        }

        var dot = name.IndexOf('.');
        if (dot < 0)
        {
            return ParseHierarchy(parameter, name, value, parse, server);
        }

        if (parameter.Kind != SearchParamType.Reference || dot == name.Length - 1)
        {
            return Unsupported($"'{parameter.Code}' is no reference that a chain could follow.");
        }

        var head = name[..dot];
        IReadOnlyList<string> types = parameter.Targets;
        if (head.Length > parameter.Code.Length)
        {
            var named = head[(parameter.Code.Length + 1)..];
            if (head[parameter.Code.Length] != ':' || !SearchQuery.IsType(named) || (parameter.Targets.Count > 0 && !parameter.Targets.Contains(named)))
            {
                return Unsupported($"'{parameter.Code}' points at no such type.");
            }

            types = [named];
        }

        if (types.Count is 0 or > MostTypes)
        {
            return Unsupported($"'{parameter.Code}' may point at any type: say which, as in '{parameter.Code}:Patient.…'.");
        }

        var inner = new List<SearchQuery>();
        SearchQueryResult.Refused? refused = null;
        foreach (var target in types)
        {
            switch (parse(target, name[(dot + 1)..], value))
            {
                case SearchQueryResult.Accepted({ IsEmpty: false } query):
                    inner.Add(query);
                    break;
                case SearchQueryResult.Refused why when refused is null || why.Issues.Any(issue => issue.Code == OperationOutcome.IssueType.Value):
                    refused = why; // of several types one has the parameter: its own words say more than that the others have none
                    break;
                default:
                    break;
            }
        }

        return inner.Count > 0 ? new ChainResult(new SearchChain(ChainKind.Forward, parameter, inner), []) : new ChainResult(null, refused?.Issues ?? []);
    }

    private static ChainResult ParseReverse(string type, string name, string value, Func<string, string, string, SearchQueryResult> parse) => name.Split(':', 4) switch
    {
        [_, var from, var code, var rest] when SearchQuery.IsType(from) && SearchParameters.Find(from, code) is { Kind: SearchParamType.Reference } reference
            && (reference.Targets.Count == 0 || reference.Targets.Contains(type)) => parse(from, rest, value) switch
            {
                SearchQueryResult.Accepted({ IsEmpty: false } query) => new ChainResult(new SearchChain(ChainKind.Reverse, reference, [query]), []),
                SearchQueryResult.Refused refused => new ChainResult(null, refused.Issues),
                _ => new ChainResult(null, []),
            },
        _ => Unsupported($"_has names a type, one of its references that points at {type}, and a parameter: '_has:Observation:patient:code'."),
    };

    private static ChainResult ParseHierarchy(SearchParameter parameter, string name, string value, Func<string, string, string, SearchQueryResult> parse, ServerBase server)
    {
        var type = parameter.Targets.Where(Hierarchies.ContainsKey).ToList();
        var head = name[..name.LastIndexOf(':')];
        if (head != parameter.Code || type.Count == 0)
        {
            return Unsupported($"'{name}': only references to a Location or an Organization have others above and below them.");
        }

        // As in _id: the operand names where the hierarchy starts.
        var byType = OperandGrammar.Split(value, ',')
            .Where(text => text.Length > 0)
            .Select(text => FhirReference.Parse(OperandGrammar.Unescape(text)) is { } literal ? (literal.Type, literal.Id, Owned: server.Owns(literal)) : (Type: type[0], Id: text, Owned: type.Count == 1 && FhirReference.IsId(text)))
            .ToList();
        if (byType.Exists(one => !one.Owned || !type.Contains(one.Type)))
        {
            return new ChainResult(null, [Outcome.Error(OperationOutcome.IssueType.Value, $"The value of '{name}' names a {string.Join(" or ", type)} of this server, as in '{type[0]}/1'.")]);
        }

        var inner = byType.GroupBy(one => one.Type, one => one.Id).Select(of => parse(of.Key, "_id", string.Join(',', of))).OfType<SearchQueryResult.Accepted>().Select(accepted => accepted.Query).ToList();
        return inner.Count == 0
            ? new ChainResult(null, [])
            : new ChainResult(new SearchChain(name.EndsWith(":below", StringComparison.Ordinal) ? ChainKind.Below : ChainKind.Above, parameter, inner), []);
    }

    private static ChainResult Unsupported(string text) => new(null, [Outcome.Error(OperationOutcome.IssueType.NotSupported, text.Length <= 300 ? text : text[..300])]);
}

/// <summary>A chain, or why there is none; neither for one without a value.</summary>
internal sealed record ChainResult(SearchChain? Chain, IReadOnlyList<OperationOutcome.IssueComponent> Issues);
