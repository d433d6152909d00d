using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Transport;

/// <summary>One request to one node.</summary>
/// <param name="Node">Base address.</param>
/// <param name="Method">GET, POST or PUT.</param>
/// <param name="Path">Under the base address, beginning with a slash; with its query.</param>
/// <param name="About">The one subject that the request names, or lets the node guess. Null where there is none.</param>
/// <param name="Body">Null for none.</param>
/// <param name="MostBytes">A longer answer is refused while it is being read.</param>
/// <param name="Timeout">For the whole call, the body of the answer included.</param>
public sealed record NodeCall(Uri Node, HttpMethod Method, string Path, Topic? About, ReadOnlyMemory<byte>? Body, int MostBytes, TimeSpan Timeout)
{
    /// <summary>The media type of a body that is sent: docs/http.md.</summary>
    public string ContentType { get; init; } = "application/cbor";

    /// <summary>Whether the subject is one that the target seals for: it knows whose it is, and which others are the same patient's.</summary>
    public bool IsAboutOwnPatient { get; init; }

    /// <summary>Whose node it is: what a relay is told, and what it can't read is sealed to. Null where only the address is known.</summary>
    public Member? Target { get; init; }
}

/// <summary>
/// The way from here to the nodes: the one seam through which every call goes. A relay, which hides who asks, is another implementation. Whatever the way, no connection and no
/// request may name two subjects.
/// </summary>
public interface IRoute
{
    /// <summary>Sends a request and reads the answer's body.</summary>
    /// <returns>Bytes of an answer with a status of 200 to 299, unchecked.</returns>
    Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken);
}
