using System.Net;
using System.Net.Sockets;
using System.Text;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>Whoever takes every connection on one side of a node leaves the other side its own.</summary>
[NonParallelizable]
public sealed class ConnectionLimitTests
{
    // More than both sides have together.
    private const int Many = 4_200;

    private TestConsortium _consortium = null!;
    private Uri _outside = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        await Node.StopAsync();
        _outside = new Uri($"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}");
        await Node.StartAsync(more: ["--peer-urls", _outside.ToString(), "--endpoint", Node.Endpoint]);
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    [CancelAfter(120_000)]
    public async Task Applications_that_take_every_connection_leave_peers_theirs(CancellationToken cancellationToken) =>
        await Assert_that_one_side_leaves_the_other_its_own(new Uri(Node.Endpoint), new Uri(_outside, "/ledger/genesis"), cancellationToken);

    [Test]
    [CancelAfter(120_000)]
    public async Task Peers_that_take_every_connection_leave_applications_theirs(CancellationToken cancellationToken) =>
        await Assert_that_one_side_leaves_the_other_its_own(_outside, new Uri($"{Node.Endpoint}/fhir/metadata"), cancellationToken);

    private static async Task Assert_that_one_side_leaves_the_other_its_own(Uri taken, Uri left, CancellationToken cancellationToken)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < Many; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);

                // Headers that do not end, so that the place is kept.
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, taken.Port, cancellationToken);
                    await socket.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "), cancellationToken);
                }
                catch (SocketException)
                {
                    // Dropped already.
                }
            }

            using var other = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
            using var answer = await other.GetAsync(left, cancellationToken);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(sockets.Count(IsDropped), Is.GreaterThanOrEqualTo(Many - 2_000), "beyond its number each side is refused");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static bool IsDropped(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Receive(new byte[1], SocketFlags.Peek) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
