using EhrLedger.Fhir.Search;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class ElementPathTests
{
    [Test]
    public void Interprets_only_what_the_grammar_leaves()
    {
        var interpreted = ModelInfo.SupportedResources
            .SelectMany(t => SearchParameters.For(t).Values.Where(p => p.Path.IsInterpreted).Select(p => $"{t}.{p.Code}"));

        Assert.That(interpreted, Is.EquivalentTo(new[] { "InsurancePlan.name", "Patient.deceased" }));
    }

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.R4Examples))]
    public void Finds_what_the_interpreter_finds(string file)
    {
        foreach (var resource in PublishedResources.ResourcesOf(file))
        {
            foreach (var definition in ModelInfo.SearchParameters.Where(p => p.Resource == resource.TypeName && p.Expression is { Length: > 0 }))
            {
                var path = SearchParameters.Find(resource.TypeName, definition.Code!)!.Path;
                if (path.IsInterpreted || definition.Expression!.Contains("resolve()", StringComparison.Ordinal) || definition.Type == SearchParamType.Composite)
                {
                    continue; // the interpreter would need to fetch
                }

                var found = new List<Base>();
                path.Collect(resource, found);
                var own = string.Join(" | ", PathGrammar.Split(definition.Expression).Where(t => t.TrimStart('(').StartsWith(resource.TypeName + ".", StringComparison.Ordinal)));

                // The interpreter's union also drops elements that are equal; to search they are one.
                var expected = resource.Select(own).OfType<Base>().ToArray();
                Assert.That(found.All(f => expected.Any(e => e.IsExactly(f))) && expected.All(e => found.Any(f => f.IsExactly(e))), Is.True, definition.Code);
            }
        }
    }

    [TestCase("Patient.name.given", "Chalmers", false)]
    [TestCase("Patient.name.family", "Chalmers", true)]
    [TestCase("Patient.telecom.where(system='phone').value", "555", true)]
    [TestCase("(Patient.deceased as dateTime)", "2020", true)]
    [TestCase("(Patient.deceased as boolean)", "2020", false)]
    [TestCase("Patient.name[1].family", "Windsor", true)]
    [TestCase("Observation.code | Patient.name.family", "Windsor", true)]
    public void Follows_a_path(string path, string value, bool found)
    {
        var patient = PublishedResources.Parse<Patient>(
            """{"resourceType":"Patient","name":[{"family":"Chalmers","given":["Jim"]},{"family":"Windsor"}],"telecom":[{"system":"phone","value":"555"}],"deceasedDateTime":"2020"}""");
        var elements = new List<Base>();

        ElementPath.Compile(path, "Patient").Collect(patient, elements);

        Assert.That(elements.OfType<PrimitiveType>().Any(e => value.Equals(e.JsonValue)), Is.EqualTo(found));
    }
}
