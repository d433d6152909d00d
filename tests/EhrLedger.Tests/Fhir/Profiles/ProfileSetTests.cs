using EhrLedger.Fhir.Profiles;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Profiles;

/// <summary>A definition that says what the checker can't hold a resource to is refused when it is read, not passed over when it counts.</summary>
public sealed class ProfileSetTests
{
    private const string Url = "urn:ehrledger:StructureDefinition:test";

    [Test]
    public void Understands_all_of_the_projects_own() => Assert.That(() => new ProfileSet(OwnDefinitions.All), Throws.Nothing);

    [TestCase("""{"id":"Patient.name","path":"Patient.name","maxLength":3}""", "maxLength")]
    [TestCase("""{"id":"Patient.birthDate","path":"Patient.birthDate","minValueDate":"1900-01-01"}""", "minValue")]
    [TestCase("""{"id":"Patient.link","path":"Patient.link","contentReference":"#Patient.contact"}""", "contentReference")]
    [TestCase("""{"id":"Patient.name","path":"Patient.name","isModifier":true}""", "isModifier")]
    [TestCase("""{"id":"Patient.nickname","path":"Patient.nickname","max":"0"}""", "Patient.nickname")]
    [TestCase("""{"id":"Patient.deceasedBoolean","path":"Patient.deceasedBoolean","max":"0"}""", "Patient.deceasedBoolean")]
    [TestCase("""{"id":"Patient.deceased","path":"Patient.deceased","max":"0"}""", "Patient.deceased")]
    [TestCase("""{"id":"Patient.name","path":"Patient.contact","max":"0"}""", "Patient.contact")]
    [TestCase("""{"id":"Observation.code","path":"Observation.code","max":"0"}""", "Observation")]
    [TestCase("""{"id":"Patient.name:official","path":"Patient.name","sliceName":"official","min":1}""", "tells apart")]
    [TestCase("""{"id":"Patient.name:official","path":"Patient.name","sliceName":"usual","min":1}""", "usual")]
    [TestCase("""{"id":"Patient.name","path":"Patient.name","slicing":{"discriminator":[{"type":"exists","path":"use"}],"rules":"open"}}""", "slicing")]
    [TestCase("""{"id":"Patient.name","path":"Patient.name","slicing":{"discriminator":[{"type":"value","path":"use"}],"ordered":true,"rules":"open"}}""", "slicing")]
    [TestCase("""{"id":"Patient.name","path":"Patient.name","slicing":{"discriminator":[{"type":"value","path":"extension('x')"}],"rules":"open"}}""", "slicing")]
    [TestCase("""{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/marital-status"}}""", "ValueSet")]
    [TestCase("""{"id":"Patient.name","path":"Patient.name","type":[{"code":"HumanName","profile":["http://example.org/name"]}]}""", "types")]
    [TestCase("""{"id":"Patient.contact","path":"Patient.contact","constraint":[{"key":"x","severity":"error","human":"x","expression":"name.teleport()"}]}""", "constraint x")]
    [TestCase("""{"id":"Patient.contact","path":"Patient.contact","constraint":[{"key":"x","severity":"error","human":"x","expression":"name and"}]}""", "constraint x")]
    [TestCase("""{"id":"Patient.contact","path":"Patient.contact","constraint":[{"key":"x","severity":"error","human":"x"}]}""", "constraint x")]
    [TestCase("""{"id":"Patient.extension:x","path":"Patient.extension","sliceName":"x","type":[{"code":"Extension","profile":["http://example.org/x"]}]}""", "extension has slices")]
    public void Refuses(string element, string because) => Assert.That(
        () => new ProfileSet([Structure($$"""{"id":"Patient","path":"Patient"},{{element}}""")]), Throws.ArgumentException.With.Message.Contains(because));

    [Test]
    public void Refuses_a_slice_that_does_not_say_what_it_is_told_by() => Assert.That(
        () => new ProfileSet([Structure("""{"id":"Patient","path":"Patient"},{"id":"Patient.name","path":"Patient.name","slicing":{"discriminator":[{"type":"value","path":"use"}],"rules":"open"}},{"id":"Patient.name:x","path":"Patient.name","sliceName":"x","min":1}""")]),
        Throws.ArgumentException.With.Message.Contains("does not say"));

    [Test]
    public void Refuses_a_base_that_is_not_there() => Assert.That(
        () => new ProfileSet([Structure("""{"id":"Patient","path":"Patient"}""", "http://example.org/StructureDefinition/base")]), Throws.ArgumentException.With.Message.Contains("is named, and not there"));

    [TestCase("""{"system":"http://example.org/far"}""")]
    [TestCase("""{"system":"http://example.org/far","filter":[{"property":"concept","op":"is-a","value":"x"}]}""")]
    [TestCase("""{"valueSet":["http://example.org/other"]}""")]
    public void Refuses_a_value_set_whose_codes_it_can_not_list(string include) => Assert.That(
        () => new ProfileSet([PublishedResources.Parse<ValueSet>($$$"""{"resourceType":"ValueSet","url":"urn:ehrledger:ValueSet:test","status":"active","compose":{"include":[{{{include}}}]}}""")]),
        Throws.ArgumentException.With.Message.Contains("can't be followed"));

    [TestCase("urn:ehrledger:StructureDefinition:consent", true)]
    [TestCase("urn:ehrledger:StructureDefinition:consent|1.0.0", true)]
    [TestCase("urn:ehrledger:StructureDefinition:consent|0.1.0", false)]
    [TestCase("urn:ehrledger:StructureDefinition:consent|", false)]
    [TestCase("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void Knows_its_own_and_no_others(string? canonical, bool has) => Assert.That(ProfileSet.Own.Has(canonical), Is.EqualTo(has));

    [Test]
    public void Names_twenty_faults_at_most()
    {
        var bundle = new Bundle { Type = Bundle.BundleType.Collection };
        bundle.Entry.AddRange(Enumerable.Range(0, 200).Select(_ => new Bundle.EntryComponent { Resource = new Hl7.Fhir.Model.Consent { Meta = new Meta { Profile = ["urn:ehrledger:StructureDefinition:consent"] } } }));

        Assert.That(ProfileSet.Own.CheckDeclared(bundle), Has.Count.EqualTo(20));
    }

    [Test]
    public void Never_tells_a_value()
    {
        var consent = PublishedResources.Parse<Hl7.Fhir.Model.Consent>("""{"resourceType":"Consent","meta":{"profile":["urn:ehrledger:StructureDefinition:consent"]},"status":"draft","scope":{"text":"secret"},"category":[{"text":"secret"}],"patient":{"reference":"Practitioner/secret"},"sourceReference":{"display":"secret"},"provision":{"type":"deny","purpose":[{"system":"secret","code":"secret"}]}}""");

        Assert.That(ProfileSet.Own.CheckDeclared(consent).Select(issue => issue.Diagnostics), Is.Not.Empty.And.All.Not.Contain("secret"));
    }

    private static StructureDefinition Structure(string elements, string basedOn = "http://hl7.org/fhir/StructureDefinition/Patient") => PublishedResources.Parse<StructureDefinition>(
        $$$"""{"resourceType":"StructureDefinition","url":"{{{Url}}}","name":"Test","status":"active","kind":"resource","abstract":false,"type":"Patient","baseDefinition":"{{{basedOn}}}","derivation":"constraint","differential":{"element":[{{{elements}}}]}}""");
}
