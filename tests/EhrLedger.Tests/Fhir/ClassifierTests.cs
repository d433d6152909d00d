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

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Gives_every_published_resource_a_category(string file)
    {
        foreach (var resource in PublishedResources.ResourcesOf(file))
        {
            Assert.That(Enum.IsDefined(Classifier.Default.Classify(resource)), Is.True);
        }
    }
}
