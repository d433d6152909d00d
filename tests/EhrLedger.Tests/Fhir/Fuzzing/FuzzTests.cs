using System.Text;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Xml;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Fuzzing;

/// <summary>Whatever comes, the parsers answer: they do not throw, and they do not swell.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Searched = ["Patient", "Observation", "Encounter", "Condition", "MedicationRequest", "ValueSet", "Bundle"];

    private static IReadOnlyList<byte[]> _examples = [];

    private static IReadOnlyList<byte[]> _examplesInXml = [];

    [OneTimeSetUp]
    public void Read()
    {
        // Larger ones teach the mutations nothing that smaller ones do not, and take the time of many.
        _examples = [.. PublishedResources.R4Examples().Select(one => (string)one.Arguments[0]!).Select(PublishedResources.Read).Where(json => json.Length < 50_000)];
        _examplesInXml = [.. _examples.Select(json => FhirXml.Write(PublishedResources.Parse(json))).OfType<byte[]>()];
    }

    [Test]
    public void The_parser_of_JSON() => Fuzz.Run(
        random => Mutations.Mutate(Pick(_examples, random), random),
        json => FhirJson.Parse(json).Match<object?>(
            resource =>
            {
                // What is taken is what comes back from the store.
                var written = FhirJson.Write(resource);
                Assert.That(FhirJson.Parse(written), Is.InstanceOf<ParsedResource.Accepted>());
                FhirXml.Write(resource);
                return null;
            },
            issues =>
            {
                Assert.That(issues, Is.Not.Empty.And.Count.LessThanOrEqualTo(FhirJson.MaxIssues));
                return null;
            }),
        Encoding.UTF8.GetString);

    [Test]
    public void The_parser_of_XML() => Fuzz.Run(
        random => Mutations.Mutate(Pick(_examplesInXml, random), random),
        xml => FhirXml.Parse(xml).Match<object?>(resource => FhirJson.Write(resource), issues => issues),
        Encoding.UTF8.GetString);

    [Test]
    public void The_grammar_of_searches()
    {
        // Of a type's own parameters and everything that may follow them.
        string[] values = ["ge2024-01-01", "2024", "http://loinc.org|718-7", "|x", "5.4|http://unitsofmeasure.org|mg", "lt-1e3", "Patient/1", "a,b", "true", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "ne2024-02-29T00:00:00.000+14:00"];
        Fuzz.Run(
            random =>
            {
                var type = Searched[random.Next(Searched.Length)];
                var codes = SearchParameters.For(type).Keys.Order(StringComparer.Ordinal).ToList();
                var query = string.Join('&', Enumerable.Range(0, 1 + random.Next(5)).Select(_ => $"{codes[random.Next(codes.Count)]}={values[random.Next(values.Length)]}"));
                return (Type: type, Query: Encoding.UTF8.GetString(Mutations.Mutate(Encoding.UTF8.GetBytes(query), random)), Example: Pick(_examples, random));
            },
            input => SearchQuery.Parse(input.Type, QueryText.Parse(input.Query), strict: false, PublishedResources.Server, PublishedResources.Now).Match<object?>(
                query =>
                {
                    query.Plan();
                    QueryText.Write(query.Understood);
                    return SearchEvaluator.Matches(PublishedResources.Parse(input.Example), query);
                },
                issues => issues),
            input => $"{input.Type}?{input.Query}");
    }

    [Test]
    public void The_resolver_of_transactions() => Fuzz.Run(
        random => (Bundle: MakeBundle(random), Matches: random.Next(4)),
        input =>
        {
            if (FhirJson.Parse(input.Bundle).Match(resource => resource as Bundle, _ => null) is { } bundle)
            {
                var ids = 0;
                var result = BundlePlan.MakeAsync(bundle, new Stored(input.Matches), PublishedResources.Server, () => $"new{ids++}", PublishedResources.Now, CancellationToken.None).AsTask().GetAwaiter().GetResult();
                if (result is BundlePlanResult.Planned(var plan))
                {
                    BundleResponse.Build(plan, [.. plan.Operations.Select(_ => new EntryResult("200 OK", null, null, null, null, null))]);
                    Assert.That(plan.Operations.Count + plan.Faults.Count, Is.EqualTo(bundle.Entry.Count));
                }
            }
        },
        input => Encoding.UTF8.GetString(input.Bundle));

    private static byte[] MakeBundle(Random random)
    {
        string[] methods = ["POST", "PUT", "DELETE", "GET", "PATCH", "HEAD"];
        string[] urls = ["Patient", "Observation", "Patient/1", "Observation?code=x", "Patient?identifier=urn:x|1", "", "/", "Patient/1/_history/2", "http://127.0.0.1:5080/fhir/Patient", "?x", "Patient/$everything", "Observance/1"];
        string[] names = ["urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b", "Patient/1", "Patient?identifier=urn:x|1", "#a", "http://127.0.0.1:5080/fhir/Patient/1", "urn:uuid:x"];
        string Any(string[] list) => list[random.Next(list.Length)];
        var entries = Enumerable.Range(0, 1 + random.Next(6)).Select(_ =>
        {
            var resource = random.Next(4) == 0
                ? Encoding.UTF8.GetString(Pick(_examples, random))
                : $$"""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"{{Any(names)}}"},"hasMember":[{"reference":"{{Any(names)}}"}]}""";
            var body = random.Next(5) == 0 ? "" : $"\"resource\":{resource},";
            var condition = random.Next(4) == 0 ? $",\"ifNoneExist\":\"{Any(urls)}\"" : "";
            return $$"""{"fullUrl":"{{Any(names)}}",{{body}}"request":{"method":"{{Any(methods)}}","url":"{{Any(urls)}}"{{condition}} } }""";
        });
        var bundle = Encoding.UTF8.GetBytes($$"""{"resourceType":"Bundle","type":"{{(random.Next(3) == 0 ? "batch" : "transaction")}}","entry":[{{string.Join(',', entries)}}]}""");
        return random.Next(2) == 0 ? bundle : Mutations.Mutate(bundle, random);
    }

    private static byte[] Pick(IReadOnlyList<byte[]> examples, Random random) => examples[random.Next(examples.Count)];

    /// <summary>A store in which every condition has so many matches; 3: is no search.</summary>
    private sealed class Stored(int matches) : IConditionalLookup
    {
        public ValueTask<IReadOnlyList<string>?> FindAsync(string type, string query, IReadOnlySet<string> without, CancellationToken cancellation) =>
            ValueTask.FromResult<IReadOnlyList<string>?>(matches == 3 ? null : [.. Enumerable.Range(0, matches).Select(i => $"{type}/{i}")]);
    }
}
