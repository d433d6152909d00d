using System.Globalization;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>What $everything is asked for.</summary>
internal sealed class EverythingQuery
{
    private readonly ServerBase _server;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<string, IReadOnlyList<SearchQuery>> _windows = new(StringComparer.Ordinal);
    private string? _start;
    private string? _end;
    private DateTimeOffset? _since;

    private EverythingQuery(ServerBase server, DateTimeOffset now) => (_server, _now) = (server, now);

    /// <summary>Null for all.</summary>
    public IReadOnlySet<string>? Types { get; private set; }

    /// <summary>Resources on a page, as the caller asked; null if it did not.</summary>
    public int? Count { get; private set; }

    public List<(string Name, string Value)> Understood { get; } = [];

    public List<OperationOutcome.IssueComponent> Warnings { get; } = [];

    /// <summary>A query, or why there is none.</summary>
    public static (EverythingQuery? Query, OperationOutcome.IssueComponent? Issue) Parse(
        string type, IReadOnlyList<(string Name, string Value)> parameters, bool strict, ServerBase server, DateTimeOffset now)
    {
        var query = new EverythingQuery(server, now);
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "start" or "end" when type == "Patient":
                    if (!Date.IsValidValue(value))
                    {
                        return (null, Outcome.Error(OperationOutcome.IssueType.Value, $"{name} is a date, such as 2024-05-06."));
                    }

                    (query._start, query._end) = name == "start" ? (value, query._end) : (query._start, value);
                    break;
                case "_since":
                    if (!FhirDateTime.IsValidValue(value) || !new FhirDateTime(value).TryToDateTimeOffset(TimeSpan.Zero, out var since))
                    {
                        return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_since is a date or an instant, such as 2024-05-06T07:08:09Z."));
                    }

                    query._since = since;
                    break;
                case "_type":
                    var types = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
                    if (types.Length == 0 || types.Any(one => !FhirFeature.IsType(one)))
                    {
                        return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_type is a list of R4's resource types with commas between them."));
                    }

                    query.Types = (query.Types ?? new HashSet<string>()).Concat(types).ToHashSet(StringComparer.Ordinal);
                    break;
                case "_count":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
                    {
                        return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_count is a whole number of 1 or more."));
                    }

                    query.Count = count;
                    break;
                default:
                    // The name is the caller's own text; it is cut so that an answer can't be made to grow.
                    var text = $"$everything has no parameter '{(name.Length <= 64 ? name : name[..64])}'.";
                    if (strict)
                    {
                        return (null, Outcome.Error(OperationOutcome.IssueType.NotSupported, text));
                    }

                    query.Warnings.AddRange(query.Warnings.Count < 20 ? [Outcome.Warning(OperationOutcome.IssueType.NotSupported, text + " It was ignored.")] : []);
                    continue;
            }

            query.Understood.Add((name, value));
        }

        return (query, null);
    }

    /// <summary>Whether the resource has to be looked into.</summary>
    public bool HasWindow => _start is not null || _end is not null;

    public bool IsAsked(string type, DateTimeOffset? lastUpdated) => (Types is null || Types.Contains(type)) && (_since is null || lastUpdated >= _since);

    /// <summary>Whether a date of care is between start and end, or there is none: who the patient is does not end.</summary>
    public bool IsInWindow(Resource resource)
    {
        if (!HasWindow || resource.TypeName == "Patient")
        {
            return true;
        }

        var dates = SearchParameters.For(resource.TypeName).Values.Where(parameter => parameter is { Kind: SearchParamType.Date, Code: not "_lastUpdated" }).Select(parameter => parameter.Code).ToList();
        if (!_windows.TryGetValue(resource.TypeName, out var windows))
        {
            windows = _windows[resource.TypeName] =
            [
                .. dates.Select(code => Query(resource.TypeName, [.. _start is null ? [] : ((string, string)[])[(code, $"ge{_start}")], .. _end is null ? [] : ((string, string)[])[(code, $"le{_end}")]])),
                Query(resource.TypeName, [.. dates.Select(code => ($"{code}:missing", "true"))]),
            ];
        }

        return windows.Any(window => SearchEvaluator.Matches(resource, window));
    }

    private SearchQuery Query(string type, IReadOnlyList<(string, string)> criteria) => SearchQuery.Parse(type, criteria, strict: true, _server, _now).Match(
        query => query, _ => throw new InvalidOperationException("A date that was checked is refused."));
}
