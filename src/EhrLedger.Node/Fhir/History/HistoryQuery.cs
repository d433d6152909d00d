using System.Globalization;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.History;

/// <summary>What a history is asked for.</summary>
/// <param name="Count">Versions on a page.</param>
/// <param name="Since">Versions made then or later; null for all.</param>
/// <param name="After">The last version of the page before; null for the first page. What is written meanwhile is newer and moves nothing.</param>
internal sealed record HistoryQuery(int Count, DateTimeOffset? Since, HistoryPlace? After)
{
    private const string SinceFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly string[] Instants = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    // R4 has them, and to leave them out would show more than was asked for.
    private static readonly string[] NotSupported = ["_at", "_list"];

    /// <summary>One of the two is null.</summary>
    /// <param name="parameters">Decoded.</param>
    /// <param name="pages">Reads the links of pages.</param>
    /// <param name="strict">Whether what is not known is refused.</param>
    public static (HistoryQuery? Query, OperationOutcome.IssueComponent? Issue) Parse(IReadOnlyList<(string Name, string Value)> parameters, HistoryPages pages, bool strict)
    {
        var query = new HistoryQuery(FhirReader.UsualPage, null, null);
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "_format" or "_pretty":
                    break;
                case "_count" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count):
                    query = query with { Count = Math.Min(count, FhirReader.LargestPage) };
                    break;
                case "_count":
                    return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_count is a whole number of 0 or more."));
                case "_since" when ParseInstant(value) is { } since:
                    query = query with { Since = since };
                    break;
                case "_since":
                    return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_since is an instant with a time zone, such as 2024-05-06T07:08:09Z."));
                case "_page" when pages.Find(value) is { } place:
                    query = query with { After = place };
                    break;
                case "_page":
                    return (null, Outcome.Error(OperationOutcome.IssueType.Value, "_page is taken from the next link of a page."));
                case var _ when strict || NotSupported.Contains(name):
                    return (null, Outcome.Error(OperationOutcome.IssueType.NotSupported, "A history understands _count and _since."));
                default:
                    break;
            }
        }

        return (query, null);
    }

    /// <summary>With the place at which the next page goes on.</summary>
    public string Write(HistoryPlace? after, HistoryPages pages)
    {
        var pairs = new List<(string, string)> { ("_count", Count.ToString(CultureInfo.InvariantCulture)) };
        if (Since is { } since)
        {
            pairs.Add(("_since", since.UtcDateTime.ToString(SinceFormat, CultureInfo.InvariantCulture)));
        }

        if (after is not null)
        {
            pairs.Add(("_page", pages.TokenOf(after)));
        }

        return QueryText.Write(pairs);
    }

    // A plus that a client has not escaped arrives as a space. What is finer than the milliseconds in which versions are stored is rounded up to them.
    private static DateTimeOffset? ParseInstant(string text) =>
        text.Length <= 40 && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-', ' ']) > 18)
        && DateTimeOffset.TryParseExact(text.Replace(' ', '+'), Instants, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
            ? DateTimeOffset.FromUnixTimeMilliseconds((instant.UtcTicks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond - DateTimeOffset.UnixEpoch.Ticks / TimeSpan.TicksPerMillisecond)
            : null;
}

/// <summary>A place in the order of a history: newest first, then by the store's row and the version's number.</summary>
internal sealed record HistoryPlace(long Time, long Row, uint Version) : IComparable<HistoryPlace>
{
    public static HistoryPlace Of(VersionOutline outline) => new(outline.LastUpdated.ToUnixTimeMilliseconds(), outline.Resource.RowId, outline.Version);

    /// <summary>Negative where this one comes first.</summary>
    public int CompareTo(HistoryPlace? other) =>
        other is null ? 1 : (other.Time, other.Row, other.Version).CompareTo((Time, Row, Version));
}
