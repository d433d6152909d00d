using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Fuzzing;

/// <summary>
/// Runs a target on made-up input for some time: first from fixed seeds, which find again what was found before, then from one that is new each time and printed. How long: tests/README.md.
/// </summary>
internal static class Fuzz
{
    // No input of one mutated example may cost more than this; what a parser needs to hold is a fraction.
    private const long MostAllocated = 512L << 20;

    private const int FixedRounds = 50;

    private static readonly double Seconds =
        double.TryParse(Environment.GetEnvironmentVariable("EHRLEDGER_FUZZ_SECONDS"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : 3;

    private static readonly int? Only =
        int.TryParse(Environment.GetEnvironmentVariable("EHRLEDGER_FUZZ_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed) ? seed : null;

    /// <summary>Nothing throws, and no input costs more memory than it may.</summary>
    /// <param name="make">An input of this seed.</param>
    /// <param name="target">Takes it.</param>
    /// <param name="describe">The input as a person can use it.</param>
    public static void Run<T>(Func<Random, T> make, Action<T> target, Func<T, string> describe)
    {
        var watch = Stopwatch.StartNew();
        var first = Only ?? RandomNumberGenerator.GetInt32(int.MaxValue - 100_000_000);
        TestContext.Out.WriteLine($"seeds from {first}");
        var rounds = 0;
        for (; rounds < FixedRounds && Only is null; rounds++)
        {
            Try(rounds);
        }

        for (var seed = first; watch.Elapsed.TotalSeconds < Seconds || seed == first; seed++, rounds++)
        {
            Try(seed);
        }

        TestContext.Out.WriteLine($"{rounds} inputs");

        void Try(int seed)
        {
            var input = make(new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                target(input);
            }
            catch (Exception thrown) when (thrown is not AssertionException)
            {
                Assert.Fail($"EHRLEDGER_FUZZ_SEED={seed}: {thrown}\n{Cut(describe(input))}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(MostAllocated), () => $"EHRLEDGER_FUZZ_SEED={seed}\n{Cut(describe(input))}");
        }
    }

    private static string Cut(string text) => text.Length <= 4_000 ? text : text[..4_000] + "…";
}
