using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>How much of each resource is shown (FHIR R4 §3.1.1.5.8).</summary>
public enum SummaryMode
{
    /// <summary>All of it.</summary>
    None,

    /// <summary>The elements that R4 marks as part of the summary.</summary>
    True,

    /// <summary>Narrative, id, meta and what is mandatory.</summary>
    Text,

    /// <summary>All but the narrative.</summary>
    Data,

    /// <summary>No resource at all: their number.</summary>
    Count,
}

/// <summary>What an answer shows of the matches, and what beside them.</summary>
/// <param name="Includes">In the order of the request.</param>
/// <param name="Summary">How much of each resource.</param>
/// <param name="Elements">Elements that are shown of a match; null for all.</param>
/// <param name="Total">Whether all matches are counted. Counting is reading, so it is asked for.</param>
public sealed record SearchResult(IReadOnlyList<SearchInclude> Includes, SummaryMode Summary, IReadOnlySet<string>? Elements, bool Total)
{
    /// <summary>Matches as they are, and nothing beside them.</summary>
    public static SearchResult Plain { get; } = new([], SummaryMode.None, null, Total: false);

    /// <summary>Whether nothing but the matches was asked for: all that a condition, or a search within a Bundle, can give.</summary>
    public bool IsPlain => Includes.Count == 0 && Summary == SummaryMode.None && Elements is null && !Total;
}

/// <summary>Reads <c>_include</c>, <c>_revinclude</c>, <c>_summary</c>, <c>_elements</c> and <c>_total</c>.</summary>
internal sealed class SearchResultGrammar
{
    private const int MostIncludes = 20;

    private readonly List<SearchInclude> includes = [];
    private HashSet<string>? elements;
    private SummaryMode summary;
    private bool? total;

    internal static bool Knows(string name) =>
        name is "_include" or "_include:iterate" or "_revinclude" or "_revinclude:iterate" or "_summary" or "_elements" or "_total";

    /// <returns>Null if it was taken.</returns>
    internal OperationOutcome.IssueComponent? Take(string name, string value)
    {
        switch (name)
        {
            case "_summary":
                SummaryMode? mode = value switch
                {
                    "false" => SummaryMode.None,
                    "true" => SummaryMode.True,
                    "text" => SummaryMode.Text,
                    "data" => SummaryMode.Data,
                    "count" => SummaryMode.Count,
                    _ => null,
                };
                summary = mode ?? summary;
                return mode is null ? Refuse("_summary is one of true, text, data, count and false.") : null;
            case "_total":
                bool? asked = value switch { "none" => false, "estimate" or "accurate" => true, _ => null };
                total = asked ?? total;
                return asked is null ? Refuse("_total is one of none, estimate and accurate.") : null;
            case "_elements":
                var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                if (names.Length == 0 || !Array.TrueForAll(names, element => element.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '[' or ']')))
                {
                    return Refuse("_elements is a list of elements' names, separated by commas.");
                }

                (elements ??= new HashSet<string>(StringComparer.Ordinal)).UnionWith(names.Select(element => element.Replace("[x]", string.Empty, StringComparison.Ordinal)));
                return null;
            default:
                var reverse = name.StartsWith("_revinclude", StringComparison.Ordinal);
                if (includes.Count == MostIncludes)
                {
                    return Outcome.Error(OperationOutcome.IssueType.TooCostly, $"A search has at most {MostIncludes} includes.");
                }

                if (SearchInclude.Parse(value, name.EndsWith(":iterate", StringComparison.Ordinal), reverse) is not { } include)
                {
                    return Refuse(reverse
                        ? "_revinclude is Type:parameter, Type:parameter:Target or Type:*, with a reference parameter of the type."
                        : "_include is *, Type:parameter, Type:parameter:Target or Type:*, with a reference parameter of the type.");
                }

                includes.Add(include);
                return null;
        }
    }

    /// <summary>What can't be asked for at once.</summary>
    internal IEnumerable<OperationOutcome.IssueComponent> FindConflict()
    {
        if (summary == SummaryMode.Text && includes.Count > 0)
        {
            yield return Refuse("_summary=text shows no references: it can't be asked for with _include or _revinclude.");
        }

        if (summary != SummaryMode.None && elements is not null)
        {
            yield return Refuse("_summary and _elements can't be asked for at once.");
        }
    }

    /// <param name="count">As the caller asked: no entries at all means their number alone.</param>
    internal SearchResult Result(int? count)
    {
        var mode = count == 0 ? SummaryMode.Count : summary;
        return new SearchResult(includes, mode, elements, total ?? (mode == SummaryMode.Count));
    }

    private static OperationOutcome.IssueComponent Refuse(string text) => Outcome.Error(OperationOutcome.IssueType.Value, text);
}
