using EhrLedger.MerkleLog.Checkpoints;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>Where a witness remembers what it cosigned. Losing it would let a log show two histories: it must be durable.</summary>
public interface IWitnessStore
{
    /// <summary>The newest tree cosigned for a log; null if there is none.</summary>
    ValueTask<WitnessedHead?> FindLatestAsync(LogOrigin origin, CancellationToken cancellationToken);

    /// <summary>In one atomic step: if the newest tree is still the expected one, replaces it. On stable storage before it returns.</summary>
    /// <param name="origin">The log.</param>
    /// <param name="expected">What <see cref="FindLatestAsync"/> gave; null for a log that was never cosigned.</param>
    /// <param name="advanced">The new newest tree; may equal the expected one, and the comparison counts all the same.</param>
    /// <param name="cancellationToken">Gives up; whether the step was taken is then unknown, and nothing may be cosigned.</param>
    /// <returns>False if another one was stored in the meantime.</returns>
    ValueTask<bool> TryAdvanceAsync(LogOrigin origin, WitnessedHead? expected, WitnessedHead advanced, CancellationToken cancellationToken);
}
