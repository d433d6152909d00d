using System.Threading.RateLimiting;

namespace EhrLedger.Node.Smart;

/// <summary>How much each of many callers may ask, for itself: so much a second, and four times as much at once.</summary>
/// <param name="aSecond">Requests.</param>
internal sealed class Buckets(int aSecond) : IDisposable
{
    private const int SecondsAtOnce = 4;
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = SecondsAtOnce * aSecond,
        TokensPerPeriod = aSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    }), StringComparer.Ordinal);

    /// <summary>Counts a request. Null if it may go on; otherwise when to try again.</summary>
    public TimeSpan? FindWait(string caller)
    {
        using var lease = _limiter.AttemptAcquire(caller);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
