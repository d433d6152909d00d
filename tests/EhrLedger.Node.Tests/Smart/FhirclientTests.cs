using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using Microsoft.Playwright;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>A client that other people wrote, fhirclient of SMART Health IT, through both of SMART's flows: Backend Services under Node.js, App Launch in a real browser from an origin of its own.</summary>
[CancelAfter(180_000)]
public sealed class FhirclientTests
{
    private const string Password = "correct horse battery";
    private const string Scope = "openid fhirUser launch/patient offline_access patient/Patient.r patient/Practitioner.r patient/Observation.rs";

    private TestConsortium _consortium = null!;
    private Chromium? _chromium;
    private string _patient = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        await Node.UpdateAsync(Resources.Practitioner("Li", "1").With("id", "li"));
        _patient = await Node.RegisterPatientAsync("Browsed");
        await Node.KeepAsync(Resources.Observation(_patient));
        await Node.KeepAsync(Resources.Observation(await Node.RegisterPatientAsync("Somebody")));
        await Node.AddUserAsync("li", "clinician", Password);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }

        _consortium.Dispose();
    }

    [Test]
    public async Task Does_backend_services(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "FhirClients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.Ignore("fhirclient is absent: it needs Node.js, and npm ci in tests/FhirClients.");
        }

        var key = JsonNode.Parse(await File.ReadAllTextAsync(Node.ClientKeyFile, cancellationToken))!;
        using var process = Process.Start(new ProcessStartInfo("node", ["backend.mjs", $"{Node.Endpoint}/fhir", (string)key["client_id"]!, Node.ClientKeyFile, "system/Observation.rs"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var failure = process.StandardError.ReadToEndAsync(cancellationToken);
            var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.That(process.ExitCode, Is.Zero, await failure);
            Assert.That(JsonSerializer.Deserialize<string[]>(said), Is.EqualTo((string[])
            [
                "discovered: true true",
                "token: 200 Bearer system/Observation.rs",
                "search what the scope permits: 200 Bundle",
                "search what it does not: 403",
                "search without a token: 401",
            ]));
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
    public async Task Launches_in_a_browser_and_sees_what_the_user_allowed()
    {
        var clientId = "";
        await using var app = await AppServer.StartAsync($"{Node.Endpoint}/fhir", () => clientId, Scope);
        clientId = await RegisterAsync(app);
        var page = await OpenPageAsync();
        await page.GotoAsync(app.Launch);
        await LogInAsync(page);
        await page.FillAsync("[name=ehr_search]", "Browsed");
        await page.ClickAsync("button");
        await page.ClickAsync("button:has-text('Browsed')");
        await SeesWhatTheUserAllowsAsync(page, Scope);
    }

    [Test]
    public async Task Is_launched_by_an_EHR_for_the_patient_on_its_screen()
    {
        var scope = Scope.Replace("launch/patient", "launch", StringComparison.Ordinal);
        var clientId = "";
        await using var app = await AppServer.StartAsync($"{Node.Endpoint}/fhir", () => clientId, scope);
        clientId = await RegisterAsync(app, scope);
        using var ehr = TestClient.WithEllipticCurve();
        var (_, registered) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "EHR", ["scope"] = "system/Patient.rs", ["jwks"] = ehr.KeySet, ["launches"] = true });
        ehr.Id = (string)registered!["id"]!;
        var (_, announced) = await Node.AnnounceLaunchAsync(new JsonObject { ["client"] = clientId, ["patient"] = _patient }, (await ehr.AskAsync(Node, "system/Patient.rs")).Token);
        var page = await OpenPageAsync();
        await page.GotoAsync($"{app.Launch}?iss={Uri.EscapeDataString($"{Node.Endpoint}/fhir")}&launch={announced!["launch"]}");
        await LogInAsync(page);
        await SeesWhatTheUserAllowsAsync(page, scope);
    }

    [Test]
    public async Task A_page_of_another_origin_gets_no_answer()
    {
        var clientId = "";
        await using var app = await AppServer.StartAsync($"{Node.Endpoint}/fhir", () => clientId, Scope);
        var page = await OpenPageAsync();
        await page.GotoAsync(app.Origin + "/fhir-client.js");
        var fetch = $"path => fetch('{Node.Endpoint}' + path, {{ headers: {{ Authorization: 'Bearer x' }} }}).then(it => it.status, () => 'refused')";
        Assert.That((await page.EvaluateAsync<object>(fetch, "/fhir/Patient/1")).ToString(), Is.EqualTo("refused"));
        await RegisterAsync(app);
        Assert.That((await page.EvaluateAsync<object>(fetch, "/fhir/Patient/1")).ToString(), Is.EqualTo("401"));
        Assert.That((await page.EvaluateAsync<object>(fetch, "/auth/login")).ToString(), Is.EqualTo("refused"), "pages are for people");
    }

    private async Task<IPage> OpenPageAsync() => await (_chromium ??= await Chromium.StartAsync()).OpenAsync();

    private static async Task LogInAsync(IPage page)
    {
        await page.FillAsync("[name=login]", "li");
        await page.FillAsync("[name=password]", Password);
        await page.ClickAsync("button");
    }

    private static async Task SeesWhatTheUserAllowsAsync(IPage page, string scope)
    {
        await page.ClickAsync("button[value=allow]");
        await page.WaitForFunctionAsync("() => document.getElementById('out')?.textContent");
        var said = await page.InnerTextAsync("#out");
        Assert.That(said, Does.StartWith("{"));
        var seen = JsonNode.Parse(said)!;
        Assert.Multiple(() =>
        {
            Assert.That((string?)seen["patient"], Is.EqualTo("Browsed"));
            Assert.That((string?)seen["user"], Is.EqualTo("Li"));
            Assert.That(seen["scope"]!.AsArray().Select(one => (string)one!), Is.EqualTo(scope.Split(' ').Order(StringComparer.Ordinal)));
            Assert.That((int?)seen["observations"], Is.EqualTo(1));
            Assert.That((int?)seen["conditions"], Is.EqualTo(403));
            Assert.That((bool?)seen["refreshed"], Is.True);
        });
    }

    private async Task<string> RegisterAsync(AppServer app, string scope = Scope)
    {
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Browser app", ["scope"] = scope, ["redirectUris"] = new JsonArray(app.Redirect) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        return (string)json!["id"]!;
    }
}
