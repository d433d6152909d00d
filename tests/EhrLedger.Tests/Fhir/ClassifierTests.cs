using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.Classification;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class ClassifierTests
{
    [TestCase("laboratory", "http://loinc.org", "2339-0", Category.Laboratory)]
    [TestCase("vital-signs", "http://loinc.org", "8302-2", Category.Observations)]
    [TestCase("imaging", "http://loinc.org", "18748-4", Category.Imaging)]
    [TestCase("social-history", "http://loinc.org", "63513-6", Category.SocialHistory)]
    [TestCase("social-history", "http://loinc.org", "72166-2", Category.SubstanceUse)]
    [TestCase("laboratory", "http://loinc.org", "75622-1", Category.SexuallyTransmittedInfections)]
    [TestCase("laboratory", "http://loinc.org", "69548-6", Category.Genetics)]
    [TestCase("survey", "http://loinc.org", "44261-6", Category.MentalHealth)]
    [TestCase("laboratory", "http://loinc.org", "2106-3", Category.ReproductiveHealth)]
    [TestCase("laboratory", "http://example.org", "75622-1", Category.Laboratory)]
    public void Puts_an_observation_where_its_category_or_code_belongs(string category, string system, string code, Category expected)
    {
        var observation = PublishedResources.Parse<Observation>(
            $$$"""{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"{{{category}}}"}]}],"code":{"coding":[{"system":"{{{system}}}","code":"{{{code}}}"}]}}""");

        Assert.That(Classifier.Default.Classify(observation), Is.EqualTo(expected));
    }

    [TestCase("I10", Category.Problems)]
    [TestCase("F32.1", Category.MentalHealth)]
    [TestCase("F10.2", Category.SubstanceUse)]
    [TestCase("B20", Category.SexuallyTransmittedInfections)]
    [TestCase("O80", Category.ReproductiveHealth)]
    [TestCase("Z31.5", Category.Genetics)]
    [TestCase("Z31.4", Category.ReproductiveHealth)]
    [TestCase("A6", Category.Problems)]
    public void Knows_chapters_of_icd_10(string code, Category expected)
    {
        var condition = new Condition { Code = new CodeableConcept("http://hl7.org/fhir/sid/icd-10", code) };

        Assert.That(Classifier.Default.Classify(condition), Is.EqualTo(expected));
    }

    [TestCase("PSY", Category.MentalHealth)]
    [TestCase("ETH", Category.SubstanceUse)]
    [TestCase("HIV", Category.SexuallyTransmittedInfections)]
    [TestCase("SDV", Category.SocialHistory)]
    [TestCase("SEX", Category.ReproductiveHealth)]
    [TestCase("GDIS", Category.Genetics)]
    [TestCase("R", Category.Encounters)]
    public void Obeys_a_security_label(string label, Category expected)
    {
        var encounter = new Encounter { Meta = new Meta { Security = [new Coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", label)] } };

        Assert.That(Classifier.Default.Classify(encounter), Is.EqualTo(expected));
    }

    [Test]
    public void The_most_sensitive_code_wins_wherever_it_stands()
    {
        var claim = new Claim
        {
            Contained = [new Condition { Code = new CodeableConcept("http://snomed.info/sct", "86406008") }],
            Diagnosis = [new Claim.DiagnosisComponent { Diagnosis = new CodeableConcept("http://hl7.org/fhir/sid/icd-10", "F32.1") }],
        };

        Assert.That(Classifier.Default.Classify(claim), Is.EqualTo(Category.SexuallyTransmittedInfections));
    }

    private const string SocialHistory = """{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"social-history"}]}],"code":{"text":"Housing"}}""";

    [TestCase("""{"resourceType":"Condition","subject":{"display":"x"}}""", Category.Problems)]
    [TestCase("""{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"display":"x"}}""", Category.Medications)]
    [TestCase(SocialHistory, Category.SocialHistory)]
    [TestCase("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Encounter","status":"planned","class":{"code":"AMB"}}}]}""", Category.Encounters)]
    [TestCase("""{"resourceType":"Patient","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]}}""", Category.SexuallyTransmittedInfections)]
    [TestCase("""{"resourceType":"Patient","active":true}""", Category.Documents)]
    [TestCase("""{"resourceType":"Claim","contained":[{"resourceType":"Condition","id":"c","subject":{"display":"x"}}],"status":"active","type":{"text":"x"},"use":"claim","patient":{"display":"x"},"created":"2026","provider":{"display":"x"},"priority":{"text":"x"},"insurance":[{"sequence":1,"focal":true,"coverage":{"display":"x"}}]}""", Category.Financial)]
    public void A_stored_Bundle_is_as_sensitive_as_its_most_sensitive_entry(string entry, Category expected)
    {
        var bundle = PublishedResources.Parse<Bundle>($$$"""{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","status":"final","type":{"text":"x"},"date":"2026","author":[{"display":"x"}],"title":"x"}},{"resource":{{{entry}}}}]}""");

        Assert.That(Classifier.Default.Classify(bundle), Is.EqualTo(expected));
    }

    [Test]
    public void What_a_contained_resource_is_made_of_counts_where_it_is_sensitive()
    {
        var report = new DiagnosticReport { Contained = [PublishedResources.Parse<Observation>(SocialHistory)] };
        var encounter = new Encounter { Contained = [new Condition()] };

        Assert.That(Classifier.Default.Classify(report), Is.EqualTo(Category.SocialHistory));
        Assert.That(Classifier.Default.Classify(encounter), Is.EqualTo(Category.Encounters));
    }

    [Test]
    public void The_category_element_of_any_type_may_have_a_row()
    {
        var table = CategoryTable.Parse("""{"version":1,"types":[],"byCategoryElement":[{"type":"Condition","system":"urn:x","codes":["psy"],"category":"MentalHealth"}],"byCode":[]}"""u8)!;
        var condition = new Condition { Category = [new CodeableConcept("urn:x", "psy")] };

        Assert.That(new Classifier(table).Classify(condition), Is.EqualTo(Category.MentalHealth));
        Assert.That(new Classifier(table).Classify(new Condition()), Is.EqualTo(Category.Documents));
    }

    [Test]
    public void A_patient_is_demographics_whatever_it_is_coded_with() =>
        Assert.That(
            Classifier.Default.Classify(new Patient { Meta = new Meta { Security = [new Coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "HIV")] } }),
            Is.EqualTo(Category.Demographics));

    [Test]
    public void A_type_without_a_row_is_a_document() => Assert.That(Classifier.Default.Classify(new Composition()), Is.EqualTo(Category.Documents));

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("""{"version":1,"types":[{"category":"Nonsense","types":["Patient"]}],"byCategoryElement":[],"byCode":[]}""")]
    [TestCase("""{"version":1,"types":[{"category":"Problems","types":["Flag"]},{"category":"Documents","types":["Flag"]}],"byCategoryElement":[],"byCode":[]}""")]
    public void Refuses_a_table_that_is_malformed_or_contradicts_itself(string json) =>
        Assert.That(CategoryTable.Parse(System.Text.Encoding.UTF8.GetBytes(json)), Is.Null);

    [TestCase("", "Line 1 ")]
    [TestCase("null", "empty")]
    [TestCase("""{"version":1,"types":[{"category":99,"types":["Flag"]}],"byCategoryElement":[],"byCode":[]}""", "no category 99")]
    [TestCase("""{"version":1,"types":[{"category":"Problems","types":["Flagg"]}],"byCategoryElement":[],"byCode":[]}""", "no resource type Flagg")]
    [TestCase("""{"version":1,"types":[],"byCategoryElement":[],"byCodes":[],"byCode":[]}""", "Line 1 ")]
    [TestCase("""{"version":1,"types":[],"byCategoryElement":[],"byCode":[{"category":"Genetics","system":"urn:x","codes":["a","b"]},{"category":"Problems","system":"urn:x","codes":["b"]}]}""", "code urn:x|b stands there twice")]
    public void Says_in_a_line_what_is_wrong_with_a_table(string json, string says)
    {
        Assert.That(CategoryTable.Parse(System.Text.Encoding.UTF8.GetBytes(json), out var fault), Is.Null);
        Assert.That(fault, Does.Contain(says).And.Not.Contain("\n"));
    }

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Gives_every_published_resource_a_category(string file)
    {
        foreach (var resource in PublishedResources.ResourcesOf(file))
        {
            Assert.That(Enum.IsDefined(Classifier.Default.Classify(resource)), Is.True);
        }
    }
}
