using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Benchmarks.Ledger;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Benchmarks.Three;

/// <summary>What finality can't do without on this machine, item by item: round trips, fsyncs and signatures that wait for one another.</summary>
internal static class LowerBound
{
    public static async Task PrintAsync(Section section, Trio trio)
    {
        var (fsync, trip) = (Fsync(), await RoundTripAsync(trio).ConfigureAwait(false));
        using var key = Ed25519PrivateKey.Generate();
        var message = RandomNumberGenerator.GetBytes(200);
        var signature = key.Sign(message);
        var seconds = Alternation.Time(5, TimeSpan.FromMilliseconds(60), () => key.Sign(message), () => key.Public.Verifies(message, signature));
        var (sign, verify) = (Spread.Of(seconds[0]).Median * 1e3, Spread.Of(seconds[1]).Median * 1e3);
        (string What, int Times, double Each)[] items =
        [
            ("HTTP round trip on loopback: client to follower, follower to sequencer, sequencer to a follower, and again with the quorum's note", 4, trip),
            ("durable SQLite transaction of one row: sequencer, then a follower", 2, fsync),
            ("signature: checkpoint, cosignature", 2, sign),
            ("verification: entry at the sequencer, entry and checkpoint at the follower, cosignature at the sequencer and at the follower asked", 5, verify),
        ];
        section.Table("lower bound of one entry's way to final, steps that wait for one another", "times", "ms each", "ms");
        foreach (var (what, times, each) in items)
        {
            section.Row(what, times.ToString(CultureInfo.InvariantCulture), Print(each), Print(times * each));
        }

        section.Row("together", "", "", Print(items.Sum(item => item.Times * item.Each)));
    }

    public static double Fsync()
    {
        var folder = Http.ChildServer.NewFolder();
        try
        {
            using var raw = new RawInserts(Path.Combine(folder, "fsync.db"));
            ReadOnlyMemory<byte>[] row = [RandomNumberGenerator.GetBytes(300)];
            return Spread.Of(Alternation.Time(5, TimeSpan.FromMilliseconds(200), () => raw.Insert(row, 1))[0]).Median * 1e3;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static async Task<double> RoundTripAsync(Trio trio)
    {
        using var client = new HttpClient { BaseAddress = trio.Nodes[1].Address };
        var milliseconds = new List<double>();
        for (var i = 0; i < 600; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.GetByteArrayAsync(new Uri("ledger/genesis", UriKind.Relative)).ConfigureAwait(false);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Spread.Of(milliseconds.Skip(100)).Median;
    }

    private static string Print(double milliseconds) => milliseconds.ToString("0.00", CultureInfo.InvariantCulture);
}
