using EhrLedger.Consent.Records;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Sharing;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// Granted records, and what other members share of their directories. No patient owns an entry of a type that can be shared, so no grant holds one, a search for them asks under none, and nothing is
/// logged.
/// </summary>
internal sealed class WithDirectories(IForeignRecords granted, MemberDirectories directories, ServerBase server) : IForeignRecords
{
    /// <inheritdoc/>
    public Task<ForeignAnswer> FindAsync(string type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken) => SharingTable.Has(type)
        ? Shown([.. recordIds.Distinct().Select(name => directories.Find(type, name)).OfType<Resource>()])
        : granted.FindAsync(type, recordIds, asking, cancellationToken);

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, CancellationToken cancellationToken) => SharingTable.Has(query.ResourceType)
        ? Shown(directories.Find(query))
        : granted.SearchAsync(query, asking, cancellationToken);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, CancellationToken cancellationToken)
    {
        var entries = queries.Where(query => SharingTable.Has(query.ResourceType)).SelectMany(directories.Find).ToList();
        return queries.Where(query => !SharingTable.Has(query.ResourceType)).ToList() switch
        {
            [] => new ForeignAnswer.Shown(entries, Reach.All),
            var others => Join(await granted.SearchAsync(others, asking, cancellationToken), entries),
        };
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken)
    {
        var entries = from
            .SelectMany(shown => includes.Where(include => !include.IsReverse).SelectMany(include => include.TargetsOf(ShowAgain(shown), server)))
            .Where(target => SharingTable.Has(target.Type) && RecordId.TryParse(target.Id) is not null)
            .DistinctBy(target => target.Relative)
            .Select(target => directories.Find(target.Type, target.Id))
            .OfType<Resource>()
            .ToList();
        return Join(await granted.FollowAsync(from, includes, asking, cancellationToken), entries);
    }

    /// <inheritdoc/>
    public Resource ShowAgain(Resource shown) => granted.ShowAgain(shown);

    /// <inheritdoc/>
    public Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken) =>
        granted.EverythingAsync(patientId, types, recordIds, asking, cancellationToken);

    private static ForeignAnswer Join(ForeignAnswer granted, List<Resource> entries) =>
        granted is ForeignAnswer.Shown(var resources, var reach) && entries.Count > 0 ? new ForeignAnswer.Shown([.. resources, .. entries], reach == Reach.None ? Reach.Some : reach) : granted;

    private static Task<ForeignAnswer> Shown(IReadOnlyList<Resource> resources) => System.Threading.Tasks.Task.FromResult<ForeignAnswer>(new ForeignAnswer.Shown(resources, Reach.All));
}
