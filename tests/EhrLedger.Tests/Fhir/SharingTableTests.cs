using System.Text;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Sharing;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class SharingTableTests
{
    [Test]
    public void Has_no_type_that_may_be_a_patients() => Assert.That(SharingTable.Types.Intersect([.. OwnershipTable.Rows.Select(row => row.Type), "Patient", "Bundle", "Substance"]), Is.Empty);

    [Test]
    public void Names_elements_that_the_types_have() => Assert.That(
        SharingTable.Rows.SelectMany(row => row.Elements.Where(name => ModelInfo.ModelInspector.FindClassMapping(row.Type)?.FindMappedElementByName(name) is null).Select(name => $"{row.Type}.{name}")), Is.Empty);

    [TestCase("""{"resourceType":"Organization","id":"1","name":"Lab","telecom":[{"system":"phone","value":"1"}],"contact":[{"name":{"text":"hidden"}}],"endpoint":[{"reference":"Endpoint/hidden"}]}""",
        """{"resourceType":"Organization","id":"1","name":"Lab","telecom":[{"system":"phone","value":"1"}]}""")]
    [TestCase("""{"resourceType":"Practitioner","id":"1","name":[{"family":"Cho"},{"use":"maiden","family":"hidden"}],"gender":"female","birthDate":"1970-01-01","address":[{"city":"hidden"}],"telecom":[{"system":"phone","value":"hidden"}],"photo":[{"title":"hidden"}],"communication":[{"text":"hidden"}]}""",
        """{"resourceType":"Practitioner","id":"1","name":[{"family":"Cho"}]}""")]
    [TestCase("""{"resourceType":"Practitioner","id":"1","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"9"},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"hidden"},{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MD"}]},"value":"8"},{"value":"hidden"}]}""",
        """{"resourceType":"Practitioner","id":"1","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"9"},{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MD"}]},"value":"8"}]}""")]
    [TestCase("""{"resourceType":"Location","id":"1","meta":{"tag":[{"code":"hidden"}],"profile":["urn:hidden"]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">hidden</div>"},"contained":[{"resourceType":"Endpoint","id":"e","status":"active","connectionType":{"code":"hidden"},"payloadType":[{"text":"hidden"}],"address":"urn:hidden"}],"extension":[{"url":"urn:x","valueString":"hidden"}],"name":"Ward","_name":{"extension":[{"url":"urn:x","valueString":"hidden"}]},"endpoint":[{"reference":"#e"}],"managingOrganization":{"reference":"Organization/2","identifier":{"value":"hidden"},"display":"Lab"},"partOf":{"reference":"Location/3/_history/4"}}""",
        """{"resourceType":"Location","id":"1","name":"Ward","managingOrganization":{"reference":"Organization/2","display":"Lab"},"partOf":{"reference":"Location/3"}}""")]
    [TestCase("""{"resourceType":"Medication","id":"1","meta":{"tag":[{"system":"urn:ehrledger:tag","code":"catalogue"}]},"code":{"text":"x"},"batch":{"lotNumber":"hidden"},"ingredient":[{"itemReference":{"reference":"Substance/hidden","display":"hidden"},"isActive":true},{"itemReference":{"reference":"Medication/2"}}]}""",
        """{"resourceType":"Medication","id":"1","code":{"text":"x"},"ingredient":[{"itemReference":{"reference":"Medication/2"}}]}""")]
    [TestCase("""{"resourceType":"PractitionerRole","id":"1","practitioner":{"reference":"Practitioner/1"},"organization":{"identifier":{"value":"hidden"},"display":"hidden"},"telecom":[{"system":"phone","value":"hidden"}]}""",
        """{"resourceType":"PractitionerRole","id":"1","practitioner":{"reference":"Practitioner/1"}}""")]
    [TestCase("""{"resourceType":"Organization","id":"1","name":"Lab","partOf":{"reference":"http://other.example/fhir/Organization/2","display":"hidden"},"address":[{"use":"home","text":"hidden"}]}""",
        """{"resourceType":"Organization","id":"1","name":"Lab"}""")]
    public void Shares_its_elements_alone(string entry, string shared)
    {
        Assert.That(Shared(entry, SharingTable.Types), Is.EqualTo(Canonical(shared)));
        Assert.That(Text(SharingTable.Reduce(Parse(shared), SharingTable.Types)!), Is.EqualTo(Canonical(shared)), "what is shared is all that is taken");
    }

    [TestCase("""{"resourceType":"Medication","id":"1","code":{"text":"made for one prescription"}}""")]
    [TestCase("""{"resourceType":"Location","id":"1","name":"At home","physicalType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/location-physical-type","code":"ho"}]}}""")]
    [TestCase("""{"resourceType":"Location","id":"1","name":"At home","type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":"PTRES"}]}]}""")]
    [TestCase("""{"resourceType":"Organization","id":"1","name":"x","extension":[{"url":"urn:x","valueReference":{"reference":"Patient/1"}}]}""")]
    [TestCase("""{"resourceType":"Organization","id":"1","name":"x","modifierExtension":[{"url":"urn:x","valueBoolean":true}]}""")]
    [TestCase("""{"resourceType":"Practitioner","id":"1","name":[{"text":"x"}],"qualification":[{"modifierExtension":[{"url":"urn:x","valueBoolean":true}],"code":{"text":"x"}}]}""")]
    [TestCase("""{"resourceType":"Organization","id":"1","implicitRules":"urn:x","name":"x"}""")]
    [TestCase("""{"resourceType":"Organization","id":"1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"name":"x"}""")]
    [TestCase("""{"resourceType":"PractitionerRole","id":"1","telecom":[{"system":"phone","value":"1"}]}""")]
    [TestCase("""{"resourceType":"Device","id":"1","status":"active"}""")]
    [TestCase("""{"resourceType":"Endpoint","id":"1","status":"active","connectionType":{"code":"x"},"payloadType":[{"text":"x"}],"address":"urn:x"}""")]
    public void Keeps_at_home(string entry) => Assert.That(Shared(entry, SharingTable.Types), Is.Null);

    [Test]
    public void Shares_the_types_alone_that_the_node_shares()
    {
        const string role = """{"resourceType":"PractitionerRole","id":"1","practitioner":{"reference":"Practitioner/1"},"organization":{"reference":"Organization/1"}}""";
        Assert.That(Shared(role, new HashSet<string> { "PractitionerRole", "Organization" }), Is.EqualTo("""{"resourceType":"PractitionerRole","id":"1","organization":{"reference":"Organization/1"}}"""));
        Assert.That(Shared(role, new HashSet<string> { "Practitioner" }), Is.Null);
        Assert.That(Shared(role, new HashSet<string>()), Is.Null);
    }

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Never_shares_more_than_it_names(string file)
    {
        foreach (var entry in PublishedResources.ResourcesOf(file))
        {
            if (SharingTable.Share(entry, SharingTable.Types) is not { } shared)
            {
                continue;
            }

            var row = SharingTable.Rows.Single(one => one.Type == entry.TypeName);
            Assert.That(shared.EnumerateElements().Select(element => element.Key).Except(["id"]), Is.SubsetOf(row.Elements));
            Assert.That(OwnershipTable.Find(shared), Is.TypeOf<OwnerOf.Directory>());
            ElementWalk.Visit(shared, element =>
            {
                Assert.That(element is Extension or Attachment or ResourceReference { Identifier: not null }, Is.False);
                Assert.That(element is not ResourceReference { Reference: { } text } || (FhirReference.Parse(text) is { Base: null, Version: null } literal && SharingTable.Has(literal.Type)));
                return true;
            });
            Assert.That(Text(SharingTable.Reduce(Parse(Text(shared)), SharingTable.Types)!), Is.EqualTo(Text(shared)));
        }
    }

    private static string? Shared(string entry, IReadOnlySet<string> types) => SharingTable.Share(Parse(entry), types) is { } shared ? Text(shared) : null;

    private static string Canonical(string json) => Text(Parse(json));

    private static string Text(Resource resource) => Encoding.UTF8.GetString(FhirJson.Write(resource));

    private static Resource Parse(string json) => PublishedResources.Parse(Encoding.UTF8.GetBytes(json));
}
