using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What the node makes itself is within the caller's scopes, and tells of nothing that they leave out.</summary>
[NonParallelizable]
public sealed class ViewScopeTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_provenance_is_shown_of_what_the_caller_may_read()
    {
        var patient = await Node.RegisterPatientAsync("Scoped");
        var observation = await Node.KeepAsync(Resources.Observation(patient));
        var condition = await Node.KeepAsync(Resources.Condition(patient));
        var hidden = (await Node.GetAsync($"Provenance?target=Condition/{condition}")).Ids.Single();
        (string, string) some = ("X-Acting-Scope", "system/Provenance.rs system/Observation.rs");

        var found = (await Node.GetAsync($"Provenance?patient={patient}", some)).Matches;
        Assert.That(found.Select(one => (string)one["target"]![0]!["reference"]!), Is.EqualTo(new[] { $"Observation/{observation}/_history/1" }));
        Assert.That((await Node.GetAsync($"Provenance?target=Condition/{condition}", some)).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Provenance/{hidden}", some)).Text, Is.EqualTo((await Node.GetAsync("Provenance/w-00112233445566778899aabbccddeeff-1", some)).Text));
        Assert.That((await Node.GetAsync($"Provenance?patient={patient}", ("X-Acting-Scope", "system/Provenance.rs"))).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Observation?patient={patient}&_revinclude=Provenance:target", ("X-Acting-Scope", "system/Observation.rs"))).Included, Is.Empty);
    }

    [TestCase("Provenance")]
    [TestCase("AuditEvent")]
    [TestCase("Consent")]
    public async Task Without_a_scope_for_its_type_there_is_no_view(string type)
    {
        var patient = await Node.RegisterPatientAsync("Without");
        (await Node.GetAsync($"{type}?patient={patient}", ("X-Acting-Scope", "system/Patient.rs system/Observation.rs"))).AssertIsOutcome(403);
        Assert.That((await Node.GetAsync($"Patient?_id={patient}&_revinclude={type}:patient", ("X-Acting-Scope", "system/Patient.rs"))).Included, Is.Empty);
    }

    [Test]
    public async Task An_auditor_sees_the_log_and_no_record()
    {
        var patient = await Node.RegisterPatientAsync("Auditor");
        var observation = await Node.KeepAsync(Resources.Observation(patient));
        (string, string) auditor = ("X-Acting-Scope", "system/AuditEvent.rs");

        Assert.That((await Node.GetAsync($"AuditEvent?patient={patient}", auditor)).Ids, Has.Count.EqualTo(2));
        (await Node.GetAsync($"Observation/{observation}", auditor)).AssertIsOutcome(403);
    }

    [Test]
    public async Task A_provenance_in_the_header_needs_a_scope_of_its_own()
    {
        var patient = await Node.RegisterPatientAsync("Header");
        var header = ("X-Provenance", """{"resourceType":"Provenance","recorded":"2024-01-01T00:00:00Z","agent":[{"who":{"display":"feed"}}]}""");

        (await Node.CreateAsync(Resources.Observation(patient), header, ("X-Acting-Scope", "system/Observation.cruds"))).AssertIsOutcome(403);
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.Empty, "neither was written");
        Assert.That((await Node.CreateAsync(Resources.Observation(patient), header, ("X-Acting-Scope", "system/Observation.cruds system/Provenance.c"))).Status, Is.EqualTo(201));
    }
}
