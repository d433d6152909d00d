using System.Collections.Concurrent;
using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Peers;

namespace EhrLedger.Node.Relaying;

/// <summary>
/// Calls a member through another one, which can't read what passes, so that the target does not see who asks. Where two relays in turn do not pass it on, or there is none, it asks straight: docs/decisions/0030.
/// Thread-safe.
/// </summary>
/// <param name="self">Who asks.</param>
/// <param name="members">All who are members now.</param>
/// <param name="direct">The way to each of them.</param>
/// <param name="time">For how long a relay that failed is left alone.</param>
/// <remarks>Source: RFC 9458.</remarks>
internal sealed class RelayedPeers(OrganisationId self, Func<IEnumerable<Member>> members, IPeerTransport direct, TimeProvider time)
{
    private const int MostRelays = 2;
    private const int Overhead = 1024;

    // A relay that hangs must not take the time that the straight way needs.
    private const int ShareOfTime = 4;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly SealingKeys _keys = new();
    private readonly ConcurrentDictionary<OrganisationId, DateTimeOffset> _resting = new();

    /// <summary>Calls a member, as <see cref="IPeerTransport.SendAsync"/> does.</summary>
    public async Task<PeerAnswer> SendAsync(Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
    {
        if (_keys.Find(member) is { } key)
        {
            var request = BinaryHttp.Write(new BinaryRequest(method.Method, path, method == HttpMethod.Get ? "" : "application/cbor", body));
            foreach (var relay in RelaysTo(member.Organisation))
            {
                using var envelope = ObliviousRequest.Seal(key, request);
                var answer = await direct.SendAsync(
                    relay, HttpMethod.Post, $"{RelayMessage.RelayPath}/{member.Organisation}", envelope.Message, limits with { LargestAnswer = limits.LargestAnswer + Overhead, Longest = limits.Longest / ShareOfTime, Retries = 0 }, cancellationToken).ConfigureAwait(false);
                if (answer.Found is { } found && envelope.OpenAnswer(found.Span) is { } opened && BinaryHttp.TryParseAnswer(opened) is { } told)
                {
                    return new PeerAnswer(told.Status, told.Body, null);
                }

                // A target that is away is no fault of the relay; one that does not answer is left alone for a while.
                if (answer.Status != StatusCodes.Status502BadGateway)
                {
                    _resting[relay.Organisation] = time.GetUtcNow() + Rest;
                }
            }
        }

        return await direct.SendAsync(member, method, path, body, limits, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<Member> RelaysTo(OrganisationId target)
    {
        var now = time.GetUtcNow();
        Member[] relays = [.. members().Where(member =>
            member.Organisation != target && member.Organisation != self && !(_resting.TryGetValue(member.Organisation, out var until) && until > now))];
        Random.Shared.Shuffle(relays);
        return relays.Take(MostRelays);
    }
}
