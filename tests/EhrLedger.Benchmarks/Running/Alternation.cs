using System.Diagnostics;

namespace EhrLedger.Benchmarks.Running;

/// <summary>
/// Runs several contenders in turns, round by round, in one process: what disturbs the machine disturbs them all, and ratios are taken within a round. The order turns with each round, so that
/// none always comes first.
/// </summary>
internal static class Alternation
{
    /// <summary>Seconds per call of each contender in each round; the first index is the contender.</summary>
    /// <param name="rounds">How many are counted; one more comes first, to warm up.</param>
    /// <param name="perTurn">How long one turn takes at least.</param>
    /// <param name="contenders">Each does the thing once per call.</param>
    public static double[][] Time(int rounds, TimeSpan perTurn, params Action[] contenders)
    {
        var calls = contenders.Select(contender => CallsWithin(perTurn, contender)).ToArray();
        var seconds = contenders.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                var contender = (turn + round) % contenders.Length;
                seconds[contender][round] = Measure(contenders[contender], calls[contender]) / calls[contender];
            }
        }

        return seconds;
    }

    /// <summary>The quotient of two contenders, round by round.</summary>
    public static Spread Ratio(double[] one, double[] other) => Spread.Of(one.Zip(other, (a, b) => a / b));

    private static int CallsWithin(TimeSpan perTurn, Action contender)
    {
        // Long enough for the runtime to compile the hot code twice over: only the steady state is measured.
        var warm = Stopwatch.StartNew();
        var calls = 0;
        while (warm.Elapsed < perTurn * 2)
        {
            contender();
            calls++;
        }

        return Math.Max(calls / 2, 1);
    }

    private static double Measure(Action contender, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var call = 0; call < calls; call++)
        {
            contender();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
