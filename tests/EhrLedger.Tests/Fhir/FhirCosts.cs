using System.Diagnostics;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

/// <summary>Prints what this library costs for one record and for one patient. Run by name; a loaded machine must not fail a build.</summary>
[Explicit("Prints times; asserts nothing about them.")]
public sealed class FhirCosts
{
    [Test]
    public async System.Threading.Tasks.Task Of_an_observation_and_of_a_patient_of_two_megabytes()
    {
        var json = PublishedResources.Read("synthea/blaze-2021/fbe5ba5b-cb6a-c511-7ada-612173191d63.json");
        var bundle = (Bundle)PublishedResources.Parse(json);
        var observation = bundle.Entry.Select(e => e.Resource).OfType<Observation>().First(o => o.Value is Quantity);
        observation.Subject = new ResourceReference("Patient/1");
        observation.Encounter = new ResourceReference("Encounter/2");
        observation.Note = [new Annotation { Text = new string('n', 600) }];
        var bytes = FhirJson.Write(observation);

        Print($"Observation of {bytes.Length} bytes", "µs", 1e6 / 5_000, 5_000, new()
        {
            ["parse"] = () => FhirJson.Parse(bytes),
            ["owner"] = () => OwnershipTable.Find(observation),
            ["category"] = () => Classifier.Default.Classify(observation),
            ["tokens"] = () => SearchTokens.Describe(observation, PublishedResources.Server, PublishedResources.Now),
            ["all values"] = () => IndexValues.Extract(observation),
            ["write"] = () => FhirJson.Write(observation),
        });
        Print($"Bundle of {json.Length} bytes, {bundle.Entry.Count} entries", "ms", 1e3 / 5, 5, new()
        {
            ["parse"] = () => FhirJson.Parse(json),
            ["owners"] = () => Each(bundle, r => OwnershipTable.Find(r)),
            ["categories"] = () => Each(bundle, r => Classifier.Default.Classify(r)),
            ["tokens"] = () => Each(bundle, r => SearchTokens.Describe(r, PublishedResources.Server, PublishedResources.Now)),
            ["write each"] = () => Each(bundle, r => FhirJson.Write(r)),
        });

        var lookup = new Everything();
        for (var round = 0; round < 3; round++)
        {
            bundle = (Bundle)PublishedResources.Parse(json);
            var clock = Stopwatch.StartNew();
            await BundlePlan.MakeAsync(bundle, lookup, PublishedResources.Server, () => Guid.NewGuid().ToString("N"), PublishedResources.Now, default);
            TestContext.Out.WriteLine($"  plan         {clock.Elapsed.TotalMilliseconds,8:F1} ms");
        }
    }

    private static void Each(Bundle bundle, Action<Resource> action)
    {
        foreach (var entry in bundle.Entry)
        {
            action(entry.Resource!);
        }
    }

    private static void Print(string title, string unit, double scale, int rounds, Dictionary<string, Action> parts)
    {
        TestContext.Out.WriteLine(title);
        foreach (var (name, part) in parts)
        {
            var best = double.MaxValue;
            for (var round = 0; round < 4; round++)
            {
                var clock = Stopwatch.StartNew();
                for (var i = 0; i < rounds; i++)
                {
                    part();
                }

                best = Math.Min(best, clock.Elapsed.TotalSeconds);
            }

            TestContext.Out.WriteLine($"  {name,-12} {best * scale,8:F1} {unit}");
        }
    }

    private sealed class Everything : IConditionalLookup
    {
        public ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, CancellationToken cancellation) => new([$"{type}/1"]);
    }
}
