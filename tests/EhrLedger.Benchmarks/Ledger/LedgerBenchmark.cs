using System.Diagnostics;
using System.Globalization;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Benchmarks.Ledger;

/// <summary>Entries per second that are checked, executed and on the disk, against what the disk and the signatures cost alone.</summary>
internal static class LedgerBenchmark
{
    private const int Rounds = 7;
    private const int PerRound = 8_192;
    private const int Subjects = 2_000;

    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section(
            "ledger",
            "Ledger entries",
            "validated, durable entries per second at least 50 % of the lower of raw batched SQLite inserts of the same bytes and Ed25519 verifications on all cores.");
        section.Table("entries", "ledger /s", "raw inserts /s", "verifications /s", "ledger against the lower", "share of wall time in .NET's garbage collector");
        await MeasureAsync(section, "Read, on 2,000 subjects", anchorEvery: 0).ConfigureAwait(false);
        await MeasureAsync(section, "Read, and every tenth RecordsAnchored", anchorEvery: 10).ConfigureAwait(false);
        section.Say($"{Rounds} rounds of {PerRound:N0} entries in turns; group commits of at most {new SequencerSettings().LargestBatch:N0} entries, raw inserts in transactions as large, both WAL with synchronous=FULL.");
        await GrowthBenchmark.RunAsync(section, flags).ConfigureAwait(false);
        return section;
    }

    private static async Task MeasureAsync(Section section, string name, int anchorEvery)
    {
        var scene = new LedgerScene();
        await using (scene.ConfigureAwait(false))
        {
            await scene.OpenSubjectsAsync(Subjects).ConfigureAwait(false);
            using var raw = new RawInserts(Path.Combine(scene.Folder, "raw.db"));
            var (ledger, inserts, verifications) = (new List<double>(), new List<double>(), new List<double>());
            var paused = TimeSpan.Zero;
            var busy = 0.0;
            for (var round = -1; round < Rounds; round++)
            {
                var entries = Entries(scene, anchorEvery);
                var before = GC.GetTotalPauseDuration();
                var appended = await SecondsAsync(() => scene.SubmitAsync(entries)).ConfigureAwait(false);
                var pause = GC.GetTotalPauseDuration() - before;
                var inserted = await SecondsAsync(() => Task.Run(() => raw.Insert(entries, new SequencerSettings().LargestBatch))).ConfigureAwait(false);
                var parsed = Array.ConvertAll(entries, bytes => Entry.TryParse(bytes) ?? throw new InvalidOperationException("An entry can't be read."));
                var verified = await SecondsAsync(() => Task.Run(() => Verify(scene, parsed, anchorEvery))).ConfigureAwait(false);
                if (round >= 0)
                {
                    ledger.Add(PerRound / appended);
                    inserts.Add(PerRound / inserted);
                    verifications.Add(PerRound / verified);
                    paused += pause;
                    busy += appended;
                }
            }

            var ratio = Spread.Of(ledger.Select((rate, round) => rate / Math.Min(inserts[round], verifications[round])));
            section.Row(
                name, Spread.Of(ledger).Print("N0"), Spread.Of(inserts).Print("N0"), Spread.Of(verifications).Print("N0"), ratio.Print("0 %"),
                (paused.TotalSeconds / busy).ToString("0 %", CultureInfo.InvariantCulture));
        }
    }

    private static ReadOnlyMemory<byte>[] Entries(LedgerScene scene, int anchorEvery)
    {
        var reads = scene.SignReads(PerRound);
        if (anchorEvery > 0)
        {
            var anchors = scene.SignAnchors(PerRound / anchorEvery);
            for (var i = 0; i < anchors.Length; i++)
            {
                reads[i * anchorEvery] = anchors[i];
            }
        }

        return reads;
    }

    private static void Verify(LedgerScene scene, Entry[] entries, int anchorEvery) => Parallel.For(0, entries.Length, i =>
    {
        var isAnchor = anchorEvery > 0 && i % anchorEvery == 0 && i / anchorEvery < PerRound / anchorEvery;
        if (!entries[i].VerifiesUnder(isAnchor ? scene.Author : scene.ReaderOf(i), scene.Genesis.Digest))
        {
            throw new InvalidOperationException("A signature does not verify.");
        }
    });

    internal static async Task<double> SecondsAsync(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        await work().ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
