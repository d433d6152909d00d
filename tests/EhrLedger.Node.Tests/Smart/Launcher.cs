using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>An application that may ask for everything, and users of several roles who are logged in and launch it as often as a test wants.</summary>
internal sealed class Launcher : IDisposable
{
    private const string Password = "correct horse battery";
    private const string Around = "launch/patient offline_access";

    private readonly Dictionary<string, Browser> _browsers = [];
    private readonly TestNode _node;
    private readonly string _client;

    private Launcher(TestNode node, string client) => (_node, _client) = (node, client);

    /// <summary>Registers the application, and a user of each role, whose login is the role.</summary>
    public static async Task<Launcher> BeginAsync(TestNode node, IEnumerable<string> roles)
    {
        var (status, json) = await node.OperateAsync(
            HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Walk", ["scope"] = $"{Around} patient/*.cruds user/*.cruds", ["redirectUris"] = new JsonArray(Browser.Callback) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        var launcher = new Launcher(node, (string)json!["id"]!);
        foreach (var role in roles)
        {
            var (added, refusal) = await node.OperateAsync(
                HttpMethod.Post, "/operator/users", new JsonObject { ["login"] = role, ["name"] = role, ["role"] = role, ["fhirUser"] = $"Practitioner/{role}", ["password"] = Password });
            Assert.That(added, Is.EqualTo(201), refusal?.ToJsonString());
            var browser = launcher._browsers[role] = new Browser(node);
            await browser.LogInAsync(browser.RequestFor(launcher._client, $"{Around} patient/*.rs"), role, Password);
        }

        return launcher;
    }

    /// <summary>The user chooses the one patient of this family name, and allows it all.</summary>
    public async Task<LaunchedApp> LaunchAsync(string role, string family, string scope)
    {
        var browser = _browsers[role];
        var found = await browser.SendAsync(await browser.OpenAsync(browser.RequestFor(_client, $"{Around} {scope}")), ("ehr_search", family));
        var redirected = await browser.SendAsync(await browser.SendAsync(found), ("ehr_decision", "allow"));
        Assert.That(redirected.Location, Does.StartWith(Browser.Callback), redirected.Text);
        var tokens = await browser.RedeemAsync(_client, redirected.Parameter("code")!);
        Assert.That((tokens.Status, tokens.Json.ContainsKey("patient")), Is.EqualTo((200, true)), tokens.Json.ToJsonString());
        return new LaunchedApp(_node, _client, tokens);
    }

    public void Dispose()
    {
        foreach (var browser in _browsers.Values)
        {
            browser.Dispose();
        }
    }
}
