using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Hosting;

/// <summary>
/// How much one remote address may ask of the addresses for peers: docs/operations.md, limits. Generous for a member's node; the organisation's own applications, on the loopback addresses
/// of FHIR, are not counted, and cost nothing here.
/// </summary>
internal static class RateLimits
{
    private const int PrefixOfSite = 8;

    /// <summary>Adds the limits.</summary>
    public static IServiceCollection AddRateLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (Cost, IPAddress)>(context =>
            RateLimitPartition.GetTokenBucketLimiter((CostOf(context.Request), SiteOf(context.Connection.RemoteIpAddress)), partition => BucketOf(partition.Item1)));
        options.OnRejected = async (rejected, _) =>
            await RefuseAsync(rejected.HttpContext, rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1)).ConfigureAwait(false);
    });

    /// <summary>Counts what comes in by any but the private addresses.</summary>
    public static void UseRateLimits(this WebApplication app, NodeSettings settings)
    {
        var own = settings.PrivatePorts().ToHashSet();
        app.UseWhen(context => context.Connection.LocalIpAddress is not null && !own.Contains(context.Connection.LocalPort), peers => peers.UseRateLimiter());
    }

    /// <summary>Answers an address that asks too often.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="wait">When to try again; told in whole seconds.</param>
    public static Task RefuseAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max((int)Math.Ceiling(wait.TotalSeconds), 1).ToString(CultureInfo.InvariantCulture);
        return Http.Problem(StatusCodes.Status429TooManyRequests, "too-many-requests", "This address asks too often; wait a moment.").ExecuteAsync(context);
    }

    private static Cost CostOf(HttpRequest request)
    {
        var path = request.Path;
        if (path.StartsWithSegments("/wallet/connections") || path.StartsWithSegments("/wallet/access-requests") || path.StartsWithSegments("/wallet/recovery-deposits") || (path.StartsWithSegments("/wallet/guardians") && HttpMethods.IsPost(request.Method)) || (path.StartsWithSegments("/wallet/directories") && HttpMethods.IsPut(request.Method)))
        {
            return Cost.Rare;
        }

        return HttpMethods.IsGet(request.Method) || path.StartsWithSegments("/peer") ? Cost.Traffic : Cost.Work;
    }

    private static TokenBucketRateLimiterOptions BucketOf(Cost cost) => cost switch
    {
        Cost.Rare => Rare,
        Cost.Work => Bucket(4_000, 1_000),
        Cost.Traffic => Bucket(8_000, 2_000),
    };

    /// <summary>For what happens once in a while: 60 at once, then 5 a second.</summary>
    public static TokenBucketRateLimiterOptions Rare => Bucket(60, 5);

    private static TokenBucketRateLimiterOptions Bucket(int burst, int aSecond) =>
        new() { TokenLimit = burst, TokensPerPeriod = aSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 };

    /// <summary>An IPv4 address; of IPv6 the first 64 bits, because whoever has one address has them all.</summary>
    public static IPAddress SiteOf(IPAddress? remote)
    {
        if (remote is null || remote.IsIPv4MappedToIPv6)
        {
            return remote?.MapToIPv4() ?? IPAddress.None;
        }

        if (remote.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return remote;
        }

        Span<byte> bytes = stackalloc byte[16];
        remote.TryWriteBytes(bytes, out _);
        bytes[PrefixOfSite..].Clear();
        return new IPAddress(bytes);
    }

    private enum Cost
    {
        /// <summary>Once in a while for each patient: codes, keys for grants, directories, shares of recoveries.</summary>
        Rare = 1,

        /// <summary>Entries, releases, searches, wallets' requests: signatures to check, or worse.</summary>
        Work = 2,

        /// <summary>Reads, and what members send each other.</summary>
        Traffic = 3,
    }
}
