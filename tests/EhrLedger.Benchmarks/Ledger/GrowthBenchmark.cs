using System.Globalization;
using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Ledger;

/// <summary>Time and memory per append as the log grows: both are to stay as they are.</summary>
internal static class GrowthBenchmark
{
    private const int Step = 8_192;

    public static async Task RunAsync(Section section, IReadOnlyList<string> flags)
    {
        int[] sizes = flags.Contains("--million") ? [10_000, 100_000, 1_000_000] : [10_000, 100_000];
        section.Table("log of", "µs per append, the last 8,192", "managed heap after collection MB", "working set MB", "log.db MB", "opening it ms");
        var scene = new LedgerScene();
        await using (scene.ConfigureAwait(false))
        {
            await scene.OpenSubjectsAsync(2_000).ConfigureAwait(false);
            foreach (var size in sizes)
            {
                var last = 0.0;
                while (scene.Replica.Size < (ulong)size)
                {
                    // Signed just before, because an entry is valid for ten minutes.
                    var entries = scene.SignReads(Math.Min(Step, size - (int)scene.Replica.Size));
                    last = await LedgerBenchmark.SecondsAsync(() => scene.SubmitAsync(entries)).ConfigureAwait(false) / entries.Length;
                }

                Print(section, scene, size, last);
            }
        }

        section.Say("The heap holds the benchmark's own keys and the last entries too. Memory for SQLite's page cache (16 MB per connection) is in the working set.");
    }

    private static void Print(Section section, LedgerScene scene, int size, double secondsPerAppend)
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        section.Row(
            size.ToString("N0", CultureInfo.InvariantCulture),
            (secondsPerAppend * 1e6).ToString("0.0", CultureInfo.InvariantCulture),
            (heap / 1e6).ToString("0.0", CultureInfo.InvariantCulture),
            (Environment.WorkingSet / 1e6).ToString("0", CultureInfo.InvariantCulture),
            (new FileInfo(Path.Combine(scene.Folder, "log.db")).Length / 1e6).ToString("0.0", CultureInfo.InvariantCulture),
            (scene.SecondsToOpen() * 1e3).ToString("0.0", CultureInfo.InvariantCulture));
    }
}
