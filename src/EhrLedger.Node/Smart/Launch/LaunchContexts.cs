using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>What an application is launched for, as the launching system said.</summary>
/// <param name="Patient">Id of a patient of this node; whether there is one is asked in the name of the user who launches.</param>
/// <param name="Encounter">Id of an encounter of that patient; null for none.</param>
internal sealed record LaunchContext(string Patient, string? Encounter);

/// <summary>Launches that have been announced and not been used: each is good once, for five minutes, and for one client. In memory: a restart ends them.</summary>
/// <remarks>Source: SMART App Launch 2.2, "Launch app: EHR launch".</remarks>
internal sealed class LaunchContexts(TimeProvider time)
{
    /// <summary>For which a launch is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private const int Most = 10_000;
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>Keeps a context for one client.</summary>
    /// <returns>The value of the parameter launch: 32 random bytes. Null while too many are waiting.</returns>
    public string? Add(string clientId, LaunchContext context)
    {
        var now = time.GetUtcNow();
        if (_kept.Count >= Most)
        {
            foreach (var old in _kept.Where(pair => pair.Value.Ends <= now))
            {
                _kept.TryRemove(old);
            }

            if (_kept.Count >= Most)
            {
                return null;
            }
        }

        var launch = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        _kept[launch] = new Kept(clientId, context, now + Lifetime);
        return launch;
    }

    /// <summary>The context, which stays good. Null for a launch that is unknown, used, too old, or another client's.</summary>
    public LaunchContext? Find(string launch, string clientId) => FindKept(launch, clientId)?.Context;

    /// <summary>Uses a launch up. False where it is not good (any more).</summary>
    public bool TryUse(string launch, string clientId) => FindKept(launch, clientId) is { } kept && _kept.TryRemove(KeyValuePair.Create(launch, kept));

    private Kept? FindKept(string launch, string clientId) => _kept.TryGetValue(launch, out var kept) && kept.ClientId == clientId && kept.Ends > time.GetUtcNow() ? kept : null;

    private sealed record Kept(string ClientId, LaunchContext Context, DateTimeOffset Ends);
}
