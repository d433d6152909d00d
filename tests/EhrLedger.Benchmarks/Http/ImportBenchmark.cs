using System.Diagnostics;
using System.Globalization;
using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Http;

/// <summary>One patient's transaction Bundle of Synthea, 2 MB, after the Bundles of its hospitals and practitioners.</summary>
internal static class ImportBenchmark
{
    private const int Rounds = 7;
    private const string Patient = "fbe5ba5b-cb6a-c511-7ada-612173191d63.json";

    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("import", "Import of one Synthea patient (2 MB, one transaction)", null);
        var folder = FindFolder();
        if (!Directory.Exists(folder))
        {
            section.Say("The folder of published data is absent: set EHRLEDGER_DATA to it.");
            return section;
        }

        var node = await ChildServer.StartNodeAsync().ConfigureAwait(false);
        await using (node.ConfigureAwait(false))
        {
            var reference = await ChildServer.StartReferenceAsync().ConfigureAwait(false);
            await using (reference.ConfigureAwait(false))
            {
                using var client = new HttpClient(new Tokens(Tokens.Nobody, node)) { Timeout = TimeSpan.FromMinutes(5) };
                foreach (var directory in Directory.EnumerateFiles(folder, "0-*.json").Order())
                {
                    var bundle = await File.ReadAllBytesAsync(directory).ConfigureAwait(false);
                    await PostAsync(client, node, bundle).ConfigureAwait(false);
                    await PostAsync(client, reference, bundle).ConfigureAwait(false);
                }

                await CompareAsync(section, client, node, reference, await File.ReadAllBytesAsync(Path.Combine(folder, Patient)).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }

        return section;
    }

    /// <summary>Synthea's files in the folder of published data, whether it is there or not.</summary>
    public static string FindFolder() => Path.Combine(
        Environment.GetEnvironmentVariable("EHRLEDGER_DATA") ?? Path.Combine(ResultsFile.FindRoot() ?? ".", "..", "shared", "data"), "synthea", "blaze-2021");

    private static async Task CompareAsync(Section section, HttpClient client, ChildServer node, ChildServer reference, byte[] bundle)
    {
        var (ours, theirs) = (new List<double>(), new List<double>());
        var (ourCpu, theirCpu) = (0.0, 0.0);
        for (var round = -2; round < Rounds; round++)
        {
            var before = (Node: node.Used, Reference: reference.Used);
            var our = await PostAsync(client, node, bundle).ConfigureAwait(false);
            var their = await PostAsync(client, reference, bundle).ConfigureAwait(false);
            if (round >= 0)
            {
                ours.Add(our);
                theirs.Add(their);
                ourCpu += (node.Used - before.Node).TotalMilliseconds / Rounds;
                theirCpu += (reference.Used - before.Reference).TotalMilliseconds / Rounds;
            }
        }

        var entries = System.Text.Json.Nodes.JsonNode.Parse(bundle)!["entry"]!.AsArray().Count;
        section.Table("server", "ms", "CPU ms", "resources /s", "node against reference");
        section.Row("node", Spread.Of(ours).Print("0", 1e3), Print(ourCpu), Spread.Of(ours.Select(seconds => entries / seconds)).Print("N0"), Spread.Of(ours.Zip(theirs, (our, their) => their / our)).Print("0 %"));
        section.Row("reference", Spread.Of(theirs).Print("0", 1e3), Print(theirCpu), Spread.Of(theirs.Select(seconds => entries / seconds)).Print("N0"), "");
        section.Say($"{Rounds} rounds in turns, after two to warm up; {entries} resources, {bundle.Length / 1e6:0.00} MB. The same file makes a new patient each time.");
    }

    private static string Print(double milliseconds) => milliseconds.ToString("0", CultureInfo.InvariantCulture);

    private static async Task<double> PostAsync(HttpClient client, ChildServer server, byte[] bundle)
    {
        using var body = new ByteArrayContent(bundle);
        body.Headers.ContentType = new("application/fhir+json");
        var start = Stopwatch.GetTimestamp();
        using var answer = await client.PostAsync(new Uri(server.Address, "fhir"), body).ConfigureAwait(false);
        var text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return answer.IsSuccessStatusCode ? seconds : throw new InvalidOperationException($"{server.Address} answered {(int)answer.StatusCode}: {text[..Math.Min(text.Length, 2_000)]}");
    }
}
