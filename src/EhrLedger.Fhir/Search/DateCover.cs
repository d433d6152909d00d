using System.Globalization;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// Turns stretches of time into index tokens and back into questions about them. Time is a tree: years, their months, their days (UTC).
/// </summary>
/// <remarks>
/// A record's stretch is covered by the fewest nodes. It gets a <em>within</em> token (<c>2020-03-05</c>) for each of them and each of their ancestors, and a
/// <em>whole</em> token (<c>2020-03*</c>) for each of them that is no day. A query covers its range likewise and asks for the within token of each node
/// and the whole token of each ancestor. Two stretches overlap exactly where a node of one is a node of the other, or an ancestor of one: so nothing
/// that matches is missed, and a record about one day has three tokens.
/// Years before 1900 or after next year, periods without an end, and covers of more than <see cref="MaxCover"/> nodes get the one token <c>*</c>, which
/// every query asks for: these are always opened. That keeps a question about all time after a day at some dozen tokens.
/// </remarks>
internal static class DateCover
{
    /// <summary>Nodes in the cover of one record's stretch before it is made coarser.</summary>
    internal const int MaxCover = 6;

    private const int FirstYear = 1900;
    private const string Always = "*";

    private enum Level
    {
        Year,
        Month,
        Day,
    }

    /// <summary>The tokens of a value in a record.</summary>
    /// <param name="span">The value.</param>
    /// <param name="now">When the record is written; a query's now must not be in an earlier year.</param>
    /// <param name="add">Takes each token; the same one may come twice.</param>
    internal static void Describe(DateSpan span, DateTimeOffset now, Action<string> add)
    {
        var window = Window(now);
        if (span.Start < window.Start || span.End > window.End)
        {
            add(Always);
            return;
        }

        foreach (var finest in (ReadOnlySpan<Level>)[Level.Day, Level.Month, Level.Year])
        {
            var nodes = Cover(span, finest, MaxCover + 1);
            if (nodes.Count > MaxCover)
            {
                continue;
            }

            foreach (var node in nodes)
            {
                for (var length = node.Length; length >= 4; length -= 3)
                {
                    add(node[..length]);
                }

                if (node.Length < 10)
                {
                    add(node + Always);
                }
            }

            return;
        }

        add(Always);
    }

    /// <summary>The tokens one of which every value has that overlaps the range.</summary>
    /// <returns>Null if the range covers all that the tokens can tell apart.</returns>
    internal static IReadOnlyList<string>? Ask(DateSpan range, DateTimeOffset now)
    {
        var window = Window(now);
        var asked = new DateSpan(Math.Max(range.Start, window.Start), Math.Min(range.End, window.End));
        if (asked == window)
        {
            return null;
        }

        var tokens = new HashSet<string>(StringComparer.Ordinal) { Always };
        if (asked.Start < asked.End)
        {
            foreach (var node in Cover(asked, Level.Day, int.MaxValue))
            {
                tokens.Add(node);
                for (var length = node.Length - 3; length >= 4; length -= 3)
                {
                    tokens.Add(node[..length] + Always);
                }
            }
        }

        return [.. tokens];
    }

    private static DateSpan Window(DateTimeOffset now) =>
        new(new DateTime(FirstYear, 1, 1).Ticks, new DateTime(Math.Clamp(now.UtcDateTime.Year + 2, FirstYear + 1, 9999), 1, 1).Ticks);

    /// <summary>The fewest nodes, none below <paramref name="finest"/>, that cover the span; its edges are rounded outward. Stops at the limit.</summary>
    private static List<string> Cover(DateSpan span, Level finest, int limit)
    {
        var at = Floor(new DateTime(span.Start, DateTimeKind.Utc), finest);
        var last = new DateTime(span.End - 1, DateTimeKind.Utc);
        var end = Next(Floor(last, finest), finest);
        var nodes = new List<string>();
        while (at < end && nodes.Count < limit)
        {
            if (at is { Month: 1, Day: 1 } && Next(at, Level.Year) <= end)
            {
                nodes.Add(at.ToString("yyyy", CultureInfo.InvariantCulture));
                at = Next(at, Level.Year);
            }
            else if (at.Day == 1 && Next(at, Level.Month) <= end)
            {
                nodes.Add(at.ToString("yyyy-MM", CultureInfo.InvariantCulture));
                at = Next(at, Level.Month);
            }
            else
            {
                nodes.Add(at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                at = Next(at, Level.Day);
            }
        }

        return nodes;
    }

    private static DateTime Floor(DateTime at, Level level) => level switch
    {
        Level.Year => new DateTime(at.Year, 1, 1),
        Level.Month => new DateTime(at.Year, at.Month, 1),
        Level.Day => at.Date,
    };

    private static DateTime Next(DateTime at, Level level) => level switch
    {
        Level.Year => at.AddYears(1),
        Level.Month => at.AddMonths(1),
        Level.Day => at.AddDays(1),
    };
}
