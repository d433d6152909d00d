using System.Text.Json;
using Microsoft.Playwright;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>What a phone asks for its owner's finger: a virtual authenticator of Chromium's, built in, with WebAuthn's prf extension.</summary>
internal sealed class Finger
{
    private readonly ICDPSession _session;
    private readonly string _authenticator;

    private Finger(ICDPSession session, string authenticator) => (_session, _authenticator) = (session, authenticator);

    /// <summary>Builds one into the page's phone. Its owner is there until <see cref="LiftAsync"/>.</summary>
    /// <param name="page">The phone's.</param>
    /// <param name="hasPrf">Whether its passkeys give keys.</param>
    public static async Task<Finger> OfAsync(IPage page, bool hasPrf = true)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        var added = await session.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["ctap2Version"] = "ctap2_1",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["hasPrf"] = hasPrf,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return new Finger(session, added!.Value.GetProperty("authenticatorId").GetString()!);
    }

    /// <summary>From now on it is not the owner's.</summary>
    public Task LiftAsync() => SetAsync(false);

    /// <summary>It is the owner's again.</summary>
    public Task PutAsync() => SetAsync(true);

    /// <summary>The passkeys that it holds: for whom, and their names.</summary>
    public async Task<IReadOnlyList<(string Host, string Name)>> ReadPasskeysAsync()
    {
        var all = await _session.SendAsync("WebAuthn.getCredentials", new Dictionary<string, object> { ["authenticatorId"] = _authenticator });
        return [.. all!.Value.GetProperty("credentials").EnumerateArray().Select(one => (one.GetProperty("rpId").GetString()!, Text(one, "userName")))];
    }

    /// <summary>Takes it out again.</summary>
    public Task RemoveAsync() => _session.SendAsync("WebAuthn.removeVirtualAuthenticator", new Dictionary<string, object> { ["authenticatorId"] = _authenticator });

    private static string Text(JsonElement item, string name) => item.TryGetProperty(name, out var text) ? text.GetString()! : "";

    private Task<JsonElement?> SetAsync(bool verified) => _session.SendAsync("WebAuthn.setUserVerified", new Dictionary<string, object> { ["authenticatorId"] = _authenticator, ["isUserVerified"] = verified });
}
