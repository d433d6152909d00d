using System.Globalization;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Three;

/// <summary>What a grantee's system waits for when it searches and reads: logged, finally, released by custodians, opened and shown.</summary>
internal static class GranteeBenchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(Section section, Trio trio)
    {
        using var shared = await SharedRecords.PrepareAsync(trio).ConfigureAwait(false);
        section.Table("a grantee's", "clients", "requests /s", "p50 ms", "p99 ms", "CPU ms per request, all three nodes", "of it grantee", "author", "sequencer");
        (string Name, Func<int, Task> Ask)[] interactions = [("search, 4 hits", shared.SearchAsync), ("read by id", shared.ReadAsync)];
        foreach (var (_, ask) in interactions)
        {
            await Load.RunAsync(4, TimeSpan.FromSeconds(4), ask).ConfigureAwait(false);
        }

        foreach (var (name, ask) in interactions)
        {
            foreach (var clients in (int[])[1, 8, 32])
            {
                await MeasureAsync(section, trio, name, clients, ask).ConfigureAwait(false);
            }
        }

        await GranteeBound.PrintAsync(section, trio).ConfigureAwait(false);
        section.Say(
            $"{SharedRecords.Patients} patients, each with {SharedRecords.Codes * SharedRecords.HitsPerCode} Observations of 1.7 kB and {SharedRecords.Medications} MedicationRequests, and grants of both categories; a search is by patient and code. "
            + "The grantee and the author are followers, and a quorum is two; clients and nodes share the machine's cores.");
    }

    private static async Task MeasureAsync(Section section, Trio trio, string name, int clients, Func<int, Task> ask)
    {
        var before = Used(trio);
        var load = await Load.RunAsync(clients, Length, ask).ConfigureAwait(false);
        var used = Used(trio).Zip(before, (now, then) => (now - then) / load.Milliseconds.Count).ToArray();
        section.Row(
            name,
            clients.ToString(CultureInfo.InvariantCulture),
            load.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
            Print(load.Percentile(0.5)),
            Print(load.Percentile(0.99)),
            Print(used.Sum()),
            Print(used[1]),
            Print(used[2]),
            Print(used[0]));
    }

    private static double[] Used(Trio trio) => [.. trio.Nodes.Select(node => node.Used.TotalMilliseconds)];

    private static string Print(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
