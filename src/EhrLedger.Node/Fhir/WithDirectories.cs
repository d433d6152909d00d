using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Operations;
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
    public Task<ForeignAnswer> FindAsync(string? type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken) => type is not null && SharingTable.Has(type)
        ? Shown([.. recordIds.Distinct().Select(name => directories.Find(type, name)).OfType<Resource>()])
        : granted.FindAsync(type, recordIds, asking, cancellationToken);

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken) => SearchAsync([query], asking, budget, cancellationToken);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        var entries = new List<Resource>();
        foreach (var query in queries.Where(query => SharingTable.Has(query.ResourceType)))
        {
            if (directories.Find(query, budget, cancellationToken) is not { } matches)
            {
                return new ForeignAnswer.TooMany();
            }

            entries.AddRange(matches);
        }

        return queries.Where(query => !SharingTable.Has(query.ResourceType)).ToList() switch
        {
            [] => new ForeignAnswer.Shown(entries, Reach.All),
            var others => Join(await granted.SearchAsync(others, asking, budget, cancellationToken), entries),
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
    public async Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken)
    {
        // What a page holds of directories is known by its name alone, and is nothing to ask under a grant.
        var named = recordIds?.ToDictionary(name => name, directories.Find);
        var answer = named is { Count: > 0 } && named.Values.All(entry => entry is not null)
            ? new ForeignAnswer.Shown([], Reach.All)
            : await granted.EverythingAsync(patientId, types, named is null ? null : [.. named.Where(pair => pair.Value is null).Select(pair => pair.Key)], asking, cancellationToken);
        var entries = named is not null
            ? named.Values.OfType<Resource>()
            : (answer as ForeignAnswer.Shown)?.Resources.SelectMany(resource => ReferencesInJson.Of(FhirJson.Write(resource), server))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(FhirReference.Parse)
                .OfType<FhirReference>()
                .Where(reference => types?.Contains(reference.Type) is not false)
                .Select(reference => directories.Find(reference.Type, reference.Id))
                .OfType<Resource>();
        return Join(answer, [.. entries ?? []]);
    }

    private static ForeignAnswer Join(ForeignAnswer granted, List<Resource> entries) =>
        granted is ForeignAnswer.Shown(var resources, var reach) && entries.Count > 0 ? new ForeignAnswer.Shown([.. resources, .. entries], reach == Reach.None ? Reach.Some : reach) : granted;

    private static Task<ForeignAnswer> Shown(IReadOnlyList<Resource> resources) => System.Threading.Tasks.Task.FromResult<ForeignAnswer>(new ForeignAnswer.Shown(resources, Reach.All));
}
