using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>An application that a user has launched for a patient, and that has a good access token for as long as it asks for one.</summary>
internal sealed class LaunchedApp
{
    private const string Password = "correct horse battery";
    private const string Around = "launch/patient offline_access";

    // An access token lives for five minutes.
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(3);

    private readonly TestNode _node;
    private readonly string _client;
    private TokenReply _tokens;
    private long _since;

    private LaunchedApp(TestNode node, string client, TokenReply tokens) => (_node, _client, _tokens, _since) = (node, client, tokens, TimeProvider.System.GetTimestamp());

    /// <summary>Registers an application that may ask for everything, and a user of each role, whose login is the role.</summary>
    /// <returns>The client's id.</returns>
    public static async Task<string> RegisterAsync(TestNode node, IEnumerable<string> roles)
    {
        foreach (var role in roles)
        {
            var (added, refusal) = await node.OperateAsync(
                HttpMethod.Post, "/operator/users", new JsonObject { ["login"] = role, ["name"] = role, ["role"] = role, ["fhirUser"] = $"Practitioner/{role}", ["password"] = Password });
            Assert.That(added, Is.EqualTo(201), refusal?.ToJsonString());
        }

        var (status, json) = await node.OperateAsync(
            HttpMethod.Post, "/operator/clients", new JsonObject { ["name"] = "Walk", ["scope"] = $"{Around} patient/*.cruds user/*.cruds", ["redirectUris"] = new JsonArray(Browser.Callback) });
        Assert.That(status, Is.EqualTo(201), json?.ToJsonString());
        return (string)json!["id"]!;
    }

    /// <summary>The user logs in, chooses the one patient of this family name, and allows it all.</summary>
    public static async Task<LaunchedApp> LaunchAsync(TestNode node, string client, string role, string family, string scope)
    {
        using var browser = new Browser(node);
        var found = await browser.SendAsync(await browser.LogInAsync(browser.RequestFor(client, $"{Around} {scope}"), role, Password), ("ehr_search", family));
        var redirected = await browser.SendAsync(await browser.SendAsync(found), ("ehr_decision", "allow"));
        Assert.That(redirected.Location, Does.StartWith(Browser.Callback), redirected.Text);
        var tokens = await browser.RedeemAsync(client, redirected.Parameter("code")!);
        Assert.That((tokens.Status, tokens.Json.ContainsKey("patient")), Is.EqualTo((200, true)), tokens.Json.ToJsonString());
        return new LaunchedApp(node, client, tokens);
    }

    /// <summary>A refresh token is good for one refresh, so one caller asks at a time.</summary>
    public async Task<string> FindTokenAsync()
    {
        if (TimeProvider.System.GetElapsedTime(_since) > GoodFor)
        {
            _tokens = await _node.PostTokenFormAsync(
                new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = _client, ["refresh_token"] = (string)_tokens.Json["refresh_token"]! });
            Assert.That(_tokens.Status, Is.EqualTo(200), _tokens.Json.ToJsonString());
            _since = TimeProvider.System.GetTimestamp();
        }

        return _tokens.Token;
    }
}
