namespace EhrLedger.Node.Authoring;

/// <summary>Deposits at the other nodes.</summary>
#pragma warning disable CA1822
internal sealed class Deposits
{
    public Task WaitAsync(ulong batch, CancellationToken cancellationToken) => Task.CompletedTask;
}
