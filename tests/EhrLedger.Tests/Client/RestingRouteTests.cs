using EhrLedger.Client.Transport;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class RestingRouteTests
{
    private static readonly Answer<ReadOnlyMemory<byte>> Given = new Answer<ReadOnlyMemory<byte>>.Given(new byte[] { 1 });
    private static readonly Answer<ReadOnlyMemory<byte>> Nothing = new Answer<ReadOnlyMemory<byte>>.Unavailable("no answer in time");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly Clock _clock = new();
    private readonly List<string> _asked = [];
    private Func<NodeCall, Task<Answer<ReadOnlyMemory<byte>>>> _answer = null!;
    private RestingRoute _route = null!;

    [SetUp]
    public void SetUp()
    {
        _asked.Clear();
        _route = new RestingRoute(new Way(call => { _asked.Add(call.Node.Host); return _answer(call); }), new Uri("http://home"), _clock);
    }

    [Test]
    public async Task Who_did_not_answer_in_time_is_not_asked_for_a_while_and_then_again()
    {
        _answer = HangsAt("a");
        Assert.That(await AskAsync("a"), Is.SameAs(Nothing));
        Assert.That(await AskAsync("a"), Is.InstanceOf<Answer<ReadOnlyMemory<byte>>.Unavailable>());
        Assert.That(_asked, Is.EqualTo(new[] { "a", "home" }));
        _clock.Pass(RestingRoute.Rest);
        _answer = _ => Task.FromResult(Given);
        Assert.That(await AskAsync("a"), Is.SameAs(Given));
        Assert.That(await AskAsync("a"), Is.SameAs(Given));
    }

    [Test]
    public async Task Others_are_asked_meanwhile()
    {
        _answer = HangsAt("a");
        await AskAsync("a");
        Assert.That(await AskAsync("b"), Is.SameAs(Given));
    }

    [Test]
    public async Task Where_the_home_node_hangs_nobody_is_asked_for_a_while()
    {
        _answer = HangsAt("a", "home");
        await AskAsync("a");
        Assert.That(await AskAsync("b"), Is.InstanceOf<Answer<ReadOnlyMemory<byte>>.Unavailable>());
        Assert.That(_asked, Is.EqualTo(new[] { "a", "home" }));
        _clock.Pass(RestingRoute.Rest);
        Assert.That(await AskAsync("b"), Is.SameAs(Given));
    }

    [Test]
    public async Task Who_can_t_be_reached_at_once_is_asked_each_time()
    {
        _answer = _ => Task.FromResult(Nothing);
        await AskAsync("a");
        await AskAsync("a");
        Assert.That(_asked, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Who_answered_something_else_meanwhile_is_slow_and_not_silent()
    {
        var slow = new TaskCompletionSource<Answer<ReadOnlyMemory<byte>>>();
        _answer = _ => slow.Task;
        var first = AskAsync("a");
        _clock.Pass(Timeout / 2);
        _answer = _ => Task.FromResult(Given);
        await AskAsync("a");
        _clock.Pass(Timeout / 2);
        slow.SetResult(Nothing);
        await first;
        Assert.That(await AskAsync("a"), Is.SameAs(Given));
    }

    private Func<NodeCall, Task<Answer<ReadOnlyMemory<byte>>>> HangsAt(params string[] hosts) => call =>
    {
        var hangs = hosts.Contains(call.Node.Host);
        _clock.Pass(hangs ? call.Timeout : TimeSpan.FromTicks(1));
        return Task.FromResult(hangs ? Nothing : Given);
    };

    private Task<Answer<ReadOnlyMemory<byte>>> AskAsync(string host) => _route.SendAsync(new NodeCall(new Uri($"http://{host}"), HttpMethod.Get, "/", null, null, 1, Timeout), default);

    private sealed class Way(Func<NodeCall, Task<Answer<ReadOnlyMemory<byte>>>> answer) : IRoute
    {
        public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken) => answer(request);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan span) => _now += span.Ticks;
    }
}
