using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Records of other authors that patients have granted to this organisation, as it may show them. Everything that comes back has been logged and released.</summary>
internal interface IForeignRecords
{
    /// <summary>The current versions of granted records, by their record ids, in no order. What is not granted or not there is missing: one answer for both.</summary>
    Task<IReadOnlyList<Resource>> FindAsync(string type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken);

    /// <summary>Granted records that match. Null if the search would open too many.</summary>
    Task<IReadOnlyList<Resource>?> SearchAsync(SearchQuery query, Asking asking, CancellationToken cancellationToken);

    /// <summary>Whether this is a record of another author that this organisation has been shown, and still may be: it is read-only here.</summary>
    bool IsShown(string recordId);
}
