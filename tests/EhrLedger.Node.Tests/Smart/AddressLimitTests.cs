using System.Net;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>What one address may ask of the authorization server before anybody is known.</summary>
public sealed class AddressLimitTests
{
    private const string Password = "correct horse battery";
    private TestConsortium _consortium = null!;
    private string _app = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        await AddUserAsync("li");
        await AddUserAsync("guessed");
        var (_, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "App", ["scope"] = "user/*.rs", ["redirectUris"] = new JsonArray(Browser.Callback) });
        _app = (string)json!["id"]!;
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    [Order(1)]
    public async Task However_many_guesses_come_at_once_five_lock_the_user()
    {
        using var browser = new Browser(Node);
        var login = await browser.GetAsync((await browser.OpenAsync(browser.RequestFor(_app, "user/*.rs"))).Location!);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(guess => browser.SendAsync(login, ("login", "guessed"), ("password", $"wrong {guess}"))));
        Assert.That(answers.Select(answer => answer.Text), Has.All.Contains("do not fit"));
        Assert.That((await browser.SendAsync(login, ("login", "guessed"), ("password", Password))).Text, Does.Contain("do not fit"));
    }

    [Test]
    [Order(2)]
    public async Task Right_passwords_at_once_all_get_in()
    {
        using var browser = new Browser(Node);
        var login = await browser.GetAsync((await browser.OpenAsync(browser.RequestFor(_app, "user/*.rs"))).Location!);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => browser.SendAsync(login, ("login", "li"), ("password", Password))));
        Assert.That(answers.Select(answer => answer.Location), Has.All.StartsWith("/auth/authorize?"));
    }

    [Test]
    [Order(3)]
    public async Task After_a_restart_users_are_there_and_the_lock_too()
    {
        await RestartAsync();
        using var browser = new Browser(Node);
        Assert.That((await browser.LogInAsync(browser.RequestFor(_app, "user/*.rs"), "li", Password)).Text, Does.Contain("Allow access"));
        using var other = new Browser(Node);
        var login = await other.GetAsync((await other.OpenAsync(other.RequestFor(_app, "user/*.rs"))).Location!);
        Assert.That((await other.SendAsync(login, ("login", "guessed"), ("password", Password))).Text, Does.Contain("do not fit"));
    }

    [Test]
    [Order(4)]
    public async Task Who_guesses_too_often_is_refused_before_a_password_is_looked_at()
    {
        await RestartAsync("--login-rate", "1");
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("login", "li"), KeyValuePair.Create("password", "wrong")]);
        await IsRefusedAsync(() => Node.Client.PostAsync("/auth/login", content));
        using var page = await Node.Client.GetAsync("/auth/login");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    [Order(5)]
    public async Task Who_asks_for_tokens_too_often_is_refused_and_who_has_one_goes_on()
    {
        await RestartAsync("--auth-rate", "1");
        var token = await Node.FindTokenAsync();
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]);
        await IsRefusedAsync(() => Node.Client.PostAsync("/auth/token", content));
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(200));
    }

    private static async Task IsRefusedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        // One a second, and four at once: a hundred come faster.
        for (var i = 0; i < 100; i++)
        {
            using var answer = await ask();
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.That(answer.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
                return;
            }
        }

        Assert.Fail("A hundred came through.");
    }

    private async Task AddUserAsync(string login)
    {
        var (status, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/users", new JsonObject { ["login"] = login, ["name"] = $"Dr {login}", ["role"] = "clinician", ["fhirUser"] = $"Practitioner/{login}", ["password"] = Password });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
    }

    private async Task RestartAsync(params string[] settings)
    {
        await Node.StopAsync();
        await Node.StartAsync(more: settings);
    }
}
