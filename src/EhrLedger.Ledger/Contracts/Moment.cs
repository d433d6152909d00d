namespace EhrLedger.Ledger.Contracts;

/// <summary>Where and when an entry stands, as the sequencer assigned it.</summary>
/// <param name="Index">Position in the log, from 0.</param>
/// <param name="Time">The leaf's time, Unix milliseconds; never smaller than that of the leaf before.</param>
/// <param name="Number">Position in the topic, from 0, without gaps.</param>
public readonly record struct Moment(ulong Index, ulong Time, ulong Number)
{
    /// <summary>Whole days since 1970-01-01, UTC.</summary>
    public ulong Day => Time / 86_400_000;
}
