using System.Globalization;

namespace EhrLedger.Cli.Shell;

/// <summary>Foreign text and figures as they may be shown.</summary>
internal static class Printable
{
    /// <summary>One line of foreign text: what could move the cursor, colour the screen or reverse the reading direction becomes a space, and it is cut.</summary>
    /// <param name="text">From anybody.</param>
    /// <param name="most">Longest result, in characters.</param>
    public static string Line(string text, int most = 300)
    {
        var shown = new string([.. text.Take(most).Select(c => MayBeShown(c) ? c : ' ')]).Trim();
        return text.Length > most ? shown + "…" : shown;
    }

    /// <summary>To the second, in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A span as people say it: 7 s, 12 min, 3 h, 5 days. Never negative.</summary>
    public static string Span(TimeSpan span)
    {
        var seconds = Math.Max(0, (long)span.TotalSeconds);
        return seconds switch
        {
            < 120 => $"{seconds} s",
            < 2 * 3600 => $"{seconds / 60} min",
            < 2 * 86_400 => $"{seconds / 3600} h",
            _ => $"{seconds / 86_400:N0} days",
        };
    }

    /// <summary>Megabytes of 10^6 bytes, with one decimal.</summary>
    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");

    /// <summary>"a", "a and b", "a, b and c".</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "nobody",
        1 => items[0],
        _ => string.Join(", ", items.Take(items.Count - 1)) + " and " + items[^1],
    };

    private static bool MayBeShown(char c) =>
        char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse);
}
