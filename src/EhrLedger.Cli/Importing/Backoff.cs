namespace EhrLedger.Cli.Importing;

/// <summary>How long to wait before something is sent again.</summary>
internal static class Backoff
{
    /// <summary>How often one file is sent: about a minute of pauses in all, where the server asks for none.</summary>
    public const int Attempts = 8;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>The pause after a failed attempt: half a second, doubled each time, and at most 30 s; longer only if the server asks, and at most 2 minutes.</summary>
    /// <param name="attempt">1 for the first.</param>
    /// <param name="asked">What the server's Retry-After says; null for nothing.</param>
    public static TimeSpan PauseAfter(int attempt, TimeSpan? asked)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        var usual = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, 0.5 * Math.Pow(2, attempt - 1)));
        return asked is { } span && span > usual ? TimeSpan.FromSeconds(Math.Min(span.TotalSeconds, 120)) : usual;
    }
}
