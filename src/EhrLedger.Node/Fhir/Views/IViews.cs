using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>
/// Resources of one type that this node makes of what it knows, beside those that were stored. They are read-only and have ids of a form of their own, which tell nothing: an id that never was answers as
/// one that the caller may not see. What comes back has been logged.
/// </summary>
internal interface IViews
{
    /// <summary>FHIR resource type.</summary>
    string Type { get; }

    /// <summary>Whether its resources have versions, which are read as such.</summary>
    bool HasVersions => false;

    /// <summary>Whether the id has the form of a view's; nothing else has it.</summary>
    bool Owns(string id);

    /// <summary>The views of these ids, as far as there are such.</summary>
    /// <param name="ids">Each of the form.</param>
    /// <param name="granted">What patients have granted.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> FindAsync(IReadOnlyCollection<string> ids, IForeignRecords granted, Asking asking, CancellationToken cancellationToken);

    /// <summary>The views that match.</summary>
    /// <param name="query">Of the type, without chains.</param>
    /// <param name="granted">What patients have granted.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="budget">Of the whole request: what is looked at counts in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ForeignAnswer> SearchAsync(SearchQuery query, IForeignRecords granted, Asking asking, SearchBudget budget, CancellationToken cancellationToken);

    /// <summary>Views that point at granted records.</summary>
    /// <param name="from">As they were shown here.</param>
    /// <param name="includes">Which references are followed.</param>
    /// <param name="asking">Who.</param>
    IEnumerable<Resource> Follow(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking);
}
