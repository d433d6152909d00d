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
        await Node.AddUserAsync("li", "clinician", Password);
        await Node.AddUserAsync("guessed", "clinician", Password);
        var (_, json) = await Node.OperateAsync(HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "App", ["scope"] = "user/*.rs", ["redirectUris"] = new JsonArray(Browser.Callback) });
        _app = (string)json!["id"]!;
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task However_many_guesses_come_at_once_five_lock_the_user()
    {
        using var browser = new Browser(Node);
        var login = await browser.GetAsync((await browser.OpenAsync(browser.RequestFor(_app, "user/*.rs"))).Location!);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(guess => browser.SendAsync(login, ("login", "guessed"), ("password", $"wrong {guess}"))));
        Assert.That(answers.Select(answer => answer.Text), Has.All.Contains("do not fit"));
        Assert.That((await browser.SendAsync(login, ("login", "guessed"), ("password", Password))).Text, Does.Contain("do not fit"));
    }

    [Test]
    [DependsOnTest(nameof(However_many_guesses_come_at_once_five_lock_the_user))]
    public async Task Right_passwords_at_once_all_get_in()
    {
        using var browser = new Browser(Node);
        var login = await browser.GetAsync((await browser.OpenAsync(browser.RequestFor(_app, "user/*.rs"))).Location!);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => browser.SendAsync(login, ("login", "li"), ("password", Password))));
        Assert.That(answers.Select(answer => answer.Location), Has.All.StartsWith("/auth/authorize?"));
    }

    [Test]
    [DependsOnTest(nameof(Right_passwords_at_once_all_get_in))]
    public async Task After_a_restart_users_are_there_and_the_lock_too()
    {
        await Node.StopAsync();
        await Node.StartAsync(more: ["--login-rate", "3", "--auth-rate", "3"]);
        using var browser = new Browser(Node);
        Assert.That((await browser.LogInAsync(browser.RequestFor(_app, "user/*.rs"), "li", Password)).Text, Does.Contain("Allow access"));
        using var other = new Browser(Node);
        var login = await other.GetAsync((await other.OpenAsync(other.RequestFor(_app, "user/*.rs"))).Location!);
        Assert.That((await other.SendAsync(login, ("login", "guessed"), ("password", Password))).Text, Does.Contain("do not fit"));
    }

    [Test]
    [DependsOnTest(nameof(After_a_restart_users_are_there_and_the_lock_too))]
    public async Task Who_guesses_too_often_is_refused_before_a_password_is_looked_at()
    {
        await AreTooManyAsync("/auth/login", ("login", "li"), ("password", "wrong"));
        using var page = await Node.Client.GetAsync("/auth/login");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    [DependsOnTest(nameof(Who_guesses_too_often_is_refused_before_a_password_is_looked_at))]
    public async Task Who_asks_for_tokens_too_often_is_refused_and_who_has_one_goes_on()
    {
        var token = await Node.FindTokenAsync();
        await AreTooManyAsync("/auth/token", ("grant_type", "client_credentials"));
        Assert.That((await Node.GetWithAsync("Practitioner", token)).Status, Is.EqualTo(200));
    }

    /// <summary>Three a second are let through, and twelve at once: of a hundred at once some are not.</summary>
    private async Task AreTooManyAsync(string path, params (string Name, string Value)[] form)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
            using var answer = await Node.Client.PostAsync(path, content);
            return (answer.StatusCode, Wait: answer.Headers.RetryAfter?.Delta);
        }));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.That(refused, Is.Not.Empty);
        Assert.That(refused.Select(answer => answer.Wait), Is.All.GreaterThan(TimeSpan.Zero));
    }
}
