namespace EhrLedger.Client.Transport;

/// <summary>Bounds of what a client waits for.</summary>
public sealed record ClientSettings
{
    /// <summary>For one call. Default 15 s; 10 ms to 2 minutes.</summary>
    public TimeSpan CallTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(10));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(2));
            field = value;
        }
    } = TimeSpan.FromSeconds(15);

    /// <summary>How long a submitted entry is waited for until it is final and proven. Default 30 s; 10 ms to 10 minutes.</summary>
    public TimeSpan FinalTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(10));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(10));
            field = value;
        }
    } = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at whether an entry is final. Default 200 ms; 1 ms to 10 s.</summary>
    public TimeSpan FinalPause
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromSeconds(10));
            field = value;
        }
    } = TimeSpan.FromMilliseconds(200);
}
