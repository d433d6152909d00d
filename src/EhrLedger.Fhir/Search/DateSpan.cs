using System.Globalization;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// A stretch of time, half open, in ticks of 100 ns since 0001-01-01 UTC. A FHIR date is the stretch that its precision leaves open: <c>2020-03</c> is
/// the whole of March (FHIR R4 §3.1.1.4.6). Text without a time zone is taken as UTC, in records and in queries alike, so that every node computes
/// the same tokens.
/// </summary>
/// <param name="Start">First tick; 0 where a period has no start.</param>
/// <param name="End">First tick after the last; <see cref="Open"/> where a period has no end.</param>
public readonly record struct DateSpan(long Start, long End)
{
    /// <summary>The end of a period that has none.</summary>
    public const long Open = long.MaxValue;

    /// <summary>Whether the two share a tick.</summary>
    public bool Overlaps(DateSpan other) => Start < other.End && other.Start < End;

    /// <summary>Whether all of the other lies within.</summary>
    public bool Contains(DateSpan other) => Start <= other.Start && other.End <= End;

    /// <summary>Parses <c>YYYY[-MM[-DD[Thh:mm[:ss[.f]]][zone]]]</c>; more than R4's dateTime allows is accepted only where search does (no seconds).</summary>
    /// <returns>Null for anything else, days that no calendar has included. Never throws.</returns>
    public static DateSpan? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length < 4 || !Number(text[..4], out var year) || year == 0)
        {
            return null;
        }

        if (text.Length == 4)
        {
            return new DateSpan(new DateTime(year, 1, 1).Ticks, After(year, 12));
        }

        if (text.Length < 7 || text[4] != '-' || !Number(text[5..7], out var month) || month is 0 or > 12)
        {
            return null;
        }

        if (text.Length == 7)
        {
            return new DateSpan(new DateTime(year, month, 1).Ticks, After(year, month));
        }

        if (text.Length < 10 || text[7] != '-' || !Number(text[8..10], out var day) || day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return null;
        }

        var start = new DateTime(year, month, day).Ticks;
        return text.Length == 10 ? new DateSpan(start, start + TimeSpan.TicksPerDay) : ParseTime(start, text[10..]);
    }

    /// <summary>From a period's two ends as written; null or unreadable text is an open end.</summary>
    public static DateSpan OfPeriod(string? start, string? end)
    {
        var from = start is null ? null : Parse(start);
        var to = end is null ? null : Parse(end);
        var first = from?.Start ?? 0;

        // A period that ends before it starts is the sender's mistake; it still has to be found by its start.
        return new DateSpan(first, Math.Max(to?.End ?? Open, first == Open ? Open : first + 1));
    }

    /// <summary>For people who debug.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"[{new DateTime(Math.Min(Start, DateTime.MaxValue.Ticks)):O}, {(End == Open ? "open" : new DateTime(Math.Min(End, DateTime.MaxValue.Ticks)).ToString("O", CultureInfo.InvariantCulture))})");

    private static DateSpan? ParseTime(long day, ReadOnlySpan<char> text)
    {
        // Thh:mm, then seconds, fraction and zone, each of them optional.
        if (text.Length < 6 || text[0] != 'T' || text[3] != ':' || !Number(text[1..3], out var hour) || hour > 23 || !Number(text[4..6], out var minute) || minute > 59)
        {
            return null;
        }

        var start = day + (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        var length = TimeSpan.TicksPerMinute;
        text = text[6..];
        if (text.Length >= 3 && text[0] == ':')
        {
            if (!Number(text[1..3], out var second) || second > 60)
            {
                return null;
            }

            // A leap second shares the last one of its minute, as .NET has no place for it.
            start += Math.Min(second, 59) * TimeSpan.TicksPerSecond;
            length = TimeSpan.TicksPerSecond;
            text = text[3..];
            if (text.Length > 0 && text[0] == '.')
            {
                var digits = 1;
                while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                {
                    digits++;
                }

                if (digits is 1 or > 10)
                {
                    return null;
                }

                for (var i = 1; i < digits && i <= 7; i++)
                {
                    length /= 10;
                    start += (text[i] - '0') * length;
                }

                text = text[digits..];
            }
        }

        if (text.Length > 0 && text is not "Z")
        {
            if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':' || !Number(text[1..3], out var hours) || hours > 14
                || !Number(text[4..6], out var minutes) || minutes > 59)
            {
                return null;
            }

            var offset = (hours * TimeSpan.TicksPerHour) + (minutes * TimeSpan.TicksPerMinute);
            start = Math.Clamp(text[0] == '+' ? start - offset : start + offset, 0, DateTime.MaxValue.Ticks);
        }

        return new DateSpan(start, start + Math.Max(length, 1));
    }

    private static long After(int year, int month) => (year, month) == (9999, 12)
        ? DateTime.MaxValue.Ticks + 1
        : new DateTime(year, month, 1).AddMonths(1).Ticks;

    private static bool Number(ReadOnlySpan<char> digits, out int value)
    {
        value = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
