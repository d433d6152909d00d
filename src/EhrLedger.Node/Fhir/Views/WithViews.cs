using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>
/// What others wrote, and what this node makes of what it knows. Views are shown where their type is asked for by its name: neither a search over all types of a compartment nor $everything has them, because reading would
/// then make more to read.
/// </summary>
internal sealed class WithViews(IForeignRecords granted, IEnumerable<IViews> views) : IForeignRecords
{
    private readonly Dictionary<string, IViews> _views = views.ToDictionary(one => one.Type, StringComparer.Ordinal);

    /// <summary>Whether the id has the form of a view's of the type.</summary>
    public bool Owns(string type, string id) => _views.GetValueOrDefault(type)?.Owns(id) is true;

    /// <summary>Whether it is the form of a view's id, and such views have versions.</summary>
    public bool HasVersions(string type, string id) => _views.GetValueOrDefault(type) is { HasVersions: true } own && own.Owns(id);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(string? type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken)
    {
        if (type is null || _views.GetValueOrDefault(type) is not { } own || recordIds.Where(own.Owns).ToList() is not { Count: > 0 } ids)
        {
            return await granted.FindAsync(type, recordIds, asking, cancellationToken);
        }

        if (!asking.Access.May(asking.Needs, type))
        {
            return new ForeignAnswer.Shown([], Reach.All);
        }

        var made = await own.FindAsync(ids, granted, asking, cancellationToken);
        return ids.Count == recordIds.Count ? made : Join(made, await granted.FindAsync(type, [.. recordIds.Except(ids, StringComparer.Ordinal)], asking, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        if (_views.GetValueOrDefault(query.ResourceType) is not { } own || !asking.Access.May(asking.Needs, query.ResourceType))
        {
            return await granted.SearchAsync(query, asking, budget, cancellationToken);
        }

        var made = await own.SearchAsync(query, granted, asking, budget, cancellationToken);
        return query.Ids is { Count: > 0 } ids && ids.All(own.Owns) ? made : Join(made, await granted.SearchAsync(query, asking, budget, cancellationToken));
    }

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken) =>
        queries is [var one] ? SearchAsync(one, asking, budget, cancellationToken) : granted.SearchAsync(queries, asking, budget, cancellationToken);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken) =>
        Join(new ForeignAnswer.Shown([.. _views.Values.SelectMany(one => one.Follow(from, includes, asking))], Reach.All), await granted.FollowAsync(from, includes, asking, cancellationToken));

    /// <inheritdoc/>
    public Resource ShowAgain(Resource shown) => granted.ShowAgain(Unfinished.Finish(shown));

    /// <inheritdoc/>
    public Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken) =>
        granted.EverythingAsync(patientId, types, recordIds, asking, cancellationToken);

    private static ForeignAnswer Join(ForeignAnswer made, ForeignAnswer granted) => (made, granted) switch
    {
        (ForeignAnswer.Shown one, ForeignAnswer.Shown other) =>
            new ForeignAnswer.Shown([.. one.Resources, .. other.Resources], one.Reach == other.Reach ? one.Reach : Reach.Some),
        _ => new ForeignAnswer.TooMany(),
    };
}
