using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Relaying;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Relaying;

/// <summary>Whom a reader's node calls, when it asks a member what that one must not know the asker of.</summary>
public sealed class RelayedPeersTests
{
    private Network _network = null!;

    private Member Target => _network.Members[1];

    [SetUp]
    public void Meet() => _network = new Network(4);

    [Test]
    public async Task The_target_is_asked_by_another_member_and_never_by_this_one()
    {
        for (var i = 0; i < 30; i++)
        {
            var answer = await _network.AskAsync(Target);
            Assert.That((answer.Status, answer.Body.ToArray()), Is.EqualTo((200, "GET /records"u8.ToArray())));
        }

        Assert.That(_network.Called.Select(call => call.Member).Distinct(), Is.EquivalentTo((string[])["2", "3"]), "the other two, in turns");
        Assert.That(_network.Called.Select(call => call.Path).Distinct(), Is.EqualTo((string[])[$"/relay/{Target.Organisation}"]));
    }

    [Test]
    public async Task A_relay_that_does_not_answer_is_left_alone_and_another_one_asked()
    {
        _network.Silent.Add("2");
        for (var i = 0; i < 30; i++)
        {
            Assert.That((await _network.AskAsync(Target)).Status, Is.EqualTo(200));
        }

        Assert.That(_network.Called.Count(call => call.Member == "2"), Is.EqualTo(1));
        Assert.That(_network.Called.Any(call => call.Member == "1"), Is.False);
    }

    [Test]
    public async Task Where_no_relay_passes_it_on_the_target_is_asked_straight()
    {
        _network.Silent.UnionWith(["2", "3"]);

        Assert.That((await _network.AskAsync(Target)).Status, Is.EqualTo(200));
        Assert.That(_network.Called[^1], Is.EqualTo(("1", "/records")));
    }

    [Test]
    public async Task Two_relays_that_hang_take_half_of_the_time_that_the_straight_way_has()
    {
        _network.Silent.UnionWith(["2", "3"]);
        await _network.AskAsync(Target);

        Assert.That(_network.Times.Take(2).Aggregate((one, other) => one + other), Is.EqualTo(PeerLimits.Small.Longest / 2));
        Assert.That(_network.Times[^1], Is.EqualTo(PeerLimits.Small.Longest));
    }

    [Test]
    public async Task What_a_relay_answers_in_the_targets_place_is_not_believed()
    {
        _network.Lying.UnionWith(["2", "3"]);

        var answer = await _network.AskAsync(Target);

        Assert.That(answer.Body.ToArray(), Is.EqualTo("GET /records"u8.ToArray()));
        Assert.That(_network.Called[^1], Is.EqualTo(("1", "/records")));
    }

    [Test]
    public async Task Of_two_members_the_other_one_is_asked_straight()
    {
        var two = new Network(2);

        Assert.That((await two.AskAsync(two.Members[1])).Status, Is.EqualTo(200));
        Assert.That(two.Called, Is.EqualTo((List<(string, string)>)[("1", "/records")]));
    }

    /// <summary>Members that do what members do, and what they were called with.</summary>
    private sealed class Network : IPeerTransport
    {
        private readonly List<(Member Member, XWingPrivateKey Key)> _all;
        private readonly RelayedPeers _peers;

        public Network(int count)
        {
            _all = [.. Enumerable.Range(0, count).Select(i =>
            {
                var (signing, sealing) = (Ed25519PrivateKey.Generate().Public, XWingPrivateKey.Generate());
                return (new Member(new OrganisationId(signing), signing, $"{i}", "hospital", $"http://{i}.test", sealing.Public.ToArray(), null), sealing);
            })];
            _peers = new RelayedPeers(Members[0].Organisation, () => Members, this, TimeProvider.System);
        }

        public IReadOnlyList<Member> Members => [.. _all.Select(one => one.Member)];

        public List<(string Member, string Path)> Called { get; } = [];

        public List<TimeSpan> Times { get; } = [];

        public HashSet<string> Silent { get; } = [];

        public HashSet<string> Lying { get; } = [];

        public Task<PeerAnswer> AskAsync(Member member) => _peers.SendAsync(member, HttpMethod.Get, "/records", default, PeerLimits.Small, CancellationToken.None);

        public Task<PeerAnswer> SendAsync(Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
        {
            Called.Add((member.Name, path));
            Times.Add(limits.Longest);
            if (Silent.Contains(member.Name))
            {
                return Task.FromResult(PeerAnswer.None(PeerFailure.Unreachable));
            }

            if (!path.StartsWith("/relay/", StringComparison.Ordinal))
            {
                return Task.FromResult(new PeerAnswer(200, "GET /records"u8.ToArray(), null));
            }

            var target = _all.Single(one => path.EndsWith(one.Member.Organisation.ToString(), StringComparison.Ordinal));
            using var exchange = ObliviousExchange.Open(target.Key, body.Span)!;
            var asked = BinaryHttp.TryParseRequest(exchange.Request)!;
            var answer = exchange.SealAnswer(BinaryHttp.Write(new BinaryAnswer(200, "", System.Text.Encoding.ASCII.GetBytes($"{asked.Method} {asked.Path}"))));
            return Task.FromResult(new PeerAnswer(200, Lying.Contains(member.Name) ? new byte[answer.Length] : answer, null));
        }
    }
}
