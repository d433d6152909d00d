using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>App Launch: an application that acts for a user. Source: SMART App Launch 2.2.</summary>
public sealed class LaunchTests
{
    private const string Password = "correct horse battery";
    private const string Everything = "openid fhirUser launch/patient offline_access patient/*.rs";
    private TestConsortium _consortium = null!;
    private string _app = "";
    private string _patient = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject
        {
            ["name"] = "Growth <chart>",
            ["scope"] = Everything + " user/*.cruds",
            ["redirectUris"] = new JsonArray(Browser.Callback),
        });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        _app = (string)json!["id"]!;
        await AddUserAsync("li", "clinician");
        _patient = await Node.RegisterPatientAsync("Launch");
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task A_clinician_chooses_a_patient_and_the_app_sees_that_patient_only()
    {
        using var browser = new Browser(Node);
        var other = await Node.RegisterPatientAsync("Other");
        var tokens = await LaunchAsync(browser, Everything);
        Assert.That(((string?)tokens.Json["patient"], (string?)tokens.Json["token_type"]), Is.EqualTo((_patient, "Bearer")));
        Assert.That(tokens.Scope!.Split(' '), Is.EquivalentTo(Everything.Split(' ')));
        Assert.That(new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken((string)tokens.Json["id_token"]!).GetPayloadValue<string>("fhirUser"), Is.EqualTo($"{Node.Endpoint}/fhir/Practitioner/li"));
        Assert.That((await Node.GetWithAsync($"Patient/{_patient}", tokens.Token)).Status, Is.EqualTo(200));
        Assert.That((await Node.GetWithAsync($"Patient/{other}", tokens.Token)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task An_app_of_one_patient_is_not_told_whom_else_a_search_has_named()
    {
        var other = await Node.RegisterPatientAsync("Beside");
        await Node.GetAsync($"Observation?patient={_patient},{other}");
        using var browser = new Browser(Node);
        var token = (await LaunchAsync(browser, Everything)).Token;
        var search = $"AuditEvent?patient={_patient}&subtype=search-type&_count=1000";
        Assert.That((await Node.GetAsync(search)).Matches.Select(QuestionOf), Has.Some.Contains(other), "the organisation's own auditor is");

        var shown = (await Node.GetWithAsync(search, token)).Matches;
        Assert.That(shown, Is.Not.Empty);
        Assert.That(shown.Select(QuestionOf), Is.All.Empty);
        Assert.That(shown.Select(one => one.ToJsonString()), Has.None.Contains(other));
        Assert.That(QuestionOf((await Node.GetWithAsync($"AuditEvent/{shown[0]["id"]}", token)).Json), Is.Empty);

        static string QuestionOf(JsonObject audit) => string.Concat(audit["entity"]!.AsArray()
            .Select(entity => (string?)entity!["query"]).OfType<string>().Select(query => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(query))));
    }

    [Test]
    public async Task A_code_is_good_once_and_only_with_its_secret()
    {
        using var browser = new Browser(Node);
        var code = await CodeAsync(browser, Everything);
        Assert.That((await browser.RedeemAsync(_app, code, "another-verifier-another-verifier-another-verifier")).Error, Is.EqualTo("invalid_grant"));
        code = await CodeAsync(browser, Everything, isLoggedIn: true);
        Assert.That((await browser.RedeemAsync(_app, code)).Status, Is.EqualTo(200));
        Assert.That((await browser.RedeemAsync(_app, code)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_refresh_token_is_replaced_by_each_use()
    {
        using var browser = new Browser(Node);
        var first = await LaunchAsync(browser, Everything);
        var second = await RefreshAsync((string)first.Json["refresh_token"]!);
        Assert.That((second.Status, (string?)second.Json["patient"]), Is.EqualTo((200, _patient)), second.Json.ToJsonString());
        Assert.That((await RefreshAsync((string)first.Json["refresh_token"]!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_refresh_needs_no_name_of_the_client_and_takes_no_other()
    {
        using var browser = new Browser(Node);
        var token = (string)(await LaunchAsync(browser, Everything)).Json["refresh_token"]!;
        var (_, other) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Other", ["scope"] = Everything, ["redirectUris"] = new JsonArray(Browser.Callback) });
        var renamed = $"{(string)other!["id"]!}~{token.Split('~', 2)[1]}";
        Assert.That((await Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = renamed })).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = (string)other["id"]!, ["refresh_token"] = token })).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = token })).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Without_offline_access_there_is_no_refresh_token()
    {
        using var browser = new Browser(Node);
        Assert.That((await LaunchAsync(browser, "launch/patient patient/*.rs")).Json.ContainsKey("refresh_token"), Is.False);
    }

    [Test]
    public async Task A_disabled_user_is_out_at_once()
    {
        await AddUserAsync("gone", "clinician");
        using var browser = new Browser(Node);
        var tokens = await LaunchAsync(browser, Everything, "gone");
        Assert.That((await Node.OperateAsync(HttpMethod.Delete, "/operator/users/gone")).Status, Is.EqualTo(204));
        (await Node.GetWithAsync($"Patient/{_patient}", tokens.Token)).AssertIsOutcome(401);
        Assert.That((await RefreshAsync((string)tokens.Json["refresh_token"]!)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_role_gets_no_more_than_it_has()
    {
        await AddUserAsync("bill", "claims");
        using var browser = new Browser(Node);
        var page = await browser.LogInAsync(browser.RequestFor(_app, "user/*.cruds"), "bill", Password);
        var redirected = await browser.SendAsync(page, ("ehr_decision", "allow"));
        var scope = (await browser.RedeemAsync(_app, redirected.Parameter("code")!)).Scope!;
        Assert.That(scope.Split(' '), Does.Contain("user/Claim.cruds").And.Contain("user/Patient.rs").And.Not.Contain("user/*.cruds").And.Not.Contain("user/Observation.rs"));
    }

    [TestCase("system/*.rs")]
    [TestCase("user/*.rs system/*.rs")]
    [TestCase("fhirUser user/*.rs")]
    [TestCase("patient/*.rs")]
    [TestCase("launch/patient patient/Observation.rs?code:in=x")]
    [TestCase("profile user/*.rs")]
    public async Task Refuses_the_scopes(string scope)
    {
        using var browser = new Browser(Node);
        var answer = await browser.LogInAsync(browser.RequestFor(_app, scope), "li", Password);
        Assert.That(answer.Parameter("error"), Is.EqualTo("invalid_scope"), answer.Text + answer.Location);
        Assert.That(answer.Location, Does.StartWith(Browser.Callback));
    }

    [TestCase("aud", "https://elsewhere.example/fhir")]
    [TestCase("aud", "")]
    [TestCase("code_challenge_method", "plain")]
    [TestCase("code_challenge", "")]
    [TestCase("response_type", "token")]
    public async Task Refuses_the_request(string name, string value)
    {
        using var browser = new Browser(Node);
        var request = browser.RequestFor(_app, Everything);
        request[name] = value;
        var answer = await browser.OpenAsync(request);
        Assert.That(answer.Text + answer.Location, Does.Contain("error"));
        Assert.That(answer.Location ?? "", Does.Not.Contain("/auth/login"));
    }

    [TestCase("redirect_uri", "https://thief.example/")]
    [TestCase("client_id", "nobody")]
    public async Task Sends_nobody_to_an_address_that_is_not_registered(string name, string value)
    {
        using var browser = new Browser(Node);
        var request = browser.RequestFor(_app, Everything);
        request[name] = value;
        Assert.That((await browser.OpenAsync(request)).Location, Is.Null);
    }

    [Test]
    public async Task Pages_carry_no_script_and_stand_in_no_frame()
    {
        using var browser = new Browser(Node);
        var page = await browser.LogInAsync(browser.RequestFor(_app, "user/*.rs"), "li", Password);
        Assert.That(page.Policy, Does.Contain("default-src 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("script"));
        Assert.That(page.Text, Does.Contain("Growth &lt;chart&gt;").And.Not.Contain("<script"));
    }

    [Test]
    public async Task Consent_counts_from_our_own_page_only()
    {
        using var browser = new Browser(Node);
        var request = browser.RequestFor(_app, "user/*.rs");
        await browser.LogInAsync(request, "li", Password);
        var forged = await browser.PostAsync("/auth/authorize", [.. request.Select(pair => (pair.Key, pair.Value)), ("ehr_decision", "allow")]);
        Assert.That(forged.Location, Is.Null, forged.Text);
        request["ehr_decision"] = "allow";
        Assert.That((await browser.OpenAsync(request)).Location, Is.Null);
    }

    [Test]
    public async Task Who_does_not_allow_it_gives_nothing()
    {
        using var browser = new Browser(Node);
        var page = await browser.LogInAsync(browser.RequestFor(_app, "user/*.rs"), "li", Password);
        Assert.That((await browser.SendAsync(page, ("ehr_decision", "deny"))).Parameter("error"), Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task Five_wrong_passwords_lock_a_user()
    {
        await AddUserAsync("locked", "clinician");
        using var browser = new Browser(Node);
        var login = await browser.GetAsync((await browser.OpenAsync(browser.RequestFor(_app, "user/*.rs"))).Location!);
        for (var i = 0; i < 5; i++)
        {
            Assert.That((await browser.SendAsync(login, ("login", "locked"), ("password", "wrong"))).Text, Does.Contain("do not fit"));
        }

        Assert.That((await browser.SendAsync(login, ("login", "locked"), ("password", Password))).Text, Does.Contain("do not fit"));
    }

    [Test]
    public async Task The_command_line_adds_lists_and_disables()
    {
        string[] socket = ["--socket", Node.AdminSocket];
        Assert.That((await Cli.CliProcess.PipeAsync(Password, ["user", "add", "desk", .. socket, "--name", "Front Desk", "--role", "front-desk", "--fhir-user", "Practitioner/desk"])).ExitCode, Is.Zero);
        Assert.That((await Cli.CliProcess.PipeAsync("short", ["user", "add", "other", .. socket, "--name", "Other", "--role", "front-desk", "--fhir-user", "Practitioner/desk"])).ExitCode, Is.EqualTo(1));
        Assert.That((await Cli.CliProcess.PipeAsync(Password + "!", ["user", "password", "desk", .. socket])).ExitCode, Is.Zero);
        using var browser = new Browser(Node);
        Assert.That((await browser.LogInAsync(browser.RequestFor(_app, "user/Patient.rs"), "desk", Password + "!")).Text, Does.Contain("Allow access"));
        Assert.That((await Cli.CliProcess.RunAsync(["user", "disable", "desk", .. socket])).ExitCode, Is.Zero);
        Assert.That((await Cli.CliProcess.RunAsync(["user", "list", .. socket])).Output, Does.Contain("desk  disabled  front-desk  Practitioner/desk  Front Desk"));
        Assert.That((await Cli.CliProcess.RunAsync(["user", "disable", "nobody", .. socket])).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task A_login_leads_nowhere_else()
    {
        using var browser = new Browser(Node);
        Assert.That((await browser.SendAsync(await browser.GetAsync("/auth/login?next=https%3A%2F%2Fthief.example%2F"), ("login", "li"), ("password", Password))).Location, Is.EqualTo("/auth/login"));
    }

    private async Task AddUserAsync(string login, string role)
    {
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/users", new JsonObject { ["login"] = login, ["name"] = $"Dr {login}", ["role"] = role, ["fhirUser"] = $"Practitioner/{login}", ["password"] = Password });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
    }

    private async Task<TokenReply> LaunchAsync(Browser browser, string scope, string login = "li")
    {
        var reply = await browser.RedeemAsync(_app, await CodeAsync(browser, scope, login: login));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Json.ToJsonString());
        return reply;
    }

    private async Task<string> CodeAsync(Browser browser, string scope, bool isLoggedIn = false, string login = "li")
    {
        var request = browser.RequestFor(_app, scope);
        var picker = isLoggedIn ? await browser.OpenAsync(request) : await browser.LogInAsync(request, login, Password);
        var consent = await browser.SendAsync(picker, ("ehr_search", "Launch"));
        consent = await browser.SendAsync(consent);
        Assert.That(consent.Text, Does.Contain("Allow access"));
        var redirected = await browser.SendAsync(consent, ("ehr_decision", "allow"));
        Assert.That(redirected.Location, Does.StartWith(Browser.Callback), redirected.Text);
        Assert.That(redirected.Parameter("state"), Is.EqualTo("opaque"));
        return redirected.Parameter("code")!;
    }

    private Task<TokenReply> RefreshAsync(string token) => Node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = _app, ["refresh_token"] = token });
}
