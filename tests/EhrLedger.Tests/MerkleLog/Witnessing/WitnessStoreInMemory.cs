using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Witnessing;

namespace EhrLedger.Tests.MerkleLog.Witnessing;

/// <summary>A witness store in memory. <see cref="BeforeAdvance"/> lets a test put something between the check and the comparison.</summary>
internal sealed class WitnessStoreInMemory : IWitnessStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LogOrigin, WitnessedHead> _heads = [];

    public Action? BeforeAdvance { get; set; }

    /// <summary>The n-th advance from now throws, like a disk that is full; the change is lost or kept.</summary>
    public (int At, bool IsKept)? Fault { get; set; }

    public int Advances { get; private set; }

    public ValueTask<WitnessedHead?> FindLatestAsync(LogOrigin origin, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_heads.GetValueOrDefault(origin));
        }
    }

    public ValueTask<bool> TryAdvanceAsync(LogOrigin origin, WitnessedHead? expected, WitnessedHead advanced, CancellationToken cancellationToken)
    {
        Action? before = BeforeAdvance;
        BeforeAdvance = null;
        before?.Invoke();
        lock (_lock)
        {
            if (_heads.GetValueOrDefault(origin) != expected)
            {
                return ValueTask.FromResult(false);
            }

            Advances++;
            bool isFaulty = Fault is { } fault && fault.At == Advances;
            if (!isFaulty || Fault!.Value.IsKept)
            {
                _heads[origin] = advanced;
            }

            return isFaulty ? throw new IOException("The disk is full.") : ValueTask.FromResult(true);
        }
    }
}
