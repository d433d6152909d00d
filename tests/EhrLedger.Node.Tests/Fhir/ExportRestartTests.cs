using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Exports outlive the node, and end.</summary>
public sealed class ExportRestartTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Restart")];

    [Test]
    public async Task A_killed_node_goes_on_and_logs_nothing_twice()
    {
        using var consortium = await TestConsortium.StartAsync(1);
        var node = consortium.Sequencer;
        var written = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var patient = await node.RegisterPatientAsync("Restart");
            written.AddRange([patient, await node.KeepAsync(Resources.Observation(patient))]);
        }

        var begun = await node.BeginExportAsync("Patient/$export", null, Doctor);
        Assert.That(begun.Status, Is.EqualTo(202), begun.Text);
        node.Kill();
        await node.StartAsync();
        var lines = await node.DownloadAsync(await node.EndOfExportAsync(begun.Path, Doctor), "output", Doctor);
        Assert.That(lines.Select(line => (string)line["id"]!), Is.EquivalentTo(written));
        var book = await AuthorsBook.OpenAsync(node);
        Assert.That(book.Reads.Where(read => read.Person == "Dr Restart" && read.Level == ReadLevel.Opened).SelectMany(read => read.Records).Count(), Is.EqualTo(written.Count));
    }

    [Test]
    public async Task Its_files_go_when_their_time_is_over()
    {
        using var consortium = await TestConsortium.StartAsync(1, settings: ["--shared-types", "none", "--export-lifetime", "00:00:01"]);
        var node = consortium.Sequencer;
        await node.RegisterPatientAsync("Over");
        var begun = await node.BeginExportAsync("Patient/$export", null, Doctor);
        var folder = Path.Combine(node.Data, "exports");
        await Eventually.BecomesTrueAsync("the export is gone", async () => (await node.SendExportAsync(HttpMethod.Get, begun.Path, null, Doctor)).Status == 404);
        await Eventually.BecomesTrueAsync("its files are gone", () => Task.FromResult(Directory.GetDirectories(folder).Length == 0));
    }
}
