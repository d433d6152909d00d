using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using EhrLedger.Node.Tests.Harness;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>A user's browser, as far as pages without scripts need one: cookies, forms, and redirects that a test looks at.</summary>
internal sealed class Browser(TestNode node) : IDisposable
{
    public const string Callback = "https://app.example/callback";
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(node.Endpoint) };

    /// <summary>PKCE's secret, of this browser.</summary>
    public string Verifier { get; } = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    public string Challenge => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>An authorization request as SMART asks for it.</summary>
    public Dictionary<string, string> RequestFor(string client, string scope) => new()
    {
        ["response_type"] = "code",
        ["client_id"] = client,
        ["redirect_uri"] = Callback,
        ["scope"] = scope,
        ["state"] = "opaque",
        ["nonce"] = "n",
        ["aud"] = $"{node.Endpoint}/fhir",
        ["code_challenge"] = Challenge,
        ["code_challenge_method"] = "S256",
    };

    public async Task<WebPage> OpenAsync(Dictionary<string, string> request) =>
        await GetAsync("/auth/authorize?" + string.Join('&', request.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}")));

    public async Task<WebPage> GetAsync(string address)
    {
        using var answer = await _http.GetAsync(address);
        return await WebPage.ReadAsync(answer);
    }

    /// <summary>Sends a form of the page, with these answers.</summary>
    public async Task<WebPage> SendAsync(WebPage page, params (string Name, string Value)[] answers) => await PostAsync(page.Action, [.. page.Fields, .. answers]);

    public async Task<WebPage> PostAsync(string address, IEnumerable<(string Name, string Value)> fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await _http.PostAsync(address, form);
        return await WebPage.ReadAsync(answer);
    }

    /// <summary>Logs in and goes on to the page that comes then.</summary>
    public async Task<WebPage> LogInAsync(Dictionary<string, string> request, string login, string password)
    {
        var redirected = await OpenAsync(request);
        Assert.That(redirected.Location, Does.StartWith("/auth/login?"), redirected.Text);
        var done = await SendAsync(await GetAsync(redirected.Location!), ("login", login), ("password", password));
        Assert.That(done.Location, Does.StartWith("/auth/authorize?"), done.Text);
        return await GetAsync(done.Location!);
    }

    /// <summary>Goes to the provider that the login page names.</summary>
    /// <returns>Where the provider sends the browser back to.</returns>
    public async Task<string> GoToProviderAsync(Dictionary<string, string> request)
    {
        var redirected = await OpenAsync(request);
        Assert.That(redirected.Location, Does.StartWith("/auth/login?"), redirected.Text);
        return await GoToProviderAsync((await GetAsync(redirected.Location!)).Link);
    }

    /// <summary>Goes to the provider, which asks for nothing.</summary>
    /// <param name="link">Of the node, that leads there.</param>
    /// <returns>Where the provider sends the browser back to.</returns>
    public async Task<string> GoToProviderAsync(string link)
    {
        var away = await GetAsync(link);
        Assert.That(away.Location, Does.Contain("/authorize?"), away.Text);
        var back = await GetAsync(away.Location!);
        Assert.That(back.Location, Does.StartWith($"{node.Endpoint}/auth/provider/callback?"), back.Text);
        return back.Location!;
    }

    /// <summary>Logs in there and goes on to the page that comes then.</summary>
    public async Task<WebPage> LogInAtProviderAsync(Dictionary<string, string> request)
    {
        var done = await GetAsync(await GoToProviderAsync(request));
        Assert.That(done.Location, Does.StartWith("/auth/authorize?"), done.Text);
        return await GetAsync(done.Location!);
    }

    /// <summary>Allows what the page asks, and gives the code for tokens.</summary>
    public async Task<TokenReply> AllowAsync(string client, WebPage consent)
    {
        Assert.That(consent.Text, Does.Contain("Allow access"));
        var reply = await RedeemAsync(client, (await SendAsync(consent, ("ehr_decision", "allow"))).Parameter("code")!);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Json.ToJsonString());
        return reply;
    }

    /// <summary>Gives a refresh token for the next tokens.</summary>
    public Task<TokenReply> RefreshAsync(TokenReply tokens) =>
        node.PostTokenFormAsync(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = (string)tokens.Json["refresh_token"]! });

    /// <summary>Gives the code of the redirect for tokens.</summary>
    public Task<TokenReply> RedeemAsync(string client, string code, string? verifier = null) => node.PostTokenFormAsync(new Dictionary<string, string>
    {
        ["grant_type"] = "authorization_code",
        ["client_id"] = client,
        ["code"] = code,
        ["redirect_uri"] = Callback,
        ["code_verifier"] = verifier ?? Verifier,
    });

    public void Dispose() => _http.Dispose();
}

/// <summary>A page, or a redirect.</summary>
internal sealed partial record WebPage(int Status, string? Location, string Text, string? Policy)
{
    public static async Task<WebPage> ReadAsync(HttpResponseMessage answer) => new(
        (int)answer.StatusCode, answer.Headers.Location?.OriginalString, await answer.Content.ReadAsStringAsync(),
        answer.Headers.TryGetValues("Content-Security-Policy", out var policy) ? string.Join(' ', policy) : null);

    /// <summary>Where its last form goes.</summary>
    public string Action => WebUtility.HtmlDecode(Actions().Matches(Text)[^1].Groups[1].Value);

    /// <summary>Where its only link goes.</summary>
    public string Link => WebUtility.HtmlDecode(Links().Match(Text).Groups[1].Value);

    /// <summary>Hidden fields of its last form.</summary>
    public IEnumerable<(string Name, string Value)> Fields =>
        Hidden().Matches(Text[Text.LastIndexOf("<form", StringComparison.Ordinal)..]).Select(match => (WebUtility.HtmlDecode(match.Groups[1].Value), WebUtility.HtmlDecode(match.Groups[2].Value)));

    /// <summary>A parameter of the redirect.</summary>
    public string? Parameter(string name) => Location is null ? null : ParameterOf(Location, name);

    /// <summary>A parameter of an address.</summary>
    public static string? ParameterOf(string address, string name) => System.Web.HttpUtility.ParseQueryString(new Uri(address).Query)[name];

    [GeneratedRegex("action=\"([^\"]*)\"")]
    private static partial Regex Actions();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Links();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex Hidden();
}
