using System.Net;
using System.Threading.RateLimiting;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Relaying;

/// <summary>
/// How much a remote address may bring to the gateway that can't be used: opening it costs more than refusing it, and nothing inside says what it is to count as. What can be used counts as what it asks for (<see cref="RateLimits"/>). Thread-safe.
/// </summary>
internal sealed class GatewayBounds(NodeSettings settings) : IDisposable
{
    private readonly HashSet<int> _own = [.. settings.PrivatePorts()];
    private readonly PartitionedRateLimiter<IPAddress> _useless =
        PartitionedRateLimiter.Create<IPAddress, IPAddress>(site => RateLimitPartition.GetTokenBucketLimiter(site, _ => RateLimits.Rare));

    /// <summary>Whether it may bring anything now: while a whole permit is left. (Asking the bucket for none would do with a part of one.)</summary>
    public bool MayBring(HttpContext context) => IsOwn(context) || _useless.GetStatistics(SiteOf(context)) is not { CurrentAvailablePermits: 0 };

    /// <summary>What it brought could not be used.</summary>
    public void CountUseless(HttpContext context)
    {
        if (!IsOwn(context))
        {
            using var lease = _useless.AttemptAcquire(SiteOf(context));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _useless.Dispose();

    private static IPAddress SiteOf(HttpContext context) => RateLimits.SiteOf(context.Connection.RemoteIpAddress);

    private bool IsOwn(HttpContext context) => _own.Contains(context.Connection.LocalPort);
}
