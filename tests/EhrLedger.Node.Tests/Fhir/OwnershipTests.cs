using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Whose a record is, where it does not say so by itself; and what never becomes the directory's.</summary>
[NonParallelizable]
public sealed class OwnershipTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_tagged_record_is_sealed_for_that_patient_and_stays_hers()
    {
        var patient = await Node.RegisterPatientAsync("Tagged");
        var id = await Node.KeepAsync(Tagged(patient));
        var named = await Node.KeepAsync(Tagged(patient).With("subject", new JsonObject { ["reference"] = $"Patient/{patient}" }));

        Assert.That((await Node.GetAsync($"Observation?_tag=urn:ehrledger:patient|{patient}")).Ids, Is.EquivalentTo(new[] { id, named }));
        var written = (await AuthorsBook.OpenAsync(Node)).Versions;
        var hers = written.Single(version => version.Id == named).Header.Subject;
        Assert.That(written.Single(version => version.Id == id).Header.Subject, Is.EqualTo(hers));
        (await Node.UpdateAsync(Tagged(await Node.RegisterPatientAsync("Other")).With("id", id))).AssertIsOutcome(422);
    }

    [Test]
    public async Task A_tag_of_nobody_here_is_refused() => (await Node.CreateAsync(Tagged("nobody-here"))).AssertIsOutcome(422);

    [Test]
    public async Task What_names_a_patient_is_never_the_directorys()
    {
        var patient = await Node.RegisterPatientAsync("Named");
        var naming = Resources.Parse($$"""{ "resourceType": "Organization", "name": "x", "extension": [{ "url": "urn:x", "valueReference": { "reference": "Patient/{{patient}}" } }] }""");

        (await Node.CreateAsync(naming)).AssertIsOutcome(422);
    }

    private static JsonObject Tagged(string patient) => Resources.Parse($$"""
        { "resourceType": "Observation", "meta": { "tag": [{ "system": "urn:ehrledger:patient", "code": "{{patient}}" }] }, "status": "final", "code": { "text": "x" }, "subject": { "display": "somebody" } }
        """);
}
