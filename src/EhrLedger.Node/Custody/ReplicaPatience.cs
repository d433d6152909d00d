using EhrLedger.Ledger.Replication;

namespace EhrLedger.Node.Custody;

/// <summary>Waiting for this node's copy of the log, which may be a moment behind what others know.</summary>
internal static class ReplicaPatience
{
    /// <summary>Waits until the copy says so, or for so long.</summary>
    /// <param name="replica">This node's.</param>
    /// <param name="holds">Looked at again with every new leaf.</param>
    /// <param name="patience">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> WaitUntilAsync(this LogReplica replica, Func<bool> holds, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + patience;
        while (true)
        {
            var size = replica.Size;
            if (holds())
            {
                return true;
            }

            var left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await replica.WaitForSizeAsync(size + 1, cancellationToken).WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
