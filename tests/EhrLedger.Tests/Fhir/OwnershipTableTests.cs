using EhrLedger.Fhir.Ownership;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class OwnershipTableTests
{
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1/_history/3"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"},"performer":[{"reference":"Patient/1"}]}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"http://other.example/fhir/Patient/1"}}""", "http://other.example/fhir/Patient/1")]
    [TestCase("""{"resourceType":"Device","patient":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"SupplyDelivery","patient":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Provenance","target":[{"reference":"Patient/1"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""", "Patient/1")]
    [TestCase("""{"resourceType":"List","status":"current","mode":"working","source":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:c9e6a5b0-6f4a-4f1c-9f0e-2b1a6f0d7b11","resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:c9e6a5b0-6f4a-4f1c-9f0e-2b1a6f0d7b11"}}},{"resource":{"resourceType":"Organization","name":"x"}}]}""", "Patient/1")]
    [TestCase("""{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/1"}}]}""", "Patient/1")]
    [TestCase("""{"resourceType":"Media","status":"completed","content":{"url":"urn:x"},"operator":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Location/1"},"focus":[{"reference":"Patient/1"}]}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"}]},"status":"final","code":{"text":"x"},"subject":{"display":"somebody"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"}]},"contained":[{"resourceType":"Patient","id":"p"}],"status":"final","code":{"text":"x"},"subject":{"reference":"#p"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}""", "Patient/1")]
    [TestCase("""{"resourceType":"Bundle","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"}]},"type":"collection","entry":[{"resource":{"resourceType":"Condition","subject":{"display":"somebody"}}}]}""", "Patient/1")]
    public void Finds_the_one_patient(string json, string owner) => Assert.That(Find(json), Is.EqualTo(new OwnerOf.Patient(owner)));

    [TestCase("""{"resourceType":"Organization","name":"x"}""")]
    [TestCase("""{"resourceType":"Medication","status":"active"}""")]
    [TestCase("""{"resourceType":"Device","status":"active"}""")]
    [TestCase("""{"resourceType":"Group","type":"animal","actual":true}""")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Location/1"}}""")]
    [TestCase("""{"resourceType":"Provenance","target":[{"reference":"Organization/1"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""")]
    [TestCase("""{"resourceType":"PaymentReconciliation","status":"active","created":"2020-01-01","paymentDate":"2020-01-01","paymentAmount":{"value":1},"request":{"reference":"http://insurer.example/cases/5"}}""")]
    [TestCase("""{"resourceType":"AuditEvent","type":{"code":"x"},"recorded":"2020-01-01T00:00:00Z","agent":[{"requestor":false}],"source":{"observer":{"display":"x"}},"entity":[{"what":{"identifier":{"value":"7"}},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"4"}}]}""")]
    public void Leaves_to_the_directory_what_is_nobodys(string json) => Assert.That(Find(json), Is.InstanceOf<OwnerOf.Directory>());

    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"}}""", "Observation.subject")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"display":"somebody"}}""", "Observation.subject")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]}""", "Observation.subject")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:c9e6a5b0-6f4a-4f1c-9f0e-2b1a6f0d7b11"}}""", "Observation.subject")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Device/1"}}""", "Observation.subject")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"},"performer":[{"reference":"Patient/2"}]}""", "Observation.performer")]
    [TestCase("""{"resourceType":"Appointment","status":"booked","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"},{"actor":{"reference":"Patient/2"},"status":"accepted"}]}""", "Appointment.participant.actor")]
    [TestCase("""{"resourceType":"Provenance","target":[{"reference":"Observation/1"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""", "Provenance.target")]
    [TestCase("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"2"}}]}""", "Bundle.entry")]
    [TestCase("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Condition","subject":{"display":"somebody"}}}]}""", "Condition.subject")]
    [TestCase("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Group","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/1"}},{"entity":{"reference":"Patient/2"}}]}}]}""", "Group.member.entity")]
    [TestCase("""{"resourceType":"Organization","name":"x","extension":[{"url":"urn:x","valueReference":{"reference":"Patient/1"}}]}""", "Organization")]
    [TestCase("""{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"2"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}""", "Observation.meta.tag")]
    [TestCase("""{"resourceType":"Observation","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"},{"system":"urn:ehrledger:patient","code":"2"}]},"status":"final","code":{"text":"x"}}""", "Observation.meta.tag")]
    [TestCase("""{"resourceType":"Organization","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"2"}]},"name":"x"}""", "Organization.meta.tag")]
    [TestCase("""{"resourceType":"Group","meta":{"tag":[{"system":"urn:ehrledger:patient","code":"1"}]},"type":"person","actual":true,"member":[{"entity":{"reference":"Patient/1"}},{"entity":{"reference":"Patient/2"}}]}""", "Group.member.entity")]
    [TestCase("""{"resourceType":"PaymentReconciliation","status":"active","created":"2020-01-01","paymentDate":"2020-01-01","paymentAmount":{"value":1},"request":{"reference":"http://insurer.example/fhir/Task/5"}}""", "PaymentReconciliation.request")]
    [TestCase("""{"resourceType":"AuditEvent","type":{"code":"x"},"recorded":"2020-01-01T00:00:00Z","agent":[{"requestor":false}],"source":{"observer":{"display":"x"}},"entity":[{"what":{"identifier":{"value":"7"}},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1"}}]}""", "AuditEvent.entity.what")]
    public void Refuses_what_has_none_or_two_and_names_the_element(string json, string expression)
    {
        var issue = ((OwnerOf.Refused)Find(json)).Issue;

        Assert.That(issue.Expression, Is.EqualTo(new[] { expression }));
        Assert.That(issue.Diagnostics, Has.No.Contain("Patient/"));
    }

    [Test]
    public void A_patient_owns_itself() => Assert.That(Find("""{"resourceType":"Patient","active":true}"""), Is.InstanceOf<OwnerOf.Itself>());

    [Test]
    public void Its_own_absolute_url_is_no_second_patient()
    {
        var observation = PublishedResources.Parse<Observation>(
            """{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"},"performer":[{"reference":"http://127.0.0.1:5080/fhir/Patient/1"}]}""");

        Assert.That(OwnershipTable.Find(observation, server: PublishedResources.Server), Is.EqualTo(new OwnerOf.Patient("Patient/1")));
        Assert.That(OwnershipTable.Find(observation), Is.InstanceOf<OwnerOf.Refused>());
    }

    [Test]
    public void Asks_who_owns_the_target()
    {
        var provenance = PublishedResources.Parse<Provenance>(
            """{"resourceType":"Provenance","target":[{"reference":"Observation/1"},{"reference":"Organization/1"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""");

        Assert.That(OwnershipTable.Find(provenance, r => r.Reference == "Observation/1" ? new OwnerOf.Patient("Patient/7") : null), Is.EqualTo(new OwnerOf.Patient("Patient/7")));
        Assert.That(OwnershipTable.Find(provenance, _ => new OwnerOf.Directory()), Is.InstanceOf<OwnerOf.Directory>());
    }

    [Test]
    public void Every_element_of_the_table_is_a_reference_of_its_type()
    {
        foreach (var row in OwnershipTable.Rows)
        {
            foreach (var element in row.Elements)
            {
                var type = ModelInfo.ModelInspector.FindClassMapping(row.Type);
                foreach (var step in element.Split('.'))
                {
                    var property = type?.FindMappedElementByName(step);
                    Assert.That(property, Is.Not.Null, $"{row.Type}.{element}");
                    type = property!.FhirTypeMappings.FirstOrDefault(t => t.Name == "Reference") ?? property.PropertyTypeMapping;
                }

                Assert.That(type!.Name, Is.EqualTo("Reference"), $"{row.Type}.{element}");
            }
        }
    }

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Decides_about_every_published_resource(string file)
    {
        foreach (var resource in PublishedResources.ResourcesOf(file))
        {
            Assert.That(OwnershipTable.Find(resource, _ => null), Is.Not.Null);
        }
    }

    private static OwnerOf Find(string json) => OwnershipTable.Find(PublishedResources.Parse<Resource>(json));
}
