using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Tiles;

namespace EhrLedger.Cli.Nodes;

/// <summary>What a node publishes under /log: docs/http.md. Tries again before it gives up, because an audit may run for hours.</summary>
/// <param name="route">The way there.</param>
/// <param name="node">Base address of the node.</param>
/// <param name="time">For the pauses: 1, 2, 4 and 8 seconds.</param>
internal sealed class PublishedLog(IRoute route, Uri node, TimeProvider time) : ITileSource
{
    private const int Attempts = 5;
    private const int NotFound = 404;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    /// <exception cref="NodeUnavailableException">No answer after five attempts, or one that says nothing about the log.</exception>
    public async ValueTask<byte[]?> FetchAsync(string path, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var call = new NodeCall(node, HttpMethod.Get, "/log" + path, null, null, EntryBundle.MaxLength, Limit);
            switch (await route.SendAsync(call, cancellationToken).ConfigureAwait(false))
            {
                case Answer<ReadOnlyMemory<byte>>.Given(var bytes):
                    return bytes.ToArray();
                case Answer<ReadOnlyMemory<byte>>.Refused(NotFound, _) or Answer<ReadOnlyMemory<byte>>.Untrue:
                    return null;
                case Answer<ReadOnlyMemory<byte>>.Refused(var status, _):
                    throw new NodeUnavailableException($"HTTP {status}");
                case Answer<ReadOnlyMemory<byte>>.Unavailable(var why) when attempt == Attempts:
                    throw new NodeUnavailableException(why);
            }

            await Task.Delay(TimeSpan.FromSeconds(1 << (attempt - 1)), time, cancellationToken).ConfigureAwait(false);
        }
    }
}
