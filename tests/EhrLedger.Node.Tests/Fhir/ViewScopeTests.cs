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

    [Test]
    public async Task Every_way_to_ask_about_a_Provenance_of_what_the_caller_may_not_read()
    {
        var patient = await Node.RegisterPatientAsync("Shut");
        var vital = await Node.KeepAsync(Resources.Observation(patient, category: "vital-signs"));
        var hidden = (await Node.GetAsync($"Provenance?target=Observation/{vital}")).Ids.Single();
        (string, string) some = ("X-Acting-Scope", "system/Provenance.cruds system/Observation.rs?category=laboratory system/Patient.rs");

        await Doors.AreAllShutAsync(Node, "Provenance", hidden, "w-00112233445566778899aabbccddeeff-1", some);
        foreach (var search in (string[])
        [
            "Provenance?target=Observation/{id}",
            "Provenance?target:Observation={id}",
            $"Provenance?patient={patient}&target=Observation/{{id}}",
            $"Patient?_id={patient}&_has:Provenance:patient:target=Observation/{{id}}",
            "Observation?_id={id}&_revinclude=Provenance:target",
            "Observation?_id={id}&_has:Provenance:target:recorded=ge2000",
        ])
        {
            await Doors.SearchesAreShutAsync(Node, search, vital, "never-written", some);
        }

        await Doors.SearchesAreShutAsync(Node, $"Provenance?patient={patient}&target:Observation.category={{id}}", "vital-signs", "survey", some);
        Assert.That((await Node.GetAsync($"Provenance?patient={patient}", some)).Matches.Select(one => (string)one["target"]![0]!["reference"]!), Is.EqualTo(new[] { $"Patient/{patient}/_history/1" }));
    }

    [Test]
    public async Task Every_way_to_ask_about_an_AuditEvent_that_the_scopes_leave_out()
    {
        var patient = await Node.RegisterPatientAsync("Shut");
        var record = await Node.KeepAsync(Resources.Observation(patient));
        await Node.GetAsync($"Observation/{record}");
        var events = (await Node.GetAsync($"AuditEvent?entity=Observation/{record}")).Matches.ToDictionary(one => (string)one["action"]!, one => (string)one["id"]!);
        (string, string) reads = ("X-Acting-Scope", "system/AuditEvent.cruds?action=R system/Patient.rs system/Observation.rs");
        (string, string) deletes = ("X-Acting-Scope", "system/AuditEvent.cruds?action=D system/Patient.rs");

        await Doors.AreAllShutAsync(Node, "AuditEvent", events["C"], "w-00112233445566778899aabbccddeeff-1", reads);
        await Doors.AreAllShutAsync(Node, "AuditEvent", events["R"], "r-4711000-0", deletes);
        await Doors.SearchesAreShutAsync(Node, "AuditEvent?entity=Observation/{id}", record, "never-written", deletes);
        await Doors.SearchesAreShutAsync(Node, "AuditEvent?entity=Observation/{id}&action=C", record, "never-written", reads);
        await Doors.SearchesAreShutAsync(Node, "AuditEvent?patient={id}", patient, "nobody", deletes);
        await Doors.SearchesAreShutAsync(Node, $"Patient?_id={patient}&_has:AuditEvent:patient:entity=Observation/{{id}}", record, "never-written", deletes);
        Assert.That((await Node.GetAsync($"AuditEvent?entity=Observation/{record}&_summary=count", reads)).Json["total"]!.GetValue<int>(), Is.EqualTo(1), "the read");
        Assert.That((await Node.GetAsync($"Observation?_id={record}&_revinclude=AuditEvent:entity", reads)).Included.Select(one => (string)one["action"]!), Has.None.EqualTo("C"));
    }

    [Test]
    public async Task What_an_AuditEvent_names_is_not_reached_through_it()
    {
        var patient = await Node.RegisterPatientAsync("Named");
        await Node.KeepAsync(Resources.Observation(patient, "718-7"));
        (string, string) auditor = ("X-Acting-Scope", "system/AuditEvent.rs");

        Assert.That((await Node.GetAsync($"AuditEvent?patient={patient}&_include=*&_include:iterate=*", auditor)).Included, Is.Empty);
        await Doors.SearchesAreShutAsync(Node, $"AuditEvent?patient={patient}&entity:Observation.code={{id}}", "718-7", "2345-7", auditor);
        await Doors.SearchesAreShutAsync(Node, "AuditEvent?patient.family={id}", "Named", "Unheard", auditor);
    }

    [Test]
    public async Task An_export_has_none_of_them()
    {
        var patient = await Node.RegisterPatientAsync("Viewless");
        var lines = await Node.ExportAsync($"Patient/$export?patient=Patient/{patient}&_type=AuditEvent,Provenance,Consent");

        // What others have stored, about nobody, is there too.
        Assert.That(lines.Select(line => line.ToJsonString()), Has.None.Contains(patient).And.None.Contains("urn:ehrledger:tag"));
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
