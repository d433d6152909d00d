using EhrLedger.Ledger.Contracts;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>What became of a submitted entry.</summary>
public abstract record SubmitOutcome
{
    private SubmitOutcome()
    {
    }

    /// <summary>It stands in the log.</summary>
    /// <param name="Index">Where.</param>
    /// <param name="Time">The leaf's time, Unix milliseconds. 0 where a duplicate was answered from memory.</param>
    /// <param name="Level">How far it has come: at least what was asked for, unless waiting was given up.</param>
    public sealed record Logged(ulong Index, ulong Time, CommitLevel Level) : SubmitOutcome;

    /// <summary>The contracts refuse it. To send it again unchanged is useless.</summary>
    public sealed record Refused(Rejection Reason) : SubmitOutcome;

    /// <summary>The sequencer can't be reached, is overloaded or can't write. The entry may be sent again: a second copy is a duplicate, not a second entry.</summary>
    public sealed record Unavailable(string Why) : SubmitOutcome;
}
