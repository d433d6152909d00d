using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Http;

/// <summary>Searches with four hits, with a patient and without, and transactions of 500, the node against the reference server with indices for them.</summary>
internal static class SearchBenchmark
{
    /// <param name="flags"><c>--quick</c> leaves out 10^4 patients, to look at the rest; then nothing is kept.</param>
    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("search", "Search over HTTP, four hits each, and transactions", "a search with four hits at least 40 % of the reference server's throughput, on one node.") { IsPartial = flags.Count > 0 };
        var node = new Population(await ChildServer.StartNodeAsync().ConfigureAwait(false));
        await using (node.ConfigureAwait(false))
        {
            var reference = new Population(await ChildServer.StartReferenceAsync(searchable: true).ConfigureAwait(false));
            await using (reference.ConfigureAwait(false))
            {
                await GrowAsync(section, node, reference, 1_000).ConfigureAwait(false);
                Duel.Table(section);
                await CompareAsync("by patient and code", party => party.SearchByCodeAsync).ConfigureAwait(false);
                await CompareAsync("by patient and date range", party => party.SearchByDateAsync).ConfigureAwait(false);
                await CompareAsync("by code, no patient, 10^3 patients", party => party.SearchWithoutPatientAsync).ConfigureAwait(false);
                await CompareAsync("transaction of 500", party => party.TransactAsync).ConfigureAwait(false);
                if (!flags.Contains("--quick"))
                {
                    await GrowAsync(section, node, reference, 10_000).ConfigureAwait(false);
                    Duel.Table(section);
                    await CompareAsync("by patient and code", party => party.SearchByCodeAsync).ConfigureAwait(false);
                    await CompareAsync("by code, no patient, 10^4 patients", party => party.SearchWithoutPatientAsync).ConfigureAwait(false);
                }
            }

            async Task CompareAsync(string name, Func<Population, Func<int, Task>> ask)
            {
                var (ours, theirs) = (new Contender(node.Server, ask(node)), new Contender(reference.Server, ask(reference)));
                await Duel.WarmUpAsync(ours, theirs).ConfigureAwait(false);
                foreach (var clients in (int[])[1, 8, 32])
                {
                    await Duel.CompareAsync(section, name, clients, ours, theirs).ConfigureAwait(false);
                }
            }
        }

        section.Say($"{Duel.Rounds} rounds of {Duel.PerTurn.TotalSeconds:0} s for each server in turns, after {Duel.Warmth.TotalSeconds:0} s of each interaction for the compiler; each patient has 13 Observations of 1.7 kB. The reference server has indices by patient and date and by code, which it lacks in `fhir`. Clients and servers share the machine's cores.");
        return section;
    }

    private static async Task GrowAsync(Section section, Population node, Population reference, int patients)
    {
        Console.WriteLine($"{patients:N0} patients are written to both.");
        await node.GrowAsync(patients).ConfigureAwait(false);
        await reference.GrowAsync(patients).ConfigureAwait(false);
        section.Say($"With {patients:N0} patients:");
    }
}
