using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>
/// Answers searches over the resources that a Bundle writes, because conditional references may mean one of them. Uses the tokens of the sealed index
/// as a plain in-memory index, so that five thousand entries with as many conditions stay linear.
/// </summary>
internal sealed class EntryMatches(ServerBase server, DateTimeOffset now)
{
    /// <summary>Resources held against conditions in one Bundle; a Bundle whose conditions name no code or identifier could ask for millions.</summary>
    private const int MaxComparisons = 500_000;

    private readonly Dictionary<string, List<Resource>> byToken = new(StringComparer.Ordinal);

    private int comparisons;

    internal void Add(Resource resource)
    {
        foreach (var token in SearchTokens.Describe(resource, server, now))
        {
            var key = $"{resource.TypeName} {token}";
            if (!byToken.TryGetValue(key, out var list))
            {
                byToken.Add(key, list = []);
            }

            list.Add(resource);
        }
    }

    /// <returns>Null if the query is no valid search of the type, or if the Bundle's conditions cost too much.</returns>
    internal IReadOnlyList<string>? Find(string type, string query)
    {
        if (SearchQuery.Parse(type, QueryText.Parse(query), strict: true, server, now) is not SearchQueryResult.Accepted { Query: var parsed }
            || parsed.Criteria.Count == 0
            || !parsed.Result.IsPlain
            || parsed.Chains.Count > 0) // what of them is in the Bundle, and what is stored, would have to be followed together
        {
            return null;
        }

        List<Resource>? fewest = null;
        foreach (var group in parsed.Plan().AllOf)
        {
            var candidates = group.SelectMany(t => byToken.GetValueOrDefault($"{type} {t}", [])).Distinct(ReferenceEqualityComparer.Instance).Cast<Resource>().ToList();
            fewest = fewest is null || candidates.Count < fewest.Count ? candidates : fewest;
        }

        comparisons += fewest?.Count ?? 0;
        if (comparisons > MaxComparisons)
        {
            return null;
        }

        return [.. (fewest ?? []).Where(r => SearchEvaluator.Matches(r, parsed)).Select(r => $"{r.TypeName}/{r.Id}")];
    }
}
