namespace EhrLedger.Ledger.Sequencing;

/// <summary>The way to the sequencer: in this process, or over HTTP from a follower's node.</summary>
public interface ISubmitter
{
    /// <summary>Offers an entry and waits until it has come as far as asked.</summary>
    /// <param name="signedBytes">The COSE bytes.</param>
    /// <param name="level">How far.</param>
    /// <param name="cancellationToken">Gives up waiting; the entry may be logged all the same.</param>
    /// <returns>
    /// <see cref="SubmitOutcome.Logged"/> with a lower level than asked for if finality did not come in time: the entry stands, and is final when it is.
    /// </returns>
    ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken);
}
