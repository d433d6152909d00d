using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>An application that was launched for one patient hears of another patient no more than of somebody who never was here.</summary>
[NonParallelizable]
public sealed class LaunchDoorTests
{
    private string _mine = "";
    private string _other = "";
    private string _ofMine = "";
    private string _ofOther = "";
    private (string, string) _caller;

    private static TestNode Node => OneNode.Node;

    [OneTimeSetUp]
    public async Task LaunchAsync()
    {
        (_mine, _other) = ($"launch-mine-{Guid.NewGuid():N}", $"launch-other-{Guid.NewGuid():N}");
        foreach (var patient in (string[])[_mine, _other])
        {
            Assert.That((await Node.UpdateAsync(Resources.Patient(patient, patient).With("id", patient))).Status, Is.EqualTo(201));
        }

        _ofMine = await Node.KeepAsync(Resources.Observation(_mine));
        _ofOther = await Node.KeepAsync(Resources.Observation(_other));
        using var launcher = await Launcher.BeginAsync(Node, ["clinician"]);
        var app = await launcher.LaunchAsync("clinician", _mine, "patient/*.cruds");
        _caller = ("Authorization", $"Bearer {await app.FindTokenAsync()}");
    }

    [Test]
    public async Task Every_way_to_ask_about_one_of_another_patient()
    {
        await Doors.AreAllShutAsync(Node, "Observation", _ofOther, "never-written", _caller);
        await Doors.AreAllShutAsync(Node, "Patient", _other, "never-written", _caller);
        Assert.That((await Node.GetAsync($"Observation/{_ofMine}", _caller)).Status, Is.EqualTo(200), "its own is there");
    }

    [Test]
    public async Task Every_way_to_ask_about_what_the_node_has_made_of_another_patient()
    {
        await Node.GetAsync($"Observation/{_ofOther}");
        var provenance = (await Node.GetAsync($"Provenance?target=Observation/{_ofOther}")).Ids[0];
        var read = (await Node.GetAsync($"AuditEvent?entity=Observation/{_ofOther}&action=R")).Ids[0];

        await Doors.AreAllShutAsync(Node, "Provenance", provenance, "w-00112233445566778899aabbccddeeff-1", _caller);
        await Doors.AreAllShutAsync(Node, "AuditEvent", provenance, "w-00112233445566778899aabbccddeeff-1", _caller);
        await Doors.AreAllShutAsync(Node, "AuditEvent", read, "r-4711000-0", _caller);
    }

    [TestCase("Observation?patient={id}")]
    [TestCase("Observation?subject=Patient/{id}")]
    [TestCase("Observation?subject:Patient.identifier={id}")]
    [TestCase("Patient?identifier={id}&_revinclude=Observation:patient")]
    [TestCase("Patient?identifier={id}&_has:Observation:patient:code=718-7")]
    [TestCase("Provenance?patient={id}")]
    [TestCase("AuditEvent?patient={id}")]
    [TestCase("AuditEvent?entity=Patient/{id}")]
    [TestCase("Consent?patient={id}")]
    public Task Every_search_that_names_another_patient(string search) => Doors.SearchesAreShutAsync(Node, search, _other, "nobody-at-all", _caller);

    [TestCase("Provenance?target=Observation/{id}")]
    [TestCase("AuditEvent?entity=Observation/{id}")]
    public Task Every_search_that_names_one_of_another_patient(string search) => Doors.SearchesAreShutAsync(Node, search, _ofOther, "never-written", _caller);

    [Test]
    public async Task Compartments()
    {
        var (other, never) = (await Node.GetAsync($"Patient/{_other}/Observation?_total=accurate", _caller), await Node.GetAsync("Patient/nobody-at-all/Observation?_total=accurate", _caller));
        Assert.That((other.Status, (int?)other.Json["total"], other.Ids.Count), Is.EqualTo((never.Status, (int?)never.Json["total"], never.Ids.Count)));
    }

    [Test]
    public async Task Exports()
    {
        Assert.That((await Node.ExportAsync("Patient/$export", _caller)).Names(), Is.EquivalentTo(new[] { $"Patient/{_mine}", $"Observation/{_ofMine}" }));
        Assert.That((await Node.ExportManifestAsync("$export?_type=Observation,Patient", _caller)).Tells(), Is.EquivalentTo(new[] { "output Patient 1", "output Observation 1" }));
        Assert.That((await Node.ExportManifestAsync($"Patient/$export?patient=Patient/{_other}", _caller)).Tells(), Is.Empty);
        Assert.That((await Node.ExportManifestAsync("Patient/$export?patient=Patient/nobody-at-all", _caller)).Tells(), Is.Empty);
        var group = await Node.KeepAsync(Resources.Parse($$"""
            { "resourceType": "Group", "type": "person", "actual": true, "member": [{ "entity": { "reference": "Patient/{{_other}}" } }] }
            """));
        var hidden = await Node.BeginExportAsync($"Group/{group}/$export", null, _caller);
        Assert.That((hidden.Status, hidden), Is.EqualTo((404, await Node.BeginExportAsync("Group/never-written/$export", null, _caller))));
    }
}
