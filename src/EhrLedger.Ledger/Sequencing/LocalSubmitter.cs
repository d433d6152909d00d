using EhrLedger.Ledger.Replication;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>Submits to the sequencer of this process.</summary>
public sealed class LocalSubmitter(Sequencer sequencer, Finality finality, TimeProvider time) : ISubmitter
{
    /// <summary>How long finality is waited for before the caller is told how far the entry has come.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        var outcome = await sequencer.SubmitAsync(signedBytes, level, cancellationToken).ConfigureAwait(false);
        if (level != CommitLevel.Final || outcome is not SubmitOutcome.Logged logged)
        {
            return outcome;
        }

        try
        {
            await finality.WaitForSizeAsync(logged.Index + 1, cancellationToken).WaitAsync(LongestWait, time, cancellationToken).ConfigureAwait(false);
            return logged with { Level = CommitLevel.Final };
        }
        catch (TimeoutException)
        {
            return logged;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
    {
        // All stand in the queue, in this order, before any is waited for.
        var waiting = signedBytes.Select(entry => sequencer.SubmitAsync(entry, CommitLevel.Durable, cancellationToken).AsTask()).ToArray();
        return await Task.WhenAll(waiting).ConfigureAwait(false);
    }
}
