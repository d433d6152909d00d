namespace EhrLedger.Ledger.Sequencing;

/// <summary>Bounds of the sequencer.</summary>
public sealed record SequencerSettings
{
    /// <summary>Entries in one group commit. Default 1,024; 1 to 10,000.</summary>
    public int LargestBatch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
            field = value;
        }
    } = 1_024;

    /// <summary>Entries that may wait for a group commit before submitters are told to come again. Default 20,000; at least 1.</summary>
    public int LongestQueue
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 20_000;

    /// <summary>Bytes of the entries that may wait for a group commit before submitters are told to come again. Default 64 MiB; at least 1.</summary>
    public long MostQueuedBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64 << 20;

    /// <summary>A checkpoint carries ML-DSA-44 signatures this often: 2,420 bytes for each signer under every one would be most of what a log serves. Default 1 minute; 1 s to 1 hour.</summary>
    public TimeSpan QuantumSafeInterval
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    } = TimeSpan.FromMinutes(1);

    /// <summary>An idle log is signed and cosigned anew this often, so that quiet can be told from withheld. Default 10 s; 1 s to 20 s.</summary>
    public TimeSpan IdleCheckpoint
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromSeconds(20));
            field = value;
        }
    } = TimeSpan.FromSeconds(10);
}
