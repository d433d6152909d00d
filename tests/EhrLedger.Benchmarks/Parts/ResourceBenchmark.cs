using System.Diagnostics;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Benchmarks.Parts;

/// <summary>What EhrLedger.Fhir costs for one record, for one patient of 2 MB, and for the largest plan of conditional references.</summary>
internal static class ResourceBenchmark
{
    private const int Conditions = 2_500;
    private const string Patient = "fbe5ba5b-cb6a-c511-7ada-612173191d63.json";
    private static readonly ServerBase Server = new("http://127.0.0.1:5080/fhir");
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static async System.Threading.Tasks.Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("resource", "What FHIR costs inside: one record, one patient, one plan", null);
        section.Table("plan of a transaction", "entries", "ms");
        var conditional = new Bundle { Type = Bundle.BundleType.Transaction, Entry = [.. Enumerable.Range(0, Conditions).SelectMany(Conditional)] };
        section.Row("2,500 references by condition, each to another entry", Print(conditional.Entry.Count), await PlanAsync(conditional.Entry.Count, [], () => (Bundle)conditional.DeepCopy()).ConfigureAwait(false));
        var file = Path.Combine(Http.ImportBenchmark.FindFolder(), Patient);
        if (!File.Exists(file))
        {
            section.Say("The folder of published data is absent: set EHRLEDGER_DATA to it.");
            return section;
        }

        var json = await File.ReadAllBytesAsync(file).ConfigureAwait(false);
        var bundle = (Bundle)Parse(json);
        section.Row("one Synthea patient", Print(bundle.Entry.Count), await PlanAsync(bundle.Entry.Count, ["Practitioner/1"], () => (Bundle)Parse(json)).ConfigureAwait(false));
        var observation = bundle.Entry.Select(entry => entry.Resource).OfType<Observation>().First(one => one.Value is Quantity);
        observation.Subject = new ResourceReference("Patient/1");
        observation.Encounter = new ResourceReference("Encounter/2");
        observation.Note = [new Annotation { Text = new string('n', 600) }];
        var bytes = FhirJson.Write(observation);
        var resources = bundle.Entry.Select(entry => entry.Resource!).ToList();
        (string Name, Action<ReadOnlyMemory<byte>, IReadOnlyList<Resource>> Call)[] parts =
        [
            ("parse", (text, _) => FhirJson.Parse(text.Span)),
            ("owner", (_, each) => Each(each, one => OwnershipTable.Find(one))),
            ("category", (_, each) => Each(each, one => Classifier.Default.Classify(one))),
            ("tokens", (_, each) => Each(each, one => SearchTokens.Describe(one, Server, Now))),
            ("all values", (_, each) => Each(each, one => IndexValues.Extract(one))),
            ("write", (_, each) => Each(each, one => FhirJson.Write(one))),
        ];
        var single = Alternation.Time(5, TimeSpan.FromMilliseconds(60), [.. parts.Select(part => (Action)(() => part.Call(bytes, [observation])))]);
        var all = Alternation.Time(5, TimeSpan.FromMilliseconds(200), [.. parts.Select(part => (Action)(() => part.Call(json, resources)))]);
        section.Table("part", $"an Observation of {Print(bytes.Length)} bytes, µs", $"a Bundle of {Print(json.Length)} bytes, its {Print(resources.Count)} resources one by one, ms");
        for (var i = 0; i < parts.Length; i++)
        {
            section.Row(parts[i].Name, Spread.Of(single[i]).Print("0.0", 1e6), Spread.Of(all[i]).Print("0.0", 1e3));
        }

        return section;
    }

    private static async System.Threading.Tasks.Task<string> PlanAsync(int entries, IReadOnlyList<string> stored, Func<Bundle> copy)
    {
        var milliseconds = new List<double>();
        for (var round = -1; round < 5; round++)
        {
            var bundle = copy();
            var start = Stopwatch.GetTimestamp();
            var plan = await BundlePlan.MakeAsync(bundle, new Stored(stored), Server, () => Guid.NewGuid().ToString("N"), Now, default).ConfigureAwait(false);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (plan.Match(planned => planned.Operations.Count, (_, _) => 0) != entries)
            {
                throw new InvalidOperationException("The Bundle was not planned.");
            }

            if (round >= 0)
            {
                milliseconds.Add(elapsed);
            }
        }

        return Spread.Of(milliseconds).Print("0");
    }

    private static IEnumerable<Bundle.EntryComponent> Conditional(int number)
    {
        var encounter = new Encounter
        {
            Participant = [.. new[] { $"Practitioner?identifier=urn:n|{number}", $"urn:uuid:00000000-0000-4000-8000-{Conditions - 1 - number:D12}" }
                .Select(reference => new Encounter.ParticipantComponent { Individual = new ResourceReference(reference) })],
        };
        yield return Entry(new Practitioner { Identifier = [new Identifier("urn:n", $"{number}")] }, $"urn:uuid:00000000-0000-4000-8000-{number:D12}");
        yield return Entry(encounter, null);
    }

    private static Bundle.EntryComponent Entry(Resource resource, string? fullUrl) =>
        new() { FullUrl = fullUrl, Resource = resource, Request = new Bundle.RequestComponent { Method = Bundle.HTTPVerb.POST, Url = resource.TypeName } };

    private static Resource Parse(byte[] json) => FhirJson.Parse(json).Match(resource => resource, _ => throw new InvalidOperationException("The file is no FHIR resource."));

    private static void Each(IReadOnlyList<Resource> resources, Action<Resource> action)
    {
        foreach (var resource in resources)
        {
            action(resource);
        }
    }

    private static string Print(int number) => number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What every condition finds in the store.</summary>
    private sealed class Stored(IReadOnlyList<string> found) : IConditionalLookup
    {
        public ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation) => new(found);
    }
}
