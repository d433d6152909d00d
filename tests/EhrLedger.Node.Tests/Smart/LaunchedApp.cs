using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>An application that a user has launched for a patient, and that has a good access token for as long as it asks for one.</summary>
/// <param name="node">Its server.</param>
/// <param name="client">Its id.</param>
/// <param name="tokens">Of the launch, with a refresh token.</param>
internal sealed class LaunchedApp(TestNode node, string client, TokenReply tokens)
{
    // An access token lives for five minutes.
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(3);

    private TokenReply _tokens = tokens;
    private long _since = TimeProvider.System.GetTimestamp();

    /// <summary>A refresh token is good for one refresh, so one caller asks at a time.</summary>
    public async Task<string> FindTokenAsync()
    {
        if (TimeProvider.System.GetElapsedTime(_since) > GoodFor)
        {
            _tokens = await node.PostTokenFormAsync(
                new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = client, ["refresh_token"] = (string)_tokens.Json["refresh_token"]! });
            Assert.That(_tokens.Status, Is.EqualTo(200), _tokens.Json.ToJsonString());
            _since = TimeProvider.System.GetTimestamp();
        }

        return _tokens.Token;
    }
}
