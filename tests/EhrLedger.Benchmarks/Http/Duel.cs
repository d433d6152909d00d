using System.Globalization;
using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Http;

/// <summary>A server, and one request that it is asked by the client of a number.</summary>
internal sealed record Contender(ChildServer Server, Func<int, Task> Ask);

/// <summary>The node against the reference server in turns: what disturbs the machine disturbs both, and ratios are taken within a round.</summary>
internal static class Duel
{
    public const int Rounds = 4;
    public static readonly TimeSpan PerTurn = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Warmth = TimeSpan.FromSeconds(5);

    public static void Table(Section section) => section.Table(
        "interaction", "clients", "node /s", "p50 ms", "p99 ms", "reference /s", "p50 ms", "p99 ms", "node against reference", "node CPU ms per request", "reference CPU ms per request");

    /// <summary>The runtime compiles hot methods several times, each time better: what is measured is the steady state of both.</summary>
    public static async Task WarmUpAsync(params IEnumerable<Contender> contenders)
    {
        foreach (var contender in contenders)
        {
            await Load.RunAsync(16, Warmth, contender.Ask).ConfigureAwait(false);
        }
    }

    public static async Task CompareAsync(Section section, string name, int clients, Contender node, Contender reference)
    {
        var (ours, theirs) = (new List<LoadResult>(), new List<LoadResult>());
        var (ourCpu, theirCpu) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var round = -1; round < Rounds; round++)
        {
            var (one, cpu) = await TurnAsync(node, clients).ConfigureAwait(false);
            var (other, otherCpu) = await TurnAsync(reference, clients).ConfigureAwait(false);
            if (round >= 0)
            {
                ours.Add(one);
                theirs.Add(other);
                ourCpu += cpu;
                theirCpu += otherCpu;
            }
        }

        var (our, their) = (LoadResult.Joined(ours), LoadResult.Joined(theirs));
        section.Row(
            name,
            clients.ToString(CultureInfo.InvariantCulture),
            Spread.Of(ours.Select(run => run.PerSecond)).Print("N0"),
            Milliseconds(our.Percentile(0.5)),
            Milliseconds(our.Percentile(0.99)),
            Spread.Of(theirs.Select(run => run.PerSecond)).Print("N0"),
            Milliseconds(their.Percentile(0.5)),
            Milliseconds(their.Percentile(0.99)),
            Spread.Of(ours.Zip(theirs, (one, other) => one.PerSecond / other.PerSecond)).Print("0.# %"),
            Milliseconds(ourCpu.TotalMilliseconds / our.Milliseconds.Count),
            Milliseconds(theirCpu.TotalMilliseconds / their.Milliseconds.Count));
    }

    private static async Task<(LoadResult Load, TimeSpan Cpu)> TurnAsync(Contender contender, int clients)
    {
        var before = contender.Server.Used;
        var load = await Load.RunAsync(clients, PerTurn, contender.Ask).ConfigureAwait(false);
        return (load, contender.Server.Used - before);
    }

    private static string Milliseconds(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
