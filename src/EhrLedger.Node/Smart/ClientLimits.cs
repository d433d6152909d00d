using System.Globalization;
using System.Threading.RateLimiting;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Settings;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Smart;

/// <summary>How much one registered client may ask, of FHIR and of the token endpoint, each for itself.</summary>
internal sealed class ClientLimits(NodeSettings settings) : IDisposable
{
    private const int SecondsAtOnce = 4;
    private readonly PartitionedRateLimiter<string> _fhir = Of(settings.ClientRate);
    private readonly PartitionedRateLimiter<string> _tokens = Of(settings.TokenRate);

    /// <summary>Counts a FHIR request. Null if it may go on; otherwise when to try again.</summary>
    public TimeSpan? FindFhirWait(string clientId) => WaitOf(_fhir, clientId);

    /// <summary>Counts a token. Null if it may be had; otherwise when to try again.</summary>
    public TimeSpan? FindTokenWait(string clientId) => WaitOf(_tokens, clientId);

    /// <summary>The answer to a client that asks too often.</summary>
    public static IResult Refuse(TimeSpan wait) => new Refusal(wait);

    /// <inheritdoc/>
    public void Dispose()
    {
        _fhir.Dispose();
        _tokens.Dispose();
    }

    private static PartitionedRateLimiter<string> Of(int aSecond) => PartitionedRateLimiter.Create<string, string>(client => RateLimitPartition.GetTokenBucketLimiter(client, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = SecondsAtOnce * aSecond,
        TokensPerPeriod = aSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    }), StringComparer.Ordinal);

    private static TimeSpan? WaitOf(PartitionedRateLimiter<string> limiter, string clientId)
    {
        using var lease = limiter.AttemptAcquire(clientId);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
    }

    private sealed class Refusal(TimeSpan wait) : IResult
    {
        public System.Threading.Tasks.Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Math.Max((int)Math.Ceiling(wait.TotalSeconds), 1).ToString(CultureInfo.InvariantCulture);
            return FhirAnswer.Failed(StatusCodes.Status429TooManyRequests, OperationOutcome.IssueType.Throttled, "This client asks too often; wait a moment.").ExecuteAsync(httpContext);
        }
    }
}
