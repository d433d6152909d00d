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

    /// <summary>Offers entries of one signer on one topic, each of which builds on those before it, and waits until they are durable: one round for all of them.</summary>
    /// <param name="signedBytes">The COSE bytes, in their order; at most <see cref="LongestSeries"/>.</param>
    /// <param name="cancellationToken">Gives up waiting; the entries may be logged all the same.</param>
    /// <returns>What became of them, in their order. After the first that was not logged there may be fewer outcomes than entries.</returns>
    ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken);

    /// <summary>Most entries of one series.</summary>
    const int LongestSeries = 64;
}
