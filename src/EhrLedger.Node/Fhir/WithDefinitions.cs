using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// What others wrote: the specification's definitions, granted records and shared entries. No patient owns a definition, so no grant holds one, and a search for definitions asks under none.
/// </summary>
internal sealed class WithDefinitions(IForeignRecords granted, SpecificationDefinitions definitions) : IForeignRecords
{
    /// <inheritdoc/>
    public Task<ForeignAnswer> FindAsync(string? type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken) => type is not null && SpecificationDefinitions.AreOf(type)
        ? Shown([.. recordIds.Select(id => definitions.Find(type, id)).OfType<Resource>()])
        : granted.FindAsync(type, recordIds, asking, cancellationToken);

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken) => SpecificationDefinitions.AreOf(query.ResourceType)
        ? Shown(definitions.Find(query))
        : granted.SearchAsync(query, asking, budget, cancellationToken);

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken) =>
        queries is [var one] ? SearchAsync(one, asking, budget, cancellationToken) : granted.SearchAsync(queries, asking, budget, cancellationToken);

    /// <inheritdoc/>
    public Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken) =>
        granted.FollowAsync(from, includes, asking, cancellationToken);

    /// <inheritdoc/>
    public Resource ShowAgain(Resource shown) => granted.ShowAgain(shown);

    /// <inheritdoc/>
    public Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken) =>
        granted.EverythingAsync(patientId, types, recordIds, asking, cancellationToken);

    private static Task<ForeignAnswer> Shown(IReadOnlyList<Resource> resources) => System.Threading.Tasks.Task.FromResult<ForeignAnswer>(new ForeignAnswer.Shown(resources, Reach.All));
}
