using System.Security.Cryptography;
using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Transport;

/// <summary>
/// Everything by way of one node, the host's own: what other members are asked is sealed to them, so that it can't read what passes and they do not see who asks. What itself is asked about a subject goes out through another
/// member and comes back, sealed twice; directly, where there is no other member, and what it has of its own patients, whose subjects it knows together. A relay's refusal is nobody's word.
/// </summary>
/// <param name="direct">The way to the own node.</param>
/// <param name="home">Its address as this host reaches it, which need not be the one on the ledger.</param>
/// <param name="homeOrganisation">Whose node it is.</param>
/// <param name="genesis">Whose members are the relays.</param>
/// <remarks>Source: RFC 9458 (the exchange), RFC 9292 (what is in it).</remarks>
public sealed class RelayedRoute(IRoute direct, Uri home, OrganisationId homeOrganisation, Genesis genesis) : IRoute
{
    private const int Overhead = 4 * 1024;

    private readonly Member? _home = genesis.Members.FirstOrDefault(member => member.Organisation == homeOrganisation);
    private readonly IReadOnlyList<Member> _others = [.. genesis.Members.Where(member => member.Organisation != homeOrganisation)];
    private readonly SealingKeys _keys = new();

    /// <inheritdoc/>
    public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Target is null ? direct.SendAsync(request, cancellationToken)
            : request.Target.Organisation != homeOrganisation ? SendAsync(request, [request.Target], cancellationToken)
            : request.About is null || request.IsAboutOwnPatient || _others.Count == 0 || _home is null ? direct.SendAsync(request with { Node = home }, cancellationToken)
            : SendAsync(request, [_others[RandomNumberGenerator.GetInt32(_others.Count)], request.Target], cancellationToken);
    }

    /// <param name="call">What the last of them is asked.</param>
    /// <param name="hops">Who opens one envelope each, in this order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall call, IReadOnlyList<Member> hops, CancellationToken cancellationToken)
    {
        var envelopes = new Stack<ObliviousRequest>();
        try
        {
            var inner = new BinaryRequest(call.Method.Method, call.Path, call.Body is null ? "" : call.ContentType, call.Body ?? default);
            foreach (var hop in hops.Reverse())
            {
                if (_keys.Find(hop) is not { } key)
                {
                    return new Answer<ReadOnlyMemory<byte>>.Untrue("its sealing key on the ledger is none");
                }

                var envelope = ObliviousRequest.Seal(key, BinaryHttp.Write(inner));
                envelopes.Push(envelope);
                inner = new BinaryRequest(HttpMethod.Post.Method, PathTo(hop), RelayMessage.RequestType, envelope.Message);
            }

            var outer = new NodeCall(home, HttpMethod.Post, inner.Path, null, inner.Body, checked(call.MostBytes + Overhead), call.Timeout) { ContentType = inner.ContentType };
            var answer = await direct.SendAsync(outer, cancellationToken).ConfigureAwait(false);
            while (envelopes.TryPop(out var envelope))
            {
                using (envelope)
                {
                    if (!answer.TryGet(out var body))
                    {
                        return answer is Answer<ReadOnlyMemory<byte>>.Unavailable ? answer : new Answer<ReadOnlyMemory<byte>>.Unavailable("the relay does not pass it on");
                    }

                    if (envelope.OpenAnswer(body.Span) is not { } opened || BinaryHttp.TryParseAnswer(opened) is not { } told)
                    {
                        return new Answer<ReadOnlyMemory<byte>>.Unavailable("what came through the relay does not open");
                    }

                    answer = DirectRoute.AnswerOf(told.Status, told.Body, envelopes.Count > 0 ? int.MaxValue : call.MostBytes);
                }
            }

            return answer;
        }
        finally
        {
            foreach (var left in envelopes)
            {
                left.Dispose();
            }
        }
    }

    private static string PathTo(Member member) => $"{RelayMessage.RelayPath}/{member.Organisation}";
}
