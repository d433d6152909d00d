using System.Collections.Concurrent;
using System.Diagnostics;

namespace EhrLedger.Benchmarks.Http;

/// <summary>So many clients, each of which asks again as soon as it is answered.</summary>
internal static class Load
{
    /// <param name="clients">At the same time.</param>
    /// <param name="length">How long.</param>
    /// <param name="ask">One request, by the number of the client; throws unless the answer is the right one.</param>
    public static async Task<LoadResult> RunAsync(int clients, TimeSpan length, Func<int, Task> ask)
    {
        var latencies = new ConcurrentBag<List<double>>();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var own = new List<double>();
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                var asked = Stopwatch.GetTimestamp();
                await ask(client).ConfigureAwait(false);
                own.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }

            latencies.Add(own);
        }))).ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new LoadResult([.. latencies.SelectMany(own => own).Order()], seconds);
    }
}

/// <summary>What a load has measured.</summary>
/// <param name="Milliseconds">Latency of each request, ascending.</param>
/// <param name="Seconds">Wall time.</param>
internal sealed record LoadResult(IReadOnlyList<double> Milliseconds, double Seconds)
{
    public double PerSecond => Milliseconds.Count / Seconds;

    public double Percentile(double share) => Milliseconds.Count == 0 ? double.NaN : Milliseconds[Math.Min((int)(share * Milliseconds.Count), Milliseconds.Count - 1)];

    /// <summary>All of several runs together.</summary>
    public static LoadResult Joined(IEnumerable<LoadResult> runs)
    {
        var all = runs.ToList();
        return new([.. all.SelectMany(run => run.Milliseconds).Order()], all.Sum(run => run.Seconds));
    }
}
