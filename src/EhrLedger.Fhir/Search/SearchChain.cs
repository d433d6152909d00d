namespace EhrLedger.Fhir.Search;

/// <summary>How a criterion reaches beyond the resource.</summary>
public enum ChainKind
{
    /// <summary><c>subject.name=x</c>: to what a reference points at.</summary>
    Forward,

    /// <summary><c>_has:Observation:patient:code=x</c>: to what points at the resource.</summary>
    Reverse,

    /// <summary><c>location:below=Location/1</c>: to what a reference points at, and that is part of one of these.</summary>
    Below,

    /// <summary><c>location:above=Location/1</c>: to what a reference points at, and that one of these is part of.</summary>
    Above,
}

/// <summary>A criterion that other resources decide about. Whoever has them resolves it to the references that they leave, and adds these with <see cref="SearchQuery.With"/>.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Parameter">The reference: of the type searched, or in reverse of the type that points at it.</param>
/// <param name="Inner">What the other resources have to meet: for each type that the reference may point at one query; in reverse one; for a hierarchy those that it starts from.</param>
public sealed record SearchChain(ChainKind Kind, SearchParameter Parameter, IReadOnlyList<SearchQuery> Inner)
{
    /// <summary>Searches of other types that one query may need.</summary>
    public const int MostSteps = 16;

    /// <summary>Searches of other types that it needs.</summary>
    public int Steps => Inner.Sum(inner => 1 + inner.Chains.Sum(chain => chain.Steps));

    /// <summary>What the chain has come to, as a criterion of the query that has it.</summary>
    /// <param name="found">Each <c>Type/id</c>: what the reference may point at, or in reverse which of the type searched.</param>
    /// <param name="resourceType">The type searched.</param>
    public SearchCriterion ToCriterion(IReadOnlySet<string> found, string resourceType) =>
        new(Kind == ChainKind.Reverse ? SearchParameters.Find(resourceType, "_id")! : Parameter, SearchModifier.None, null, [new SearchOperand.OneOf(found)]);

    /// <summary>The references that a resource has in the parameter, as far as they are this server's: each <c>Type/id</c>.</summary>
    public static IEnumerable<string> ReferencesIn(Hl7.Fhir.Model.Resource resource, SearchParameter parameter, EhrLedger.Fhir.References.ServerBase server) =>
        IndexValues.Extract(resource, parameter).OfType<SearchValue.Reference>().Select(value => value.Literal).Where(literal => literal is not null && server.Owns(literal)).Select(literal => literal!.Relative);
}
