using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class SearchQueryTests
{
    private const string Observation = """
        {"resourceType":"Observation","id":"o1","meta":{"lastUpdated":"2026-05-01T10:00:00.000Z","tag":[{"system":"urn:t","code":"x"}]},"status":"final",
         "identifier":[{"system":"urn:lab","value":"a|b,c"}],
         "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],
         "code":{"coding":[{"system":"http://loinc.org","code":"2339-0","display":"Glucose"}],"text":"Glucose"},
         "subject":{"reference":"Patient/p1"},"encounter":{"reference":"http://127.0.0.1:5080/fhir/Encounter/e1"},
         "performer":[{"identifier":{"system":"urn:npi","value":"7"}},{"reference":"Practitioner/d1/_history/2"}],
         "effectiveDateTime":"2020-03-05T23:30:00+02:00","valueQuantity":{"value":5.40,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}
        """;

    private const string Patient = """
        {"resourceType":"Patient","id":"p1","name":[{"family":"Müller-Lüdenscheidt","given":["Anna Élise"]}],"birthDate":"1980-02","gender":"female",
         "telecom":[{"system":"phone","value":"555 12"}],"address":[{"city":"Zürich","postalCode":"8001"}],"identifier":[{"type":{"coding":[{"system":"urn:v2","code":"MR"}]},"system":"urn:mrn","value":"42"}],
         "generalPractitioner":[{"reference":"http://other.example/fhir/Practitioner/d9"}]}
        """;

    private const string BloodPressure = """
        {"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/p1"},
         "component":[
          {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"code":"mm[Hg]"}},
          {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"code":"mm[Hg]"}}]}
        """;

    [TestCase("_id=o1", true)]
    [TestCase("_id=o2,o1", true)]
    [TestCase("_id=o2", false)]
    [TestCase("status=final", true)]
    [TestCase("status=http://hl7.org/fhir/observation-status|final", true)]
    [TestCase("status:not=final", false)]
    [TestCase("status:not=amended", true)]
    [TestCase("code=2339-0", true)]
    [TestCase("code=http://loinc.org|2339-0", true)]
    [TestCase("code=http://loinc.org|", true)]
    [TestCase("code=|2339-0", false)]
    [TestCase("code=http://snomed.info/sct|2339-0", false)]
    [TestCase("code=1,2339-0", true)]
    [TestCase("code:text=glu", true)]
    [TestCase("code:text=ucose", false)]
    [TestCase("identifier=urn:lab|a\\|b\\,c", true)]
    [TestCase("identifier=urn:lab|a", false)]
    [TestCase("category=laboratory&code=2339-0", true)]
    [TestCase("category=laboratory&code=1", false)]
    [TestCase("patient=p1", true)]
    [TestCase("patient=Patient/p1", true)]
    [TestCase("patient=http://127.0.0.1:5080/fhir/Patient/p1", true)]
    [TestCase("patient=http://other.example/fhir/Patient/p1", false)]
    [TestCase("subject=p1", true)]
    [TestCase("subject:Patient=p1", true)]
    [TestCase("subject:Group=p1", false)]
    [TestCase("subject=Group/p1", false)]
    [TestCase("encounter=Encounter/e1", true)]
    [TestCase("encounter=e1", true)]
    [TestCase("performer=d1", true)]
    [TestCase("performer=Practitioner/d1/_history/2", true)]
    [TestCase("performer=Practitioner/d1/_history/3", false)]
    [TestCase("performer:identifier=urn:npi|7", true)]
    [TestCase("specimen:missing=true", true)]
    [TestCase("specimen:missing=false", false)]
    [TestCase("code:missing=true", false)]
    [TestCase("date=2020-03-05", true)]
    [TestCase("date=2020-03-06", false)]
    [TestCase("date=2020-03", true)]
    [TestCase("date=2020-03-05T21:30:00Z", true)]
    [TestCase("date=2020-03-05T21:30", true)]
    [TestCase("date=ne2020", false)]
    [TestCase("date=ne2021", true)]
    [TestCase("date=gt2020-03-05", false)]
    [TestCase("date=gt2020-03-04", true)]
    [TestCase("date=ge2020-03-05", true)]
    [TestCase("date=lt2020-03-05", false)]
    [TestCase("date=lt2020-03-06", true)]
    [TestCase("date=le2020-03-05", true)]
    [TestCase("date=sa2020-03-04", true)]
    [TestCase("date=eb2020-03-05", false)]
    [TestCase("date=ap2020-06", true)]
    [TestCase("date=ap2010", false)]
    [TestCase("date=ge2020-03-01&date=lt2020-04-01", true)]
    [TestCase("_lastUpdated=gt2026-04-30", true)]
    [TestCase("_lastUpdated=lt2026", false)]
    [TestCase("_tag=urn:t|x", true)]
    [TestCase("value-quantity=5.4|http://unitsofmeasure.org|mmol/L", true)]
    [TestCase("value-quantity=5.5", false)]
    [TestCase("value-quantity=gt5", true)]
    [TestCase("value-quantity=gt5||mg", false)]
    [TestCase("value-quantity=ap5", true)]
    [TestCase("code-value-quantity=http://loinc.org|2339-0$gt5", true)]
    [TestCase("code-value-quantity=2339-0$5.4|http://unitsofmeasure.org|mmol/L", true)]
    [TestCase("code-value-quantity=2339-0$lt5", false)]
    [TestCase("code-value-quantity=1-1$gt5", false)]
    [TestCase("code-value-quantity=1-1$gt5,2339-0$gt5", true)]
    [TestCase("combo-code-value-quantity=2339-0$gt5", true)]
    [TestCase("component-code-value-quantity=2339-0$gt5", false)]
    [TestCase("category:of-type=a|b|c", false)]
    public void Finds_an_observation(string query, bool found) => Expect(Observation, query, found);

    [TestCase("family=muller", true)]
    [TestCase("family=Müller-Lüd", true)]
    [TestCase("family=lüden", false)]
    [TestCase("family:contains=lüden", true)]
    [TestCase("family:exact=Müller-Lüdenscheidt", true)]
    [TestCase("family:exact=müller-lüdenscheidt", false)]
    [TestCase("given=anna e", true)]
    [TestCase("name=an", true)]
    [TestCase("name=elise", false)]
    [TestCase("birthdate=1980", true)]
    [TestCase("birthdate=1980-02-03", false)]
    [TestCase("birthdate=le1980-02-03", true)]
    [TestCase("gender=female", true)]
    [TestCase("gender=http://hl7.org/fhir/administrative-gender|female", true)]
    [TestCase("telecom=555 12", true)]
    [TestCase("phone=555 12", true)]
    [TestCase("email=555 12", false)]
    [TestCase("address=zurich", true)]
    [TestCase("address-city=Zuerich", false)]
    [TestCase("identifier=urn:mrn|42", true)]
    [TestCase("identifier=42", true)]
    [TestCase("identifier:of-type=urn:v2|MR|42", true)]
    [TestCase("identifier:of-type=urn:v2|SS|42", false)]
    [TestCase("identifier:of-type=urn:v2|MR|43", false)]
    [TestCase("deceased=false", true)]
    [TestCase("general-practitioner=http://other.example/fhir/Practitioner/d9", true)]
    [TestCase("general-practitioner=d9", false)]
    public void Finds_a_patient(string query, bool found) => Expect(Patient, query, found);

    [TestCase("component-code-value-quantity=8480-6$120", true)]
    [TestCase("component-code-value-quantity=8480-6$80", false)]
    [TestCase("component-code-value-quantity=8462-4$80", true)]
    [TestCase("combo-code-value-quantity=8462-4$lt90", true)]
    [TestCase("combo-code-value-quantity=85354-9$120", false)]
    [TestCase("code-value-quantity=8480-6$120", false)]
    public void Holds_the_parts_of_a_composite_together(string query, bool found) => Expect(BloodPressure, query, found);

    [TestCase("url=http://acme.org/fhir/ValueSet/a", true)]
    [TestCase("url=http://acme.org/fhir", false)]
    [TestCase("url:below=http://acme.org/fhir", true)]
    [TestCase("url:below=http://acme.org/fhir/", true)]
    [TestCase("url:below=http://acme.org/fh", false)]
    [TestCase("url:below=http://acme.org/fhir/ValueSet/a/b", false)]
    [TestCase("url:above=http://acme.org/fhir/ValueSet/a/b", true)]
    [TestCase("url:above=http://acme.org/fhir/ValueSet/ab", false)]
    [TestCase("url:above=http://acme.org/fhir", false)]
    public void Follows_the_segments_of_a_url(string query, bool found) =>
        Expect("""{"resourceType":"ValueSet","url":"http://acme.org/fhir/ValueSet/a","status":"active"}""", query, found);

    [Test]
    public void Reads_chains_and_what_they_lead_to()
    {
        var query = Parse("Observation", "subject:Patient.name=x&performer.name=y&_has:Provenance:target:agent=Practitioner/1&encounter.location:below=2&code=1");

        Assert.That(query.Chains.Select(chain => chain.Kind), Is.EqualTo(new[] { ChainKind.Forward, ChainKind.Forward, ChainKind.Reverse, ChainKind.Forward }));
        Assert.That(query.Chains[1].Inner.Select(inner => inner.ResourceType), Is.EquivalentTo(new[] { "CareTeam", "Organization", "Patient", "Practitioner", "RelatedPerson" }.Except(["CareTeam"])));
        Assert.That(query.Chains[2].Inner.Single().ResourceType, Is.EqualTo("Provenance"));
        Assert.That(query.Chains[3].Inner.Single().Chains.Single().Kind, Is.EqualTo(ChainKind.Below));
        Assert.That(query.Criteria, Has.Count.EqualTo(1));
        Assert.That(Parse("Observation", "subject:Patient._id=p7").NamedPatients, Is.EqualTo(new[] { "p7" }));
        Assert.That(Parse("Practitioner", "_has:Encounter:practitioner:patient=p8").NamedPatients, Is.EqualTo(new[] { "p8" }));
        Assert.That(Searchset.SelfUrl(Parse("Observation", "subject:Patient.name=x"), PublishedResources.Server), Does.EndWith("subject%3APatient.name=x"));
    }

    [TestCase("nonsense=1", "NotSupported")]
    [TestCase("date=yesterday", "Value")]
    [TestCase("date=2020-02-30", "Value")]
    [TestCase("_count=-1", "Value")]
    [TestCase("_count=x", "Value")]
    [TestCase("_sort=code-value-quantity", "NotSupported")]
    [TestCase("_include=Observation:code", "Value")]
    [TestCase("_has:Provenance:target=1", "NotSupported")]
    [TestCase("_has:Provenance:nothing:agent=1", "NotSupported")]
    [TestCase("_has:Encounter:practitioner:class=1", "NotSupported")]
    [TestCase("_has:Nothing:target:agent=1", "NotSupported")]
    [TestCase("patient.nonsense=x", "NotSupported")]
    [TestCase("patient.birthdate=x", "Value")]
    [TestCase("patient:Device.type=x", "NotSupported")]
    [TestCase("focus.code=x", "NotSupported")]
    [TestCase("code.text=x", "NotSupported")]
    [TestCase("encounter.part-of.part-of.part-of.part-of._id=x", "TooCostly")]
    [TestCase("code-value-quantity=x", "Value")]
    [TestCase("code-value-quantity=x$", "Value")]
    [TestCase("code-value-quantity=x$1$2", "Value")]
    [TestCase("code-value-quantity:missing=true", "NotSupported")]
    [TestCase("code:above=x", "NotSupported")]
    [TestCase("code:below=x", "NotSupported")]
    [TestCase("code:in=http://x/ValueSet/1", "NotSupported")]
    [TestCase("code:not-in=http://x/ValueSet/1", "NotSupported")]
    [TestCase("encounter:below=Encounter/1", "NotSupported")]
    [TestCase("performer:below=Practitioner/1", "Value")]
    [TestCase("_profile:below=urn:oid:1.2", "Value")]
    [TestCase("identifier:of-type=a|b", "Value")]
    [TestCase("code:exact=x", "NotSupported")]
    [TestCase("code:missing=maybe", "Value")]
    [TestCase("code=a|b|c", "Value")]
    [TestCase("value-quantity=x", "Value")]
    [TestCase("value-quantity=0e99999999999999", "Value")]
    [TestCase("value-quantity=1e3+", "Value")]
    [TestCase("value-quantity=%205.4", "Value")]
    public void Refuses_what_it_cannot_answer_exactly(string query, string code)
    {
        var result = SearchQuery.Parse("Observation", QueryText.Parse(query), strict: true, PublishedResources.Server, PublishedResources.Now);

        Assert.That(((SearchQueryResult.Refused)result).Issues.Single().Code.ToString(), Is.EqualTo(code));
    }

    [Test]
    public void Ignores_an_unknown_parameter_with_a_warning_where_that_is_asked_for()
    {
        var query = Parse("Observation", "nonsense=1&code=2339-0&_count=5", strict: false);

        Assert.That(query.Warnings, Has.Count.EqualTo(1));
        Assert.That(query.Count, Is.EqualTo(5));
        Assert.That(Searchset.SelfUrl(query, PublishedResources.Server), Is.EqualTo("http://127.0.0.1:5080/fhir/Observation?code=2339-0&_count=5"));
    }

    [Test]
    public void Names_the_patients_that_are_asked_for()
    {
        Assert.That(Parse("Observation", "patient=p1,Patient/p2&performer=Practitioner/p3").NamedPatients, Is.EquivalentTo(new[] { "p1", "p2" }));
        Assert.That(Parse("Observation", "subject=http://127.0.0.1:5080/fhir/Patient/p4").NamedPatients, Is.EquivalentTo(new[] { "p4" }));
        Assert.That(Parse("Patient", "_id=p5").NamedPatients, Is.EquivalentTo(new[] { "p5" }));
        Assert.That(Parse("Observation", "_id=o5&code=1").NamedPatients, Is.Empty);
    }

    [Test]
    public void Sorts_by_date_with_the_undated_last()
    {
        Observation[] found = [Dated("b", "2020-05"), Dated("c", null), Dated("a", "2021"), Dated("d", "2019-01-01")];

        Assert.That(SearchEvaluator.Sort(found, o => o, Parse("Observation", "_sort=date")).Select(o => o.Id), Is.EqualTo(new[] { "d", "b", "a", "c" }));
        Assert.That(SearchEvaluator.Sort(found, o => o, Parse("Observation", "_sort=-date")).Select(o => o.Id), Is.EqualTo(new[] { "a", "b", "d", "c" }));

        static Observation Dated(string id, string? date) => new() { Id = id, Effective = date is null ? null : new FhirDateTime(date) };
    }

    [Test]
    public void Never_throws_on_any_query([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        string[] names = ["code", "date", "patient", "_sort", "value-quantity", "_count", "identifier", "code:text", "subject:Patient", "status:not", ":", "", "date:missing", "code-value-quantity", "_profile:below", "performer:above", "patient.birthdate", "_has:Provenance:target:recorded", "_has:::", "subject:.", "a.b"];
        const string letters = "ge2020-03T:|\\,$+e.9é/#?-";
        for (var i = 0; i < 5_000; i++)
        {
            var value = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => letters[random.Next(letters.Length)])]);
            var result = SearchQuery.Parse("Observation", [(names[random.Next(names.Length)], value)], random.Next(2) == 0, PublishedResources.Server, PublishedResources.Now);
            if (result is SearchQueryResult.Accepted { Query: var query })
            {
                Assert.That(query.Plan().AllOf, Is.Not.Empty);
                _ = SearchEvaluator.Matches(PublishedResources.Parse<Observation>(Observation), query.With());
            }
        }
    }

    internal static SearchQuery Parse(string type, string query, bool strict = true) =>
        SearchQuery.Parse(type, QueryText.Parse(query), strict, PublishedResources.Server, PublishedResources.Now).Match(
            accepted: q => q,
            refused: issues => throw new AssertionException(issues[0].Diagnostics ?? "refused"));

    private static void Expect(string json, string query, bool found)
    {
        var resource = PublishedResources.Parse<Resource>(json);
        var parsed = Parse(resource.TypeName, query.Replace("+", "%2B", StringComparison.Ordinal));

        Assert.That(SearchEvaluator.Matches(resource, parsed), Is.EqualTo(found));
        if (found)
        {
            var tokens = SearchTokens.Describe(resource, PublishedResources.Server, PublishedResources.Now);
            Assert.That(parsed.Plan().AllOf.All(group => group.Any(tokens.Contains)), Is.True, "the plan loses it");
        }
    }
}
