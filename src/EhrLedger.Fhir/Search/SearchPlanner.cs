using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// Makes plans. The one rule: a resource that matches the query has a token of every group. What would break it (:not, :missing, :contains, ne, a
/// system without a code) makes no group.
/// </summary>
internal static class SearchPlanner
{
    // Of a chain: with more of them than that, asking for each costs more than opening what the other criteria leave.
    private const int MostReferences = 64;

    internal static SearchPlan Plan(SearchQuery query, SearchParameter[] indexed)
    {
        var groups = new List<IReadOnlyList<string>> { new[] { $"_type|{query.ResourceType}" } };
        if (query.Compartment?.Tokens(query.ResourceType) is { } within)
        {
            groups.Add(within);
        }

        var left = new List<string>();
        var ranges = new Dictionary<SearchParameter, DateSpan>();
        foreach (var criterion in query.Criteria.SelectMany(criterion => Parts(query, criterion, indexed, left)))
        {
            if (criterion is { Parameter.Code: "_id", Modifier: SearchModifier.None })
            {
                continue; // the node looks ids up without the index
            }

            if (IndexedAs(indexed, criterion.Parameter) is not { } code)
            {
                left.Add(criterion.Parameter.Code);
            }
            else if (criterion is { Modifier: SearchModifier.None, AnyOf: [SearchOperand.Time { Prefix: not SearchPrefix.Ne } only] }
                && criterion.Parameter.IsSingle)
            {
                // "ge a" and "lt b" about the one date that a record has are one range: two covers would each reach to the end of time.
                var asked = RangeOf(only);
                if (ranges.TryGetValue(criterion.Parameter, out var known) && known.Overlaps(asked))
                {
                    ranges[criterion.Parameter] = new DateSpan(Math.Max(known.Start, asked.Start), Math.Min(known.End, asked.End));
                }
                else if (!ranges.TryAdd(criterion.Parameter, asked))
                {
                    AddGroup(DateCover.Ask(asked, query.AskedAt)?.Select(d => $"{code}|{d}"), code, criterion);
                }
            }
            else
            {
                AddGroup(Ask(query, criterion, code), code, criterion);
            }
        }

        foreach (var (parameter, range) in ranges)
        {
            if (DateCover.Ask(range, query.AskedAt) is { } tokens)
            {
                groups.Add([.. tokens.Select(t => $"{parameter.Code}|{t}"), $"{parameter.Code}|{SearchTokens.Overflow}"]);
            }
            else
            {
                left.Add(parameter.Code);
            }
        }

        return new SearchPlan(groups, left);

        void AddGroup(IEnumerable<string>? tokens, string code, SearchCriterion criterion)
        {
            if (tokens is null)
            {
                left.Add(criterion.Parameter.Code);
            }
            else
            {
                groups.Add([.. tokens.Append($"{code}|{SearchTokens.Overflow}").Distinct(StringComparer.Ordinal)]);
            }
        }
    }

    /// <summary>A composite narrows by the tokens of those of its parts that are parameters of the type, looking at the same elements.</summary>
    private static List<SearchCriterion> Parts(SearchQuery query, SearchCriterion criterion, SearchParameter[] indexed, List<string> left)
    {
        if (criterion.Parameter.Kind != SearchParamType.Composite)
        {
            return [criterion];
        }

        var parts = new List<SearchCriterion>();
        for (var i = 0; i < criterion.Parameter.Components.Count && criterion.Parameter.IsWholeResource; i++)
        {
            if (SearchParameters.Find(query.ResourceType, criterion.Parameter.Components[i].Parameter.Code) is { } parameter && IndexedAs(indexed, parameter) is not null)
            {
                var part = i;
                parts.Add(new SearchCriterion(parameter, SearchModifier.None, null, [.. criterion.AnyOf.OfType<SearchOperand.Composite>().SelectMany(asked => asked.Parts[part].AnyOf)]));
            }
        }

        if (parts.Count == 0)
        {
            left.Add(criterion.Parameter.Code);
        }

        return parts;
    }

    /// <summary>Under which parameter's tokens a parameter's values are found; null if under none.</summary>
    private static string? IndexedAs(SearchParameter[] indexed, SearchParameter parameter)
    {
        if (Array.Exists(indexed, p => p.Code == parameter.Code))
        {
            return parameter.Code;
        }

        // Every family and given name is a value of name, too.
        return parameter.Code is "family" or "given" && Array.Exists(indexed, p => p.Code == "name") ? "name" : null;
    }

    /// <returns>Null if one of the alternatives has no token, because then the whole criterion cannot narrow.</returns>
    private static List<string>? Ask(SearchQuery query, SearchCriterion criterion, string code)
    {
        if (criterion.Modifier is not (SearchModifier.None or SearchModifier.Exact or SearchModifier.Type))
        {
            return null;
        }

        var tokens = new List<string>();
        foreach (var operand in criterion.AnyOf)
        {
            switch (operand)
            {
                case SearchOperand.Token { Code: { } wanted } token:
                    tokens.Add(SearchTokens.OfToken(code, string.IsNullOrEmpty(token.System) || code == "status" ? null : token.System, wanted));
                    break;
                case SearchOperand.Text text when text.Folded.Length >= SearchTokens.MinPrefix:
                    tokens.Add(SearchTokens.OfText(code, text.Folded));
                    break;
                case SearchOperand.Time { Prefix: not SearchPrefix.Ne } time when DateCover.Ask(RangeOf(time), query.AskedAt) is { } dates:
                    tokens.AddRange(dates.Select(d => $"{code}|{d}"));
                    break;
                case SearchOperand.OneOf { References.Count: <= MostReferences } found when criterion.Parameter.Kind == SearchParamType.Reference:
                    tokens.AddRange(found.References.SelectMany(t => Codes(t).Select(c => SearchTokens.OfReference(c, t))));
                    break;
                case SearchOperand.Reference reference when ReferenceTexts(criterion, reference) is { } texts:
                    tokens.AddRange(texts.SelectMany(t => Codes(t).Select(c => SearchTokens.OfReference(c, t))));
                    break;
                default:
                    return null;
            }
        }

        return tokens;

        // A patient stands under "patient" alone where a type has both parameters.
        IEnumerable<string> Codes(string text) =>
            code == "subject" && TokenTable.HasPatientAndSubject(query.ResourceType) && FhirReference.Parse(text)?.Type == "Patient" ? ["patient"] : [code];
    }

    private static IEnumerable<string>? ReferenceTexts(SearchCriterion criterion, SearchOperand.Reference reference) => reference switch
    {
        { Literal: { } literal } => [literal.Base is null ? literal.Relative : $"{literal.Base}/{literal.Relative}"],
        { Id: { } id } when criterion.TargetType is { } type => [$"{type}/{id}"],
        { Id: { } id } when criterion.Parameter.Targets.Count is > 0 and <= 8 => criterion.Parameter.Targets.Select(t => $"{t}/{id}"),

        // A URL that is no literal reference may be a canonical one, which also matches with a version behind it.
        _ => null,
    };

    /// <summary>A range that every value overlaps which the operand accepts.</summary>
    private static DateSpan RangeOf(SearchOperand.Time time) => time.Prefix switch
    {
        SearchPrefix.Eq or SearchPrefix.Ap => time.Span,
        SearchPrefix.Gt or SearchPrefix.Sa => new DateSpan(time.Span.End, DateSpan.Open),
        SearchPrefix.Ge => time.Span with { End = DateSpan.Open },
        SearchPrefix.Lt or SearchPrefix.Eb => new DateSpan(0, time.Span.Start),
        SearchPrefix.Le => time.Span with { Start = 0 },
        SearchPrefix.Ne => new DateSpan(0, DateSpan.Open),
    };
}
