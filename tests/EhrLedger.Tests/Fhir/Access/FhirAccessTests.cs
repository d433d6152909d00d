using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Access;

public sealed class FhirAccessTests
{
    private const string CategorySystem = "http://terminology.hl7.org/CodeSystem/observation-category";

    private static readonly ServerBase Server = new("http://127.0.0.1/fhir");

    [TestCase("system/Observation.rs")]
    [TestCase("user/*.cruds")]
    [TestCase("patient/Patient.r")]
    [TestCase("system/Observation.rs?category=" + CategorySystem + "|laboratory")]
    [TestCase("system/Observation.rs?category=laboratory&code=718-7")]
    [TestCase("system/*.rs?_tag=a")]
    [TestCase("system/Observation.read")]
    [TestCase("system/Observation.write")]
    [TestCase("system/*.*")]
    public void Takes(string scope) => Assert.That(SmartScope.Parse(scope), Is.Not.Null);

    [TestCase("system/Observation")]
    [TestCase("system/Observation.")]
    [TestCase("system/Observation.sr")]
    [TestCase("system/Observation.rr")]
    [TestCase("system/Observation.rx")]
    [TestCase("system/observation.rs")]
    [TestCase("system/Nothing.rs")]
    [TestCase("system/Resource.rs")]
    [TestCase("system.rs")]
    [TestCase("launch/patient")]
    [TestCase("openid")]
    [TestCase("system/Observation.rs?")]
    [TestCase("system/Observation.rs?category")]
    [TestCase("system/Observation.rs?code:in=http://a")]
    [TestCase("system/Observation.rs?subject.name=a")]
    [TestCase("system/Observation.rs?_has:Provenance:target:agent=a")]
    [TestCase("system/Observation.rs?_include=Observation:subject")]
    [TestCase("system/Observation.rs?_count=1")]
    [TestCase("system/Observation.rs?nothing=1")]
    [TestCase("system/*.rs?category=laboratory")]
    public void Refuses(string scope) => Assert.That(SmartScope.Parse(scope), Is.Null);

    [Test]
    public void Refuses_a_token_whose_filter_is_no_search_of_its_type() => Assert.That(FhirAccess.Parse("system/Observation.rs?date=yesterday", null, Server, DateTimeOffset.UnixEpoch), Is.Null);

    [Test]
    public void Reads_version_1_as_what_it_means_in_version_2()
    {
        var access = Of("system/Observation.read system/Condition.write");
        Assert.That(access.May(Interactions.Read | Interactions.Search, "Observation"));
        Assert.That(access.MayAny(Interactions.Create | Interactions.Update | Interactions.Delete, "Observation"), Is.False);
        Assert.That(access.May(Interactions.Create | Interactions.Update | Interactions.Delete, "Condition"));
        Assert.That(access.MayAny(Interactions.Read | Interactions.Search, "Condition"), Is.False);
    }

    [Test]
    public void Gathers_the_letters_of_several_scopes() => Assert.That(Of("system/Observation.r system/*.s").Sees(Interactions.Read | Interactions.Search, Laboratory(), "1"));

    [Test]
    public void Has_nothing_without_scopes() => Assert.That(Of("openid fhirUser").MayAny(Interactions.Read, "Patient"), Is.False);

    [Test]
    public void Sees_what_its_filter_matches_and_nothing_else()
    {
        var access = Of($"system/Observation.rs?category={CategorySystem}|laboratory");
        Assert.That(access.Sees(Interactions.Read, Laboratory(), "1"));
        Assert.That(access.Sees(Interactions.Read, Vital(), "1"), Is.False);
        Assert.That(access.Sees(Interactions.Read, new Condition(), "1"), Is.False);
        Assert.That(access.May(Interactions.Read, "Observation"));
        Assert.That(access.SeesWhole(Interactions.Read, "Observation"), Is.False);
        Assert.That(access.SeesAnyOf(Interactions.Read, "Observation", "1"), Is.False, "what can't be looked into is not known to match");
    }

    [Test]
    public void Wants_every_parameter_of_a_filter()
    {
        var access = Of("system/Observation.rs?category=laboratory&status=final");
        var preliminary = Laboratory();
        preliminary.Status = ObservationStatus.Preliminary;
        Assert.That(access.Sees(Interactions.Search, Laboratory(), null));
        Assert.That(access.Sees(Interactions.Search, preliminary, null), Is.False);
    }

    [Test]
    public void Is_about_one_patient_in_a_patients_context()
    {
        var access = Of("patient/*.rs", "1");
        Assert.That(access.OnlyPatient, Is.EqualTo("1"));
        Assert.That(access.Sees(Interactions.Read, Laboratory(), "1"));
        Assert.That(access.Sees(Interactions.Read, Laboratory(), "2"), Is.False);
        Assert.That(access.Sees(Interactions.Read, new Patient(), "1"));
        Assert.That(access.Sees(Interactions.Read, new Practitioner(), null), "nobody's, as everybody's");
        Assert.That(access.Sees(Interactions.Read, new Group(), null), Is.False, "it may name patients");
        Assert.That(access.SeesWhole(Interactions.Read, "Observation"), Is.False);
    }

    [TestCase(Interactions.Create)]
    [TestCase(Interactions.Update)]
    [TestCase(Interactions.Delete)]
    public void Changes_nothing_that_is_nobodys_in_a_patients_context(Interactions change)
    {
        var access = Of("patient/*.cruds", "1");
        Assert.That(access.Sees(change, Laboratory(), "1"));
        Assert.That(access.Sees(change, new Practitioner(), null), Is.False);
        Assert.That(access.SeesAnyOf(change, "Practitioner", null), Is.False);
    }

    [Test]
    public void Has_nothing_of_a_patient_without_a_launch() => Assert.That(Of("patient/*.rs").MayAny(Interactions.Read, "Observation"), Is.False);

    [Test]
    public void Reaches_beyond_the_patient_where_the_user_does()
    {
        var access = Of("patient/*.cruds user/Condition.rs", "1");
        Assert.That(access.OnlyPatient, Is.Null);
        Assert.That(access.Sees(Interactions.Read, new Condition(), "2"));
        Assert.That(access.Sees(Interactions.Update, new Condition(), "2"), Is.False);
    }

    private static FhirAccess Of(string scopes, string? patient = null) => FhirAccess.Parse(scopes, patient, Server, DateTimeOffset.UnixEpoch)!;

    private static Observation Laboratory() => Categorised("laboratory");

    private static Observation Vital() => Categorised("vital-signs");

    private static Observation Categorised(string category) => new() { Status = ObservationStatus.Final, Category = [new CodeableConcept(CategorySystem, category)] };
}
