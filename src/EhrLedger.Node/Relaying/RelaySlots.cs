namespace EhrLedger.Node.Relaying;

/// <summary>
/// Requests that this node passes on at a time. Each holds its bodies in memory for as long as its target takes, and one of the 64 connections to it, of which this node needs some for itself. Thread-safe.
/// </summary>
internal sealed class RelaySlots : IDisposable
{
    /// <summary>So many at a time.</summary>
    public const int Most = 48;

    private readonly SemaphoreSlim _free = new(Most, Most);

    /// <summary>Takes one, to be given back by disposing of it. Null where all are taken.</summary>
    public IDisposable? TryTake() => _free.Wait(0) ? new Slot(_free) : null;

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
