using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>What others wrote, as far as the caller's scopes reach. A caller that is there for one patient asks under no other patient's grant.</summary>
internal sealed class WithinScopes(IForeignRecords all, ServerBase server) : IForeignRecords
{
    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(string type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken) =>
        !asking.Access.May(asking.Needs, type) ? Nothing
        : asking.Access.OnlyPatient is { } patient && OwnershipTable.MayHaveOwner(type) ? Within(await all.EverythingAsync(patient, [type], recordIds, asking, cancellationToken), asking)
        : Within(await all.FindAsync(type, recordIds, asking, cancellationToken), asking);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken) =>
        asking.Access.May(asking.Needs, query.ResourceType) ? Within(await all.SearchAsync(About(query, asking), asking, budget, cancellationToken), asking) : Nothing;

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken) =>
        queries.Where(query => asking.Access.May(asking.Needs, query.ResourceType)).Select(query => About(query, asking)).ToList() is { Count: > 0 } open
            ? Within(await all.SearchAsync(open, asking, budget, cancellationToken), asking)
            : Nothing;

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken) =>
        Within(await all.FollowAsync(from, includes, asking, cancellationToken), asking);

    /// <inheritdoc/>
    public Resource ShowAgain(Resource shown) => all.ShowAgain(shown);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken)
    {
        if (asking.Access.OnlyPatient is { } patient && patient != patientId)
        {
            return Nothing;
        }

        var open = types?.Where(type => asking.Access.May(asking.Needs, type)).ToList();
        return open is { Count: 0 } ? Nothing : Within(await all.EverythingAsync(patientId, open, recordIds, asking, cancellationToken), asking);
    }

    private static ForeignAnswer Nothing { get; } = new ForeignAnswer.Shown([], Reach.All);

    private static SearchQuery About(SearchQuery query, Asking asking) =>
        asking.Access.OnlyPatient is { } patient ? query.About(new HashSet<string>(query.Within is null || query.Within.Contains(patient) ? [patient] : [])) : query;

    private ForeignAnswer Within(ForeignAnswer answer, Asking asking) => answer is ForeignAnswer.Shown(var resources, var reach)
        ? new ForeignAnswer.Shown([.. resources.Where(resource => asking.Access.Sees(asking.Needs, resource, OwnerOf(resource, asking)))], reach)
        : answer;

    // Granted records are shown under their local patient; what names none in an element of the table is not known to be anybody's.
    private string? OwnerOf(Resource resource, Asking asking) => OwnershipTable.MayHaveOwner(resource.TypeName)
        ? asking.Access.OnlyPatient ?? OwnershipTable.Find(resource, null, server).Match<string?>(
            () => resource.Id, reference => FhirReference.Parse(server.Normalise(reference)) is { Base: null, Type: "Patient" } patient ? patient.Id : null, () => null, _ => null)
        : null;
}
