using System.Collections.Concurrent;
using EhrLedger.Client.Relaying;

namespace EhrLedger.Client.Transport;

/// <summary>
/// Lets a member rest that did not answer in time: for <see cref="Rest"/> it counts as unavailable without being asked, and then is asked again. A person who would wait for forty answers of a node that hangs waits for the first one only.
/// If it is the home node that hangs, through which all others are asked, all of them rest. What is refused or can't be reached at once costs no time, and needs no rest. Thread-safe.
/// </summary>
/// <param name="route">The way there, through the home node.</param>
/// <param name="home">The home node.</param>
/// <param name="time">Of what has passed.</param>
public sealed class RestingRoute(IRoute route, Uri home, TimeProvider time) : IRoute
{
    /// <summary>How long.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private const string Everybody = "";
    private static readonly TimeSpan LongestSign = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _silent = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var who = request.Target?.Organisation.ToString() ?? request.Node.Authority;
        if (Rests(who) || Rests(Everybody))
        {
            return new Answer<ReadOnlyMemory<byte>>.Unavailable("no answer a moment ago");
        }

        var began = time.GetTimestamp();
        var answer = await route.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (answer is not Answer<ReadOnlyMemory<byte>>.Unavailable)
        {
            Note(who);
        }
        else if (time.GetElapsedTime(began) >= request.Timeout && !HasAnsweredSince(began, who))
        {
            _silent[who] = time.GetTimestamp();
            await LookForHomeAsync(began, cancellationToken).ConfigureAwait(false);
        }

        return answer;
    }

    private async Task LookForHomeAsync(long began, CancellationToken cancellationToken)
    {
        var sign = new NodeCall(home, HttpMethod.Get, RelayMessage.RelayPath, null, null, 4 << 10, LongestSign);
        if (HasAnsweredSince(began, Everybody) || await route.SendAsync(sign, cancellationToken).ConfigureAwait(false) is not Answer<ReadOnlyMemory<byte>>.Unavailable)
        {
            Note(Everybody);
        }
        else
        {
            _silent[Everybody] = time.GetTimestamp();
        }
    }

    private bool Rests(string who) => _silent.TryGetValue(who, out var since) && time.GetElapsedTime(since) < Rest;

    private bool HasAnsweredSince(long began, string who) => _answered.TryGetValue(who, out var last) && last > began;

    private void Note(string who)
    {
        foreach (var one in (string[])[who, Everybody])
        {
            _answered[one] = time.GetTimestamp();
            _silent.TryRemove(one, out _);
        }
    }
}
