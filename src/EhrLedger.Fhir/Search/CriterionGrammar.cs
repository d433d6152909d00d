using System.Collections.Frozen;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>Reads one criterion: a known parameter with its modifier and value.</summary>
internal static class CriterionGrammar
{
    /// <param name="parameter">Known to the type.</param>
    /// <param name="suffix">What follows the parameter's code: empty, <c>:modifier</c> or <c>.chain</c>.</param>
    /// <param name="value">Escaped as in the URL, percent-decoded.</param>
    /// <param name="server">This server.</param>
    /// <param name="now">The time of the request.</param>
    /// <returns>Null for a parameter without a value, which asks for nothing.</returns>
    internal static Criterion? Parse(SearchParameter parameter, string suffix, string value, ServerBase server, DateTimeOffset now)
    {
        if (value.Length == 0)
        {
            return null;
        }

        if (suffix.Contains('.', StringComparison.Ordinal))
        {
            return Unsupported($"Chained parameters are not supported ('{parameter.Code}').");
        }

        if (!parameter.IsSupported)
        {
            return Unsupported($"The parameter '{parameter.Code}' is not supported.");
        }

        if (ReadModifier(parameter, suffix) is not { } read)
        {
            return Unsupported($"The parameter '{parameter.Code}' does not support this modifier.");
        }

        return OperandGrammar.Parse(parameter, read.Modifier, value, server, now) is { } operands
            ? new Criterion(new SearchCriterion(parameter, read.Modifier, read.TargetType, operands), null)
            : new Criterion(null, Outcome.Error(
                OperationOutcome.IssueType.Value,
                $"The value of '{parameter.Code}' is not a valid {(read.Modifier == SearchModifier.Missing ? "boolean" : parameter.Kind.ToString().ToLowerInvariant())}."));
    }

    /// <returns>Null if a key cannot be sorted by.</returns>
    internal static IReadOnlyList<SortKey>? ParseSort(FrozenDictionary<string, SearchParameter> known, string value)
    {
        var keys = new List<SortKey>();
        foreach (var key in value.Split(',', StringSplitOptions.RemoveEmptyEntries).Take(8))
        {
            var descending = key[0] == '-';
            if (!known.TryGetValue(descending ? key[1..] : key, out var parameter) || parameter.Kind != SearchParamType.Date)
            {
                return null;
            }

            keys.Add(new SortKey(parameter, descending));
        }

        return keys;
    }

    private static (SearchModifier Modifier, string? TargetType)? ReadModifier(SearchParameter parameter, string suffix) => (suffix, parameter.Kind) switch
    {
        ("", _) => (SearchModifier.None, null),
        (":missing", _) => (SearchModifier.Missing, null),
        (":exact", SearchParamType.String) => (SearchModifier.Exact, null),
        (":contains", SearchParamType.String) => (SearchModifier.Contains, null),
        (":not", SearchParamType.Token) => (SearchModifier.Not, null),
        (":text", SearchParamType.Token) => (SearchModifier.Text, null),
        (":identifier", SearchParamType.Reference) => (SearchModifier.Identifier, null),
        ([':', .. var type], SearchParamType.Reference) when ModelInfo.IsKnownResource(type) => (SearchModifier.Type, type),
        _ => null,
    };

    private static Criterion Unsupported(string text) => new(null, Outcome.Error(OperationOutcome.IssueType.NotSupported, text));

    /// <summary>Exactly one of the two is there.</summary>
    internal sealed record Criterion(SearchCriterion? Accepted, OperationOutcome.IssueComponent? Refused)
    {
        internal void Match(Action<SearchCriterion> accepted, Action<OperationOutcome.IssueComponent> refused)
        {
            if (Accepted is not null)
            {
                accepted(Accepted);
            }
            else if (Refused is not null)
            {
                refused(Refused);
            }
        }
    }
}
