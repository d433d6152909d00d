using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>An export is one more door: through it goes what a patient has granted, each read of it in the patient's log, and nothing after a revocation. Each step stands on those before it.</summary>
public sealed class ExportDoorTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Bulk")];

    private ThreeOrganisations _story = null!;

    private TestNode Clinic => _story.Clinic;

    private string Export => $"Patient/$export?patient=Patient/{_story.AtClinic}";

    private string Alone => $"Patient/{_story.AtClinic}";

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Exported");
        await _story.ConnectAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [Test]
    public async Task What_goes_out_begins_with_a_grant_and_ends_with_it()
    {
        Assert.That((await Clinic.ExportAsync(Export, Doctor)).Names(), Is.EqualTo(new[] { Alone }));
        var grants = await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids.Count == 3);
        await Only_what_is_granted_goes_out();
        await One_that_is_stopped_in_the_middle_leaves_nothing_and_shows_nothing();
        await What_could_not_be_had_is_told_to_whom_it_is_granted();
        await _story.Phone.Wallet.RevokeAsync(grants[0], CancellationToken.None);
        await Eventually.BecomesTrueAsync("the clinic sees it no more", async () => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids.Count == 0);
        Assert.That((await Clinic.ExportAsync(Export, Doctor)).Names(), Is.EqualTo(new[] { Alone }));
    }

    private async Task Only_what_is_granted_goes_out()
    {
        var lines = await Clinic.ExportAsync(Export, Doctor);
        Assert.That(lines.Select(line => (string)line["resourceType"]!).Order(), Is.EqualTo(new[] { "Observation", "Observation", "Observation", "Patient" }));
        foreach (var hidden in (string[])[_story.AtHospital, _story.Diagnosis, .. _story.Prescriptions])
        {
            Assert.That(lines.Select(line => line.ToJsonString()), Has.None.Contains(hidden));
        }

        Assert.That((await Clinic.ExportAsync(Export, [.. Doctor, ("X-Purpose-Of-Use", "HPAYMT")])).Names(), Is.EqualTo(new[] { Alone }), "for another purpose nothing is granted");
        (string, string)[] narrow = [.. Doctor, ("X-Acting-Scope", "system/Observation.rs?code=718-7")];
        Assert.That((await Clinic.ExportManifestAsync(Export, narrow)).Tells(), Is.EqualTo(new[] { "output Observation 2" }), "scopes narrow what is granted");
    }

    private async Task One_that_is_stopped_in_the_middle_leaves_nothing_and_shows_nothing()
    {
        // No read becomes final while the sequencer is silent, so that the export stands still behind the clinic's own Patient.
        (string, string)[] stopper = [("X-Acting-Person", "Dr Stop")];
        await Clinic.RegisterPatientAsync("Behind");
        await _story.Insurer.Process.PauseAsync();
        try
        {
            var begun = await Clinic.BeginExportAsync("Patient/$export", null, stopper);
            Assert.That(begun.Status, Is.EqualTo(202), begun.Text);
            var running = begun;
            await Eventually.BecomesTrueAsync("it runs", async () => (running = await Clinic.SendExportAsync(HttpMethod.Get, begun.Path, null, stopper)).Progress is not "waiting");
            Assert.That((running.Status, running.Progress, running.Text), Is.EqualTo((202, "0 %", "")), "how far it is, and not of how many patients");
            var folder = Path.Combine(Clinic.Data, "exports", begun.Path.Split('/')[^1]);
            await Eventually.BecomesTrueAsync("it has begun a file", () => Task.FromResult(Directory.Exists(folder) && Directory.GetFiles(folder).Length > 0));

            Assert.That((await Clinic.SendExportAsync(HttpMethod.Delete, begun.Path, null, stopper)).Status, Is.EqualTo(202));
            (await Clinic.SendExportAsync(HttpMethod.Get, begun.Path, null, stopper)).AssertIsOutcome(404);
            await Eventually.BecomesTrueAsync("its files are gone", () => Task.FromResult(!Directory.Exists(folder)));
        }
        finally
        {
            await _story.Insurer.Process.GoOnAsync();
        }

        var rows = (await AuthorsBook.OpenAsync(Clinic)).Reads.Where(read => read.Person == "Dr Stop");
        Assert.That(rows.Select(read => read.Level), Has.None.EqualTo(ReadLevel.Opened), "nobody has seen its file");
        Assert.That((await Clinic.ExportManifestAsync(Export, stopper)).Tells(), Does.Contain("output Observation 3"), "others go on");
    }

    private async Task What_could_not_be_had_is_told_to_whom_it_is_granted()
    {
        _story.Insurer.Kill();
        var begun = await Clinic.BeginExportAsync(Export, null, Doctor);
        var manifest = await Clinic.EndOfExportAsync(begun.Path, Doctor);
        Assert.That(manifest.Tells(), Is.EqualTo(new[] { "output Patient 1", "error OperationOutcome 1" }));
        var issue = (await Clinic.DownloadAsync(manifest, "error", Doctor)).Single()["issue"]!.AsArray().Single()!;
        Assert.That(((string?)issue["severity"], (string?)issue["code"]), Is.EqualTo(("warning", "incomplete")));
        Assert.That((string?)issue["diagnostics"], Does.Contain($"Patient/{_story.AtClinic}").And.Not.Contain(_story.AtHospital));
        Assert.That((await Clinic.ExportManifestAsync(Export, [.. Doctor, ("X-Purpose-Of-Use", "HPAYMT")])).Tells(), Is.EqualTo(new[] { "output Patient 1" }), "for another purpose nothing is missing");
        await _story.Insurer.StartAsync();
        await Eventually.BecomesTrueAsync("the clinic sees it again", async () => await Clinic.GetAsync($"Observation?patient={_story.AtClinic}") is { Status: 200 } reply && reply.Ids.Count == 3);
        await Clinic.SendExportAsync(HttpMethod.Delete, begun.Path, null, Doctor);
    }
}
