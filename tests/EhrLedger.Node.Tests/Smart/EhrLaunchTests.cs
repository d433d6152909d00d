using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>An EHR launches an application for the patient on its screen. Source: SMART App Launch 2.2, "Launch app: EHR launch".</summary>
public sealed class EhrLaunchTests
{
    private const string Scope = "openid fhirUser launch offline_access patient/*.rs";
    private TestConsortium _consortium = null!;
    private TestClient _ehr = null!;
    private string _app = "";
    private string _patient = "";
    private string _encounter = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await LaunchNode.StartAsync();
        _ehr = TestClient.WithEllipticCurve();
        _ehr.Id = await RegisterAsync(new JsonObject { ["name"] = "EHR", ["scope"] = "system/Patient.rs", ["jwks"] = _ehr.KeySet, ["launches"] = true });
        _app = await RegisterAsync(new JsonObject { ["name"] = "Growth chart", ["scope"] = Scope, ["redirectUris"] = new JsonArray(Browser.Callback) });
        _patient = await Node.RegisterPatientAsync("Shown");
        _encounter = await Node.KeepAsync(Encounter(_patient));
    }

    [OneTimeTearDown]
    public void Stop() => _ehr.Dispose();

    [Test]
    public async Task The_user_logs_in_and_chooses_nobody()
    {
        using var browser = new Browser(Node);
        var other = await Node.RegisterPatientAsync("Other");
        var tokens = await browser.RedeemAsync(_app, await CodeAsync(browser, await LaunchAsync(_encounter)));
        Assert.That(((string?)tokens.Json["patient"], (string?)tokens.Json["encounter"]), Is.EqualTo((_patient, _encounter)), tokens.Json.ToJsonString());
        Assert.That((await Node.GetWithAsync($"Patient/{_patient}", tokens.Token)).Status, Is.EqualTo(200));
        Assert.That((await Node.GetWithAsync($"Patient/{other}", tokens.Token)).Status, Is.EqualTo(404));
        var refreshed = await browser.RefreshAsync(tokens);
        Assert.That(((string?)refreshed.Json["patient"], (string?)refreshed.Json["encounter"]), Is.EqualTo((_patient, _encounter)), refreshed.Json.ToJsonString());
    }

    [Test]
    public async Task Without_an_encounter_there_is_none()
    {
        using var browser = new Browser(Node);
        var tokens = await browser.RedeemAsync(_app, await CodeAsync(browser, await LaunchAsync()));
        Assert.That(((string?)tokens.Json["patient"], tokens.Json.ContainsKey("encounter")), Is.EqualTo((_patient, false)));
    }

    [Test]
    public async Task A_launch_is_good_once()
    {
        using var browser = new Browser(Node);
        var launch = await LaunchAsync();
        await CodeAsync(browser, launch);
        Assert.That((await browser.OpenAsync(RequestFor(browser, launch))).Parameter("error"), Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task Of_two_windows_one_gets_a_code()
    {
        using var browser = new Browser(Node);
        var launch = await LaunchAsync();
        var first = await browser.LogInAsync(RequestFor(browser, launch), "li", LaunchNode.Password);
        var second = await browser.OpenAsync(RequestFor(browser, launch));
        Assert.That((await browser.SendAsync(first, ("ehr_decision", "allow"))).Parameter("code"), Is.Not.Null);
        Assert.That((await browser.SendAsync(second, ("ehr_decision", "allow"))).Parameter("error"), Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_launch_is_one_application_s_only_and_others_do_not_use_it_up()
    {
        var other = await RegisterAsync(new JsonObject { ["name"] = "Other", ["scope"] = Scope, ["redirectUris"] = new JsonArray(Browser.Callback) });
        using var browser = new Browser(Node);
        var launch = await LaunchAsync();
        var request = RequestFor(browser, launch);
        request["client_id"] = other;
        Assert.That((await browser.OpenAsync(request)).Parameter("error"), Is.EqualTo("invalid_request"));
        Assert.That(await CodeAsync(browser, launch), Is.Not.Empty);
    }

    [TestCase("")]
    [TestCase("made-up")]
    public async Task Refuses_the_launch(string launch)
    {
        using var browser = new Browser(Node);
        Assert.That((await browser.OpenAsync(RequestFor(browser, launch))).Parameter("error"), Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_patient_who_is_not_there_is_launched_for_in_vain()
    {
        using var browser = new Browser(Node);
        var (_, json) = await Node.AnnounceLaunchAsync(Body(patient: "nobody"), await EhrTokenAsync());
        Assert.That((await browser.LogInAsync(RequestFor(browser, (string)json!["launch"]!), "li", LaunchNode.Password)).Parameter("error"), Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task An_encounter_of_another_patient_is_launched_for_in_vain()
    {
        var other = await Node.KeepAsync(Encounter(await Node.RegisterPatientAsync("Elsewhere")));
        using var browser = new Browser(Node);
        Assert.That((await browser.LogInAsync(RequestFor(browser, await LaunchAsync(other)), "li", LaunchNode.Password)).Parameter("error"), Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task Only_a_client_with_the_right_launches()
    {
        using var ward = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(ward);
        Assert.That((await Node.AnnounceLaunchAsync(Body(), (await ward.AskAsync(Node, "system/Patient.rs")).Token)).Status, Is.EqualTo(403));
        Assert.That((await Node.AnnounceLaunchAsync(Body(), null)).Status, Is.EqualTo(401));
        Assert.That((await Node.AnnounceLaunchAsync(Body(), "made up")).Status, Is.EqualTo(401));
        using var browser = new Browser(Node);
        var user = await browser.RedeemAsync(_app, await CodeAsync(browser, await LaunchAsync()));
        Assert.That((await Node.AnnounceLaunchAsync(Body(), user.Token)).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Refuses_what_can_not_be_launched()
    {
        var token = await EhrTokenAsync();
        Assert.That((await Node.AnnounceLaunchAsync(Body(client: "nobody"), token)).Status, Is.EqualTo(422));
        Assert.That((await Node.AnnounceLaunchAsync(Body(client: _ehr.Id), token)).Status, Is.EqualTo(422), "not registered for launch");
        Assert.That((await Node.AnnounceLaunchAsync(Body(patient: "Patient/1"), token)).Status, Is.EqualTo(400));
        Assert.That((await Node.AnnounceLaunchAsync(new JsonObject { ["client"] = _app }, token)).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task The_command_line_gives_the_right_and_shows_it()
    {
        using var ehr = TestClient.WithRsa();
        await File.WriteAllTextAsync(_consortium.Folder["ehr.jwks"], ehr.KeySet.ToJsonString());
        string[] socket = ["--socket", Node.AdminSocket];
        var added = await Cli.CliProcess.RunAsync(["client", "add", .. socket, "--name", "Second EHR", "--jwks", _consortium.Folder["ehr.jwks"], "--scope", "system/Patient.rs", "--launches"]);
        Assert.That(added.ExitCode, Is.Zero, added.Error);
        ehr.Id = added.Output.Trim();
        Assert.That((await Cli.CliProcess.RunAsync(["client", "list", .. socket])).Output, Does.Contain($"{ehr.Id}  active   Second EHR  system/Patient.rs  TREAT  launches  keys rsa"));
        Assert.That((await Node.AnnounceLaunchAsync(Body(), (await ehr.AskAsync(Node, "system/Patient.rs")).Token)).Status, Is.EqualTo(201));
        Assert.That((await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "No", ["scope"] = Scope, ["redirectUris"] = new JsonArray(Browser.Callback), ["launches"] = true })).Status, Is.EqualTo(422));
    }

    private static JsonObject Encounter(string patient) => new()
    {
        ["resourceType"] = "Encounter",
        ["status"] = "in-progress",
        ["class"] = new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ["code"] = "AMB" },
        ["subject"] = new JsonObject { ["reference"] = $"Patient/{patient}" },
    };

    private JsonObject Body(string? client = null, string? patient = null) => new() { ["client"] = client ?? _app, ["patient"] = patient ?? _patient };

    private async Task<string> EhrTokenAsync() => (await _ehr.AskAsync(Node, "system/Patient.rs")).Token;

    private async Task<string> RegisterAsync(JsonObject client)
    {
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", client);
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        return (string)json!["id"]!;
    }

    private async Task<string> LaunchAsync(string? encounter = null)
    {
        var body = Body();
        if (encounter is not null)
        {
            body["encounter"] = encounter;
        }

        var (status, json) = await Node.AnnounceLaunchAsync(body, await EhrTokenAsync());
        Assert.That((status, (int?)json?["expires_in"]), Is.EqualTo((201, 300)), json?.ToJsonString());
        return (string)json!["launch"]!;
    }

    private Dictionary<string, string> RequestFor(Browser browser, string launch)
    {
        var request = browser.RequestFor(_app, Scope);
        request["launch"] = launch;
        return request;
    }

    private async Task<string> CodeAsync(Browser browser, string launch)
    {
        var consent = await browser.LogInAsync(RequestFor(browser, launch), "li", LaunchNode.Password);
        Assert.That(consent.Text, Does.Contain("Allow access").And.Not.Contain("Choose a patient"));
        return (await browser.SendAsync(consent, ("ehr_decision", "allow"))).Parameter("code")!;
    }
}
