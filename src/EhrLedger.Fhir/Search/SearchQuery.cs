using System.Globalization;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>What a search asks for: every criterion has to hold.</summary>
public sealed class SearchQuery
{
    /// <summary>Parameters in one query.</summary>
    public const int MaxParameters = 100;

    private static readonly string[] NotYet =
        ["_filter", "_query", "_content", "_text", "_list", "_contained", "_containedType", "_type"];

    private SearchQuery(string resourceType, DateTimeOffset askedAt, ServerBase server) => (ResourceType, AskedAt, Server) = (resourceType, askedAt, server);

    /// <summary>The type searched.</summary>
    public string ResourceType { get; }

    /// <summary>The time at which the query was read, by which <c>ap</c> is measured; all pages of one search share it.</summary>
    public DateTimeOffset AskedAt { get; }

    /// <summary>Every one of them has to hold.</summary>
    public IReadOnlyList<SearchCriterion> Criteria { get; private init; } = [];

    /// <summary>Criteria that other resources decide about; every one of them has to hold as well. <see cref="SearchEvaluator"/> does not look at them: see <see cref="With"/>.</summary>
    public IReadOnlyList<SearchChain> Chains { get; private init; } = [];

    /// <summary>Ids of the local patients whose granted records alone can matter; null where others' may.</summary>
    public IReadOnlySet<string>? Within { get; private init; }

    /// <summary>Entries on a page, as the caller asked; null if it did not.</summary>
    public int? Count { get; private init; }

    /// <summary>Most significant key first; empty if the caller asked for no order.</summary>
    public IReadOnlyList<SortKey> Sort { get; private init; } = [];

    /// <summary>What of the matches is shown, and what beside them.</summary>
    public SearchResult Result { get; private init; } = SearchResult.Plain;

    /// <summary>The compartment that is searched; null for all there is.</summary>
    public SearchCompartment? Compartment { get; private init; }

    /// <summary>The parameters that were understood, in order, for the self link. Those that were ignored are not among them.</summary>
    public IReadOnlyList<(string Name, string Value)> Understood { get; private init; } = [];

    /// <summary>Warnings about parameters that were ignored, for the outcome entry of a lenient search.</summary>
    public IReadOnlyList<OperationOutcome.IssueComponent> Warnings { get; private init; } = [];

    internal ServerBase Server { get; }

    /// <summary>The ids that <c>_id</c> leaves; null if it does not say.</summary>
    public IReadOnlySet<string>? Ids
    {
        get
        {
            var ids = Compartment is { IsItself: true } itself ? new HashSet<string>([itself.Id], StringComparer.Ordinal) : null;
            foreach (var criterion in Criteria.Where(c => c is { Parameter.Code: "_id", Modifier: SearchModifier.None }))
            {
                var asked = criterion.AnyOf.SelectMany(operand => operand switch
                {
                    SearchOperand.Token { Code: { } id } => [id],
                    SearchOperand.OneOf found => found.References.Select(reference => FhirReference.Parse(reference)?.Id).OfType<string>(),
                    _ => [],
                });
                if (ids is null)
                {
                    ids = new HashSet<string>(asked, StringComparer.Ordinal);
                }
                else
                {
                    ids.IntersectWith(asked);
                }
            }

            return ids;
        }
    }

    /// <summary>The ids of this server's patients that the query names, by whatever parameter: each is a read that is logged, hit or not.</summary>
    public IReadOnlyCollection<string> NamedPatients
    {
        get
        {
            var named = new HashSet<string>(Chains.SelectMany(chain => chain.Inner).SelectMany(inner => inner.NamedPatients), StringComparer.Ordinal);
            if (Compartment is { Type: "Patient" } compartment)
            {
                named.Add(compartment.Id);
            }

            foreach (var criterion in Criteria)
            {
                foreach (var operand in criterion.AnyOf)
                {
                    switch (operand)
                    {
                        case SearchOperand.Reference { Literal: { Base: null, Type: "Patient" } literal }:
                            named.Add(literal.Id);
                            break;
                        case SearchOperand.Reference { Id: { } id } when criterion.TargetType is null or "Patient" && criterion.Parameter.Targets.Contains("Patient"):
                            named.Add(id);
                            break;
                        case SearchOperand.Token { Code: { } code } when criterion.Parameter.Code == "_id" && ResourceType == "Patient":
                            named.Add(code);
                            break;
                        default:
                            break;
                    }
                }
            }

            return named;
        }
    }

    /// <summary>Reads a query.</summary>
    /// <param name="resourceType">A resource type of R4.</param>
    /// <param name="parameters">Decoded names and values, in the order of the request.</param>
    /// <param name="strict">Whether an unknown parameter is an error (<c>Prefer: handling=strict</c>); otherwise it is left out with a warning.</param>
    /// <param name="server">References to it equal relative ones.</param>
    /// <param name="now">The time of the request.</param>
    /// <param name="within">The compartment that is searched; null for all there is.</param>
    /// <returns>Never throws on hostile names and values.</returns>
    public static SearchQueryResult Parse(
        string resourceType, IEnumerable<(string Name, string Value)> parameters, bool strict, ServerBase server, DateTimeOffset now, SearchCompartment? within = null) =>
        Parse(resourceType, parameters, strict, server, now, ChainGrammar.MostSteps, within);

    private static SearchQueryResult Parse(
        string resourceType, IEnumerable<(string Name, string Value)> parameters, bool strict, ServerBase server, DateTimeOffset now, int steps, SearchCompartment? within)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(server);
        var known = SearchParameters.For(resourceType);
        var criteria = new List<SearchCriterion>();
        var chains = new List<SearchChain>();
        var understood = new List<(string, string)>();
        var issues = new List<OperationOutcome.IssueComponent>();
        var warnings = new List<OperationOutcome.IssueComponent>();
        int? count = null;
        IReadOnlyList<SortKey> sort = [];
        var result = new SearchResultGrammar();
        var seen = 0;
        foreach (var (name, value) in parameters)
        {
            if (++seen > MaxParameters)
            {
                issues.Add(Outcome.Error(OperationOutcome.IssueType.TooCostly, $"A search has at most {MaxParameters} parameters."));
                break;
            }

            switch (name)
            {
                case "_format" or "_pretty":
                    break; // how the answer is written, not what is asked
                case "_count":
                    count = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : null;
                    if (count is null)
                    {
                        issues.Add(Outcome.Error(OperationOutcome.IssueType.Value, "_count is a whole number of 0 or more."));
                    }
                    else
                    {
                        understood.Add((name, value));
                    }

                    break;
                case "_sort":
                    if (CriterionGrammar.ParseSort(known, value) is { } keys)
                    {
                        sort = keys;
                        understood.Add((name, value));
                    }
                    else
                    {
                        issues.Add(Outcome.Error(OperationOutcome.IssueType.NotSupported, "_sort orders by parameters of the type, but for composite and special ones."));
                    }

                    break;
                case var _ when SearchResultGrammar.Knows(name):
                    if (result.Take(name, value) is { } refusal)
                    {
                        issues.Add(refusal);
                    }
                    else
                    {
                        understood.Add((name, value));
                    }

                    break;
                default:
                    var root = name.Split(':', '.')[0];
                    if (Array.Exists(NotYet, n => n == root))
                    {
                        issues.Add(Outcome.Error(OperationOutcome.IssueType.NotSupported, $"The parameter '{root}' is not supported."));
                    }
                    else if (known.GetValueOrDefault(root) is var reference && ChainGrammar.IsChain(name, reference))
                    {
                        AddChain(reference, name, value);
                    }
                    else if (!known.TryGetValue(root, out var parameter))
                    {
                        // The name is the caller's own text and no record's; it is cut so that an answer cannot be made to grow.
                        var text = $"{resourceType} has no search parameter '{(root.Length <= 64 ? root : root[..64])}'.";
                        (strict ? issues : warnings).Add(strict
                            ? Outcome.Error(OperationOutcome.IssueType.NotSupported, text)
                            : Outcome.Warning(OperationOutcome.IssueType.NotSupported, text + " It was ignored."));
                    }
                    else if (CriterionGrammar.Parse(parameter, name[root.Length..], value, server, now) is { } criterion)
                    {
                        criterion.Match(
                            accepted =>
                            {
                                criteria.Add(accepted);
                                understood.Add((name, value));
                            },
                            issues.Add);
                    }

                    break;
            }
        }

        issues.AddRange(result.FindConflict());
        return issues.Count > 0
            ? new SearchQueryResult.Refused(issues)
            : new SearchQueryResult.Accepted(new SearchQuery(resourceType, now, server)
            {
                Criteria = criteria,
                Chains = chains,
                Count = count,
                Sort = sort,
                Result = result.Result(count),
                Compartment = within,
                Understood = understood,
                Warnings = warnings,
            });

        void AddChain(SearchParameter? reference, string name, string value)
        {
            if (steps == 0 || chains.Sum(chain => chain.Steps) >= SearchChain.MostSteps)
            {
                issues.Add(Outcome.Error(OperationOutcome.IssueType.TooCostly, $"A chain leads over at most {ChainGrammar.MostSteps} references, and all chains of a search over {SearchChain.MostSteps} types."));
                return;
            }

            if (value.Length == 0)
            {
                return;
            }

            var read = ChainGrammar.Parse(resourceType, reference, name, value, (type, inner, text) => Parse(type, [(inner, text)], strict: true, server, now, steps - 1, within: null), server);
            issues.AddRange(read.Issues);
            if (read.Chain is not null)
            {
                chains.Add(read.Chain);
                understood.Add((name, value));
            }
        }
    }

    /// <summary>Whether it asks for nothing but the type.</summary>
    public bool IsEmpty => Criteria.Count == 0 && Chains.Count == 0;

    /// <summary>The same question without its chains, and with what they have come to instead.</summary>
    /// <param name="resolved">One for each chain, or a part of them.</param>
    public SearchQuery With(params IEnumerable<SearchCriterion> resolved) => Copy([.. Criteria, .. resolved], [], Within);

    /// <summary>The same question about these patients alone, as far as granted records go.</summary>
    public SearchQuery About(IReadOnlySet<string>? patients) => Copy(Criteria, Chains, patients);

    private SearchQuery Copy(IReadOnlyList<SearchCriterion> criteria, IReadOnlyList<SearchChain> chains, IReadOnlySet<string>? within) =>
        new(ResourceType, AskedAt, Server) { Criteria = criteria, Chains = chains, Within = within, Compartment = Compartment, Result = Result, Count = Count, Sort = Sort, Understood = Understood, Warnings = Warnings };

    internal static bool IsType(string name) => ModelInfo.SupportedResources.Contains(name, StringComparer.Ordinal) && name is not ("Resource" or "DomainResource");

    /// <summary>What the sealed index can do for this query.</summary>
    public SearchPlan Plan() => SearchPlanner.Plan(this, TokenTable.Parameters(ResourceType));

    /// <summary>What to ask of the tokens of shared directories' entries, which <see cref="SearchTokens.DescribeShared"/> makes.</summary>
    public SearchPlan PlanShared() => SearchPlanner.Plan(this, TokenTable.SharedParameters(ResourceType));
}

/// <summary>A query, or why there is none.</summary>
public abstract record SearchQueryResult
{
    private SearchQueryResult()
    {
    }

    /// <summary>A query that this server can answer exactly.</summary>
    public sealed record Accepted(SearchQuery Query) : SearchQueryResult;

    /// <summary>At least one issue; every one found is named.</summary>
    public sealed record Refused(IReadOnlyList<OperationOutcome.IssueComponent> Issues) : SearchQueryResult;

    /// <summary>One of the two.</summary>
    public T Match<T>(Func<SearchQuery, T> accepted, Func<IReadOnlyList<OperationOutcome.IssueComponent>, T> refused)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        ArgumentNullException.ThrowIfNull(refused);
        return this switch
        {
            Accepted a => accepted(a.Query),
            Refused r => refused(r.Issues),
            _ => throw new InvalidOperationException("SearchQueryResult is closed."),
        };
    }
}
