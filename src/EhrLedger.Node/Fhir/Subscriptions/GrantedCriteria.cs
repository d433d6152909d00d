using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Criteria for what comes under patients' grants: a type, the tag that granted records are shown with, and the patients, if any are named. That much is known without opening a record.
/// </summary>
internal static class GrantedCriteria
{
    /// <summary>The tag, as a search has it.</summary>
    public const string Tag = $"{GranteeView.TagSystem}|{GranteeView.ForeignTag}";

    /// <summary>Whether the search is for granted records.</summary>
    public static bool Is(SearchQuery query) => query.Understood.Any(parameter => parameter is { Name: "_tag", Value: Tag });

    /// <summary>Whether nothing in it depends on what a record says.</summary>
    public static bool IsDecidable(SearchQuery query) =>
        query.Understood.Count == 1 || (query.Understood.Count == 2 && query.Understood.Any(parameter => parameter.Name is "patient" or "subject") && AuthorSearch.Owners(query) is { Count: > 0 });

    /// <summary>Whether a grant about this local patient is meant.</summary>
    public static bool Covers(SearchQuery query, string patientId) => query.NamedPatients.Count == 0 || query.NamedPatients.Contains(patientId);
}
