using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Consent.Subjects;

namespace EhrLedger.Benchmarks.Three;

/// <summary>
/// <c>$everything</c> of the largest Synthea patient, page after page to the end: by its author and by a grantee of three nodes, just after a start and again, and by the reference server.
/// </summary>
internal static class EverythingBenchmark
{
    private const int Rounds = 5;
    private const string Patient = "057aa36e-b892-9964-75b9-ffb46b097e34.json";

    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("everything", "$everything of the largest Synthea patient", "2,000 resources in less than 1.5 s for the author and less than 3 s for a grantee on three nodes, cold.");
        var folder = ImportBenchmark.FindFolder();
        if (!Directory.Exists(folder))
        {
            section.Say("The folder of published data is absent: set EHRLEDGER_DATA to it.");
            return section;
        }

        var trio = await Trio.StartAsync().ConfigureAwait(false);
        await using (trio.ConfigureAwait(false))
        {
            var reference = await ChildServer.StartReferenceAsync(searchable: true).ConfigureAwait(false);
            await using (reference.ConfigureAwait(false))
            {
                using var hospital = Phone.ClientOf(trio.Nodes[2]);
                using var clinic = Phone.ClientOf(trio.Nodes[1]);
                using var plain = Phone.ClientOf(reference);
                var id = await ImportAsync(hospital, folder).ConfigureAwait(false);
                var plainId = await ImportAsync(plain, folder).ConfigureAwait(false);
                var local = (string)(await Phone.PostAsync(clinic, "fhir/Patient", Samples.Patient(1)).ConfigureAwait(false))["id"]!;
                using (var phone = new Phone(trio))
                {
                    await phone.ShareAsync(hospital, id, clinic, local, Enum.GetValues<Category>()).ConfigureAwait(false);
                }

                await WaitForAllAsync(clinic, local).ConfigureAwait(false);
                section.Table("who asks", "resources", "pages", "just after a start, ms", "again, ms", "CPU ms of all its nodes, again");
                await MeasureAsync(section, "author", hospital, id, [trio.Nodes[2]], [trio.Nodes[2]]).ConfigureAwait(false);
                await MeasureAsync(section, "grantee", clinic, local, trio.Nodes, [trio.Nodes[2], trio.Nodes[1]]).ConfigureAwait(false);
                await MeasureAsync(section, "reference server", plain, plainId, [reference], [reference]).ConfigureAwait(false);
            }
        }

        section.Say($"{Rounds} rounds each. Just after a start: the processes of author and grantee were ended and started again, so that nothing is in memory or compiled, and this is their first request but for those that say that they are up; the system's own cache of files stays. Again: the next time after that. "
            + "What a grantee sees is its own Patient too, and no directory of the author's but what is shared with members.");
        return section;
    }

    private static async Task<string> ImportAsync(HttpClient client, string folder)
    {
        foreach (var directory in Directory.EnumerateFiles(folder, "0-*.json").Order())
        {
            await Phone.PostAsync(client, "fhir", await File.ReadAllBytesAsync(directory).ConfigureAwait(false)).ConfigureAwait(false);
        }

        var answer = await Phone.PostAsync(client, "fhir", await File.ReadAllBytesAsync(Path.Combine(folder, Patient)).ConfigureAwait(false)).ConfigureAwait(false);
        var parts = answer["entry"]!.AsArray().Select(entry => (string)entry!["response"]!["location"]!).First(location => location.Contains("Patient/", StringComparison.Ordinal)).Split('/');
        return parts[Array.LastIndexOf(parts, "Patient") + 1];
    }

    /// <summary>The hospital seals anew beside its other work: when two answers in a row are as long, all are there.</summary>
    private static async Task WaitForAllAsync(HttpClient clinic, string local)
    {
        for (var (before, tries) = (0, 0); tries < 120; tries++)
        {
            var found = (await AskAsync(clinic, local).ConfigureAwait(false)).Resources;
            if (found > 1_000 && found == before)
            {
                return;
            }

            before = found;
            await Task.Delay(1_000).ConfigureAwait(false);
        }

        throw new InvalidOperationException("The clinic does not see what it was granted.");
    }

    private static async Task MeasureAsync(Section section, string who, HttpClient client, string patient, IReadOnlyList<ChildServer> used, IReadOnlyList<ChildServer> restarted)
    {
        var (cold, warm, cpu) = (new List<double>(), new List<double>(), new List<double>());
        var (resources, pages) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var server in restarted)
            {
                await server.RestartAsync().ConfigureAwait(false);
            }

            await WaitForLedgerAsync(client, patient).ConfigureAwait(false);
            cold.Add((await AskAsync(client, patient).ConfigureAwait(false)).Milliseconds);
            var before = used.Sum(server => server.Used.TotalMilliseconds);
            var again = await AskAsync(client, patient).ConfigureAwait(false);
            warm.Add(again.Milliseconds);
            cpu.Add(used.Sum(server => server.Used.TotalMilliseconds) - before);
            (resources, pages) = (again.Resources, again.Pages);
        }

        section.Row(
            who,
            resources.ToString("N0", CultureInfo.InvariantCulture),
            pages.ToString(CultureInfo.InvariantCulture),
            Spread.Of(cold).Print("N0"),
            Spread.Of(warm).Print("N0"),
            Spread.Of(cpu).Print("N0"));
    }

    // After a start members have to find one another again; what is measured is the request. An id that never was costs no more than the way to the ledger.
    private static async Task WaitForLedgerAsync(HttpClient client, string patient)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            using var answer = await client.GetAsync(new Uri($"fhir/Patient/{patient}", UriKind.Relative)).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(100).ConfigureAwait(false);
        }

        throw new InvalidOperationException("The server does not come back.");
    }

    private static async Task<(int Resources, int Pages, double Milliseconds)> AskAsync(HttpClient client, string patient)
    {
        var start = Stopwatch.GetTimestamp();
        var (resources, pages) = (0, 0);
        for (var next = new Uri($"fhir/Patient/{patient}/$everything", UriKind.Relative); next is not null; pages++)
        {
            using var answer = await client.GetAsync(next).ConfigureAwait(false);
            var bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{next} was answered with {(int)answer.StatusCode}: {System.Text.Encoding.UTF8.GetString(bytes)[..Math.Min(bytes.Length, 1_000)]}");
            }

            var page = JsonNode.Parse(bytes)!;
            resources += page["entry"]?.AsArray().Count(entry => (string?)entry!["search"]?["mode"] != "outcome") ?? 0;
            next = page["link"]?.AsArray().Where(link => (string?)link!["relation"] == "next").Select(link => new Uri((string)link!["url"]!)).FirstOrDefault();
        }

        return (resources, pages, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
