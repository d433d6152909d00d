namespace EhrLedger.Node.Authoring;

/// <summary>Deposits at the other nodes.</summary>
internal sealed class Deposits
{
    public Task WaitAsync(ulong batch, CancellationToken cancellationToken) => Task.CompletedTask;
}
