using System.Text.RegularExpressions;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>Reads what an export is asked for.</summary>
/// <remarks>Source: Bulk Data Access IG 2.0.0, export, query parameters.</remarks>
internal static partial class ExportQuery
{
    /// <summary>Most searches of <c>_typeFilter</c>.</summary>
    public const int MostFilters = 50;

    private static readonly string[] Formats = ["application/fhir+ndjson", "application/ndjson", "ndjson"];

    /// <summary>A scope without patients of a Group, or why there is none.</summary>
    /// <param name="level">Where it is asked for.</param>
    /// <param name="parameters">Decoded.</param>
    /// <param name="lenient">Whether what is not supported is left out (<c>Prefer: handling=lenient</c>).</param>
    /// <param name="server">Absolute references to it equal relative ones.</param>
    /// <param name="now">The time of the request.</param>
    public static (ExportScope? Scope, OperationOutcome.IssueComponent? Issue) Parse(
        ExportLevel level, IReadOnlyList<(string Name, string Value)> parameters, bool lenient, ServerBase server, DateTimeOffset now)
    {
        List<string>? types = null;
        List<string>? patients = null;
        List<(string Type, string Search)> filters = [];
        DateTimeOffset? since = null;
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "_outputFormat":
                    if (!Formats.Contains(value))
                    {
                        return Refused(OperationOutcome.IssueType.NotSupported, "_outputFormat is application/fhir+ndjson.");
                    }

                    break;
                case "_since":
                    if (!FhirDateTime.IsValidValue(value) || !new FhirDateTime(value).TryToDateTimeOffset(TimeSpan.Zero, out var time))
                    {
                        return Refused(OperationOutcome.IssueType.Value, "_since is an instant, such as 2024-05-06T07:08:09Z.");
                    }

                    since = time;
                    break;
                case "_type":
                    var named = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                    if (named.Length == 0 || named.Any(type => !FhirFeature.IsType(type)))
                    {
                        return Refused(OperationOutcome.IssueType.Value, "_type is a list of R4's resource types with commas between them.");
                    }

                    types = [.. (types ?? []).Union(named)];
                    break;
                case "_typeFilter":
                    foreach (var filter in FilterComma().Split(value))
                    {
                        if (Check(filter, server, now) is { } issue)
                        {
                            return (null, issue);
                        }

                        filters.Add((filter[..filter.IndexOf('?', StringComparison.Ordinal)], filter[(filter.IndexOf('?', StringComparison.Ordinal) + 1)..]));
                    }

                    break;
                case "patient" when level != ExportLevel.System:
                    foreach (var one in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    {
                        if (PatientOf(one, server) is not { } id)
                        {
                            return Refused(OperationOutcome.IssueType.Value, "patient is a reference to a Patient of this server.");
                        }

                        (patients ??= []).Add(id);
                    }

                    break;
                default:
                    if (!lenient)
                    {
                        // The name is the caller's own text; it is cut so that an answer can't be made to grow.
                        return Refused(OperationOutcome.IssueType.NotSupported, $"$export has no parameter '{(name.Length <= 64 ? name : name[..64])}' here; with Prefer: handling=lenient it is left out.");
                    }

                    break;
            }
        }

        return filters.Count > MostFilters || patients?.Count > ExportJob.MostPatients
            ? Refused(OperationOutcome.IssueType.TooCostly, $"At most {MostFilters} searches in _typeFilter and {ExportJob.MostPatients} patients.")
            : filters.FirstOrDefault(filter => types?.Contains(filter.Type) is false) is { Type: { } other }
                ? Refused(OperationOutcome.IssueType.Invalid, $"_typeFilter has a search of {other}, which is not in _type.")
                : (new ExportScope(level == ExportLevel.System, patients?.Distinct().ToList(), types, since, filters), null);
    }

    /// <summary>Null unless it is a Patient here.</summary>
    public static string? PatientOf(string? reference, ServerBase server) =>
        FhirReference.Parse(reference is not null && reference.StartsWith(server.Url + "/", StringComparison.Ordinal) ? reference[(server.Url.Length + 1)..] : reference) is { Type: "Patient", Base: null } patient ? patient.Id : null;

    /// <summary>A search of <c>_typeFilter</c> that was checked.</summary>
    public static SearchQuery ParseFilter((string Type, string Search) filter, ServerBase server, DateTimeOffset now) => SearchQuery.Parse(filter.Type, QueryText.Parse(filter.Search), strict: true, server, now).Match(
        query => query, _ => throw new InvalidOperationException("A search that was checked is refused."));

    private static OperationOutcome.IssueComponent? Check(string filter, ServerBase server, DateTimeOffset now)
    {
        var mark = filter.IndexOf('?', StringComparison.Ordinal);
        if (mark < 1 || !FhirFeature.IsType(filter[..mark]))
        {
            return Outcome.Error(OperationOutcome.IssueType.Value, "_typeFilter is a list of searches, such as Observation?code=718-7, with commas between them.");
        }

        return SearchQuery.Parse(filter[..mark], QueryText.Parse(filter[(mark + 1)..]), strict: true, server, now).Match(
            query => query.Chains.Count > 0 || !query.Result.IsPlain || query.Sort.Count > 0 || query.Count is not null
                ? Outcome.Error(OperationOutcome.IssueType.NotSupported, "A search of _typeFilter has no chains, no _has, and nothing that says how an answer is shown.")
                : null,
            issues => issues[0]);
    }

    private static (ExportScope?, OperationOutcome.IssueComponent?) Refused(OperationOutcome.IssueType code, string text) => (null, Outcome.Error(code, text));

    // Commas within a search are an "or" of values: only one before a type and its question mark divides.
    [GeneratedRegex(",(?=[A-Z][A-Za-z]{2,40}\\?)")]
    private static partial Regex FilterComma();
}

/// <summary>Where an export is asked for.</summary>
internal enum ExportLevel
{
    /// <summary>Of the server.</summary>
    System,

    /// <summary>Of Patient.</summary>
    Patients,

    /// <summary>Of a Group.</summary>
    Group,
}
