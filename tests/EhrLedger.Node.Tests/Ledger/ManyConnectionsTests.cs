using System.Net;
using System.Net.Sockets;
using System.Text;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>More connections than a node takes, and senders that never come to an end: limited, answered or dropped, and the node goes on.</summary>
[NonParallelizable]
public sealed class ManyConnectionsTests
{
    private const int Many = 2_100;

    private TestConsortium _consortium = null!;
    private string _token = "";

    private TestNode Node => _consortium.Sequencer;

    private IPEndPoint Address => new(IPAddress.Loopback, new Uri(Node.Endpoint).Port);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _token = await Node.FindTokenAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    [CancelAfter(120_000)]
    public async Task Two_thousand_that_never_finish_their_headers_are_dropped(CancellationToken cancellationToken)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < Many; i++)
            {
                sockets.Add(await ConnectAsync("GET /fhir/metadata HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", cancellationToken));
            }

            // Nobody keeps a place for long by sending nothing: each of them ends, with 408 or without a word.
            var answers = await Task.WhenAll(sockets.Select(socket => ReadToEndAsync(socket, cancellationToken)));
            Assert.That(answers.Where(answer => answer.Length > 0), Is.All.StartsWith("HTTP/1.1 408"));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await GoesOnAsync();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Two_thousand_at_once_are_answered_or_dropped(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(async _ =>
        {
            using var socket = await ConnectAsync("GET /fhir/Patient/none HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", cancellationToken);
            return await ReadToEndAsync(socket, cancellationToken);
        }));
        Assert.That(answers.Where(answer => answer.Length > 0), Is.All.StartsWith("HTTP/1.1 404").And.All.Contains("OperationOutcome"));
        Assert.That(answers.Count(answer => answer.Length > 0), Is.GreaterThan(Many / 2));
        await GoesOnAsync();
    }

    [TestCase("POST /fhir/Patient HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n{\"resourceType\":")]
    [TestCase("POST /fhir/Patient HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/fhir+xml\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Pati")]
    [TestCase("POST /fhir/Patient/_search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nfamily=")]
    [CancelAfter(60_000)]
    public async Task A_body_that_never_comes_to_its_end_is_dropped(string request, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(request, cancellationToken);
        var answer = await ReadToEndAsync(socket, cancellationToken);
        Assert.That(answer, Is.Empty.Or.StartsWith("HTTP/1.1 408"));
        await GoesOnAsync();
    }

    private async Task<Socket> ConnectAsync(string text, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Address, cancellationToken);
            await socket.SendAsync(Encoding.ASCII.GetBytes(text.Replace("Host: 127.0.0.1\r\n", $"Host: 127.0.0.1\r\nAuthorization: Bearer {_token}\r\n", StringComparison.Ordinal)), cancellationToken);
        }
        catch (SocketException)
        {
            // Dropped already.
        }

        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) is > 0 and var read)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // Dropped.
        }

        return text.ToString();
    }

    private async Task GoesOnAsync()
    {
        await Eventually.BecomesTrueAsync("the node answers", async () => await Node.FindHealthAsync() is not null);
        Assert.That(Node.Process.HasExited, Is.False);
        Assert.That((await Node.CreateAsync(Resources.Patient("After"))).Status, Is.EqualTo(201));
    }
}
