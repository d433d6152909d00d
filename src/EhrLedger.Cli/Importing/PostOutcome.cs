namespace EhrLedger.Cli.Importing;

/// <summary>What became of a Bundle that was posted. A Why is one line.</summary>
internal abstract record PostOutcome
{
    private PostOutcome()
    {
    }

    /// <summary>The server took all of it.</summary>
    public sealed record Taken : PostOutcome;

    /// <summary>The server took nothing of it, and says why.</summary>
    public sealed record Refused(string Why) : PostOutcome;

    /// <summary>The server took nothing of it, because it can't just now.</summary>
    public sealed record Busy(string Why, TimeSpan? RetryAfter) : PostOutcome;

    /// <summary>Nothing was sent: the server can't be reached.</summary>
    public sealed record Unreachable(string Why) : PostOutcome;

    /// <summary>It may or may not have been taken, or in part.</summary>
    public sealed record Unknown(string Why) : PostOutcome;
}
