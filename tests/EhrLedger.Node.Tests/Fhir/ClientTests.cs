using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using Hl7.Fhir.Model;
using Hl7.Fhir.Rest;
using NUnit.Framework;
using Task = System.Threading.Tasks.Task;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Clients that other people wrote, each with the same script (tests/FhirClients/run.mjs, and for Firely's the same here).</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class ClientTests
{
    private static TestNode Node => OneNode.Node;

    private const string Absent = "The FHIR clients are absent: they need Node.js, and npm ci in tests/FhirClients.";

    private static readonly string[] Script =
    [
        "create a patient: 201 version 1",
        "create an observation: 201 version 1",
        "update with the right ETag: 200 version 2",
        "update with a stale ETag: 412",
        "read: 200 amended",
        "transaction: 200 6 created",
        "search with include: 200 7 matches, 1 included",
        "page through: 200 7 in 3 pages",
        "patch: 200 corrected",
        "history: 200 3 versions",
        "delete: 204",
        "read what was deleted: 410",
        "read what never was: 404",
    ];

    [TestCase("fhir-kit-client")]
    [TestCase("fhirclient")]
    [TestCase("medplum")]
    public async Task Work_with_the_node(string client, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "FhirClients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.Ignore(Absent);
        }

        using var process = Start(folder, client, await Node.FindTokenAsync());
        try
        {
            var failure = process.StandardError.ReadToEndAsync(cancellationToken);
            var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.That(process.ExitCode, Is.Zero, await failure);
            Assert.That(JsonSerializer.Deserialize<string[]>(said), Is.EqualTo(Script));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    [Test]
    public async Task Firelys_works_with_the_node(CancellationToken cancellationToken)
    {
        using var client = new FhirClient(new Uri($"{Node.Endpoint}/fhir"), new FhirClientSettings { PreferredFormat = ResourceFormat.Json, ReturnPreference = ReturnPreference.Representation }, new ActingHeaders(Node.ClientKeyFile, TimeProvider.System));
        var lines = new List<string>();
        var patient = await Step("create a patient", () => client.CreateAsync(new Patient { Name = { new HumanName { Family = "Client" } }, BirthDate = "1980-01-01" }, cancellationToken), Version);
        var first = (await Step("create an observation", () => client.CreateAsync(Value(1), cancellationToken), Version))!;
        var stale = (Observation)first.DeepCopy();
        first.Status = ObservationStatus.Amended;
        await Step("update with the right ETag", () => client.UpdateAsync(first, versionAware: true, cancellationToken), Version);
        await Step("update with a stale ETag", () => client.UpdateAsync(stale, versionAware: true, cancellationToken), Version);
        await Step("read", () => client.ReadAsync<Observation>($"Observation/{first.Id}", ct: cancellationToken), StatusOf);
        await Step("transaction", () => client.TransactionAsync(Several(), cancellationToken), it => $"{it!.Entry.Count(entry => entry.Response!.Status!.StartsWith("201", StringComparison.Ordinal))} created");
        await Step(
            "search with include",
            () => client.SearchAsync<Observation>([$"patient={patient!.Id}"], ["Observation:subject"], 20, ct: cancellationToken),
            it => $"{it!.Entry.Count(entry => entry.Search!.Mode == Bundle.SearchEntryMode.Match)} matches, {it.Entry.Count(entry => entry.Search!.Mode == Bundle.SearchEntryMode.Include)} included");
        await Step("page through", PageAsync, it => $"{it.Ids.Count} in {it.Pages} pages");
        await Step("patch", () => client.PatchAsync<Observation>(first.Id!, Corrected(), ct: cancellationToken), StatusOf);
        await Step("history", () => client.HistoryAsync($"Observation/{first.Id}", ct: cancellationToken), it => $"{it!.Entry.Count} versions");
        await Step("delete", async () =>
        {
            await client.DeleteAsync($"Observation/{first.Id}", ct: cancellationToken);
            return "";
        }, it => it!);
        await Step("read what was deleted", () => client.ReadAsync<Observation>($"Observation/{first.Id}", ct: cancellationToken), StatusOf);
        await Step("read what never was", () => client.ReadAsync<Observation>("Observation/never", ct: cancellationToken), StatusOf);
        Assert.That(lines, Is.EqualTo(Script));

        async Task<T?> Step<T>(string what, Func<Task<T>> act, Func<T, string> tell)
        {
            var (result, told) = (default(T), "");
            try
            {
                result = await act();
                told = result is null ? "" : tell(result);
            }
            catch (FhirOperationException answer)
            {
                lines.Add($"{what}: {(int)answer.Status}");
                return result;
            }

            lines.Add($"{what}: {client.LastResult!.Status} {told}".Trim());
            return result;
        }

        async Task<(HashSet<string> Ids, int Pages)> PageAsync()
        {
            var (ids, pages) = (new HashSet<string>(), 0);
            for (var page = await client.SearchAsync<Observation>([$"patient={patient!.Id}"], pageSize: 3, ct: cancellationToken); page is not null; page = await client.ContinueAsync(page, ct: cancellationToken))
            {
                pages++;
                ids.UnionWith(page.Entry.Select(entry => entry.Resource!.Id!));
            }

            return (ids, pages);
        }

        Bundle Several() => new()
        {
            Type = Bundle.BundleType.Transaction,
            Entry = [.. Enumerable.Range(2, 6).Select(value => new Bundle.EntryComponent
            {
                Request = new Bundle.RequestComponent { Method = Bundle.HTTPVerb.POST, Url = "Observation" },
                Resource = Value(value),
            })],
        };

        Observation Value(int value) => new()
        {
            Status = ObservationStatus.Final,
            Code = new CodeableConcept("http://loinc.org", "718-7"),
            Subject = new ResourceReference($"Patient/{patient!.Id}"),
            Effective = new FhirDateTime("2025-03-01"),
            Value = new Quantity(value, "g/dL"),
        };
    }

    private static string Version(Resource? resource) => $"version {resource!.Meta!.VersionId}";

    private static string StatusOf(Observation? observation) => Hl7.Fhir.Utility.EnumUtility.GetLiteral(observation!.Status!.Value)!;

    private static Parameters Corrected() => new Parameters().AddReplacePatchParameter("Observation.status", new Code("corrected"));

    private static Process Start(string folder, string client, string token)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", ["run.mjs", client, $"{Node.Endpoint}/fhir"])
            {
                WorkingDirectory = folder,
                Environment = { ["FHIR_TOKEN"] = token },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore(Absent);
            throw;
        }
    }
}
