namespace EhrLedger.Consent.Grants;

/// <summary>Whole days since 1970-01-01, UTC, both included. Not checked to be in order by being here: the contract does that.</summary>
/// <param name="First">First day.</param>
/// <param name="Last">Last day.</param>
public readonly record struct DayRange(uint First, uint Last)
{
    /// <summary>Number of days; 0 or less where the last comes before the first.</summary>
    public long Count => (long)Last - First + 1;

    /// <summary>Whether the day lies within.</summary>
    public bool Includes(ulong day) => day >= First && day <= Last;

    /// <summary>The days from one date to another, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Before 1970.</exception>
    public static DayRange Of(DateOnly first, DateOnly last)
    {
        var epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        ArgumentOutOfRangeException.ThrowIfLessThan(first.DayNumber, epoch, nameof(first));
        ArgumentOutOfRangeException.ThrowIfLessThan(last.DayNumber, epoch, nameof(last));
        return new((uint)(first.DayNumber - epoch), (uint)(last.DayNumber - epoch));
    }
}
