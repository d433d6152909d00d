namespace EhrLedger.MerkleLog.Auditing;

/// <summary>Fetches what a log publishes: over HTTP, from a folder, or from a node's own store.</summary>
public interface ITileSource
{
    /// <summary>Fetches one resource.</summary>
    /// <param name="path">Path under the log's prefix, beginning with a slash: <c>/checkpoint</c>, <c>/tile/0/000</c>, <c>/tile/entries/000.p/7</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// The bytes; null if the log does not have it. A source bounds what it reads: nothing is larger than an entry bundle, 16,777,472 bytes.
    /// What cannot be reached at all is an exception of the source's own, and no finding.
    /// </returns>
    ValueTask<byte[]?> FetchAsync(string path, CancellationToken cancellationToken);
}
