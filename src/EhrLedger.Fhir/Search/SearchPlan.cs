namespace EhrLedger.Fhir.Search;

/// <summary>What to ask the sealed index for a query. Candidates have one token at least of each group; the evaluator decides about them.</summary>
/// <param name="AllOf">Groups of tokens as <see cref="SearchTokens"/> makes them. The first is the type's own, so there is always one.</param>
/// <param name="NotNarrowed">Codes of the parameters that the index cannot help with: what the groups leave has to be opened for them.</param>
public sealed record SearchPlan(IReadOnlyList<IReadOnlyList<string>> AllOf, IReadOnlyList<string> NotNarrowed)
{
    /// <summary>Whether nothing but the type narrows, so that every record of the type would be opened.</summary>
    public bool OpensWholeType => AllOf.Count == 1;
}
