using EhrLedger.Fhir.Search;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>What a question's dates leave of a log that is looked through from its end.</summary>
internal static class Dates
{
    /// <summary>The earliest time that a criterion leaves; null for none.</summary>
    /// <param name="query">Parsed.</param>
    /// <param name="code">Of the parameter.</param>
    public static DateTimeOffset? SinceOf(SearchQuery query, string code) => query.Criteria
        .Where(criterion => criterion.Parameter.Code == code && criterion is { Modifier: SearchModifier.None, AnyOf: [SearchOperand.Time { Prefix: SearchPrefix.Ge or SearchPrefix.Gt or SearchPrefix.Sa or SearchPrefix.Eq }] })
        .Select(criterion => ((SearchOperand.Time)criterion.AnyOf[0]).Span.Start)
        .OrderDescending()
        .Select(start => (DateTimeOffset?)new DateTimeOffset(Math.Min(start, DateTime.MaxValue.Ticks), TimeSpan.Zero))
        .FirstOrDefault();
}
