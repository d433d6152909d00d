using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Records of other authors that patients have granted to this organisation, as it may show them. Everything that comes back has been logged and released.</summary>
internal interface IForeignRecords
{
    /// <summary>The current versions of granted records, by their record ids, in no order. What is not granted or not there is missing: one answer for both.</summary>
    /// <param name="type">Of all of them; null for any.</param>
    /// <param name="recordIds">32 hexadecimal digits each; others are none.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> FindAsync(string? type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken);

    /// <summary>Granted records that match.</summary>
    /// <param name="query">Without chains.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="budget">Of the whole request: what of directories is opened counts in it. Records under a grant have bounds of their own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken);

    /// <summary>Granted records that match one of several queries, which differ in their type alone and are asked as one.</summary>
    Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken);

    /// <summary>What granted records point at, and what points at them, as far as the same patient has granted that as well.</summary>
    /// <param name="from">As they were shown here.</param>
    /// <param name="includes">Which references are followed.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken);

    /// <summary>A granted record with the references that are known by now.</summary>
    /// <param name="shown">As it was shown here before.</param>
    Resource ShowAgain(Resource shown);

    /// <summary>All that is granted about one local patient.</summary>
    /// <param name="patientId">FHIR id.</param>
    /// <param name="types">Resource types; null for all.</param>
    /// <param name="recordIds">These records alone; null for all.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> EverythingAsync(string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken);
}

/// <summary>What was found of other authors' records.</summary>
internal abstract record ForeignAnswer
{
    private ForeignAnswer()
    {
    }

    /// <summary>It would open too many records, or ask under too many grants. Nothing is shown.</summary>
    public sealed record TooMany : ForeignAnswer;

    /// <summary>What could be opened.</summary>
    /// <param name="Resources">In no order.</param>
    /// <param name="Reach">Whether something may be missing that is granted.</param>
    public sealed record Shown(IReadOnlyList<Resource> Resources, Reach Reach) : ForeignAnswer;
}

/// <summary>How far a question got. Depends on this organisation's own grants and on who answers, never on what is not granted.</summary>
internal enum Reach
{
    /// <summary>Everyone has answered who had to, or nobody had to.</summary>
    All,

    /// <summary>Under some grant somebody did not answer: what it covers may be missing.</summary>
    Some,

    /// <summary>Under no grant did anybody answer.</summary>
    None,
}
