using EhrLedger.Ledger.Membership;

namespace EhrLedger.Node.Peers;

/// <summary>The one way in which this node calls another member's: over HTTP. <see cref="Relaying.RelayedPeers"/> goes through it with what the other one must not know the caller of.</summary>
internal interface IPeerTransport
{
    /// <summary>Calls a member.</summary>
    /// <param name="member">Whose node.</param>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">Path and query, beginning with a slash.</param>
    /// <param name="body">CBOR; empty for GET.</param>
    /// <param name="limits">What is borne of the other side.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whatever came; never an exception but for the cancellation.</returns>
    Task<PeerAnswer> SendAsync(Member member, HttpMethod method, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken);
}

/// <summary>What is borne of another member's node.</summary>
/// <param name="LargestAnswer">Bytes; a longer answer is not read to its end.</param>
/// <param name="Longest">Time for the whole call, the answer's last byte included.</param>
/// <param name="Retries">How often a call that failed is made again. 0 for a call that must not be made twice, or whose caller repeats it itself.</param>
internal readonly record struct PeerLimits(int LargestAnswer, TimeSpan Longest, int Retries)
{
    /// <summary>For small answers that may be asked for again: 64 KiB in 5 s, two retries.</summary>
    public static readonly PeerLimits Small = new(64 << 10, TimeSpan.FromSeconds(5), 2);

    /// <summary>For bundles of entries and lists of records: 17 MiB in 30 s, two retries.</summary>
    public static readonly PeerLimits Large = new(17 << 20, TimeSpan.FromSeconds(30), 2);

    /// <summary>For patrols, which come again by themselves: 17 MiB in 10 s. A member that was just away is asked all the same.</summary>
    public static readonly PeerLimits Patrol = new(17 << 20, TimeSpan.FromSeconds(10), 0);
}

/// <summary>What came of a call.</summary>
/// <param name="Status">HTTP status; 0 where there was no usable answer.</param>
/// <param name="Body">The answer's bytes; empty where there was none.</param>
/// <param name="Failure">Why there was none; null where there was.</param>
internal sealed record PeerAnswer(int Status, ReadOnlyMemory<byte> Body, PeerFailure? Failure)
{
    /// <summary>The body of a 200. Null for anything else.</summary>
    public ReadOnlyMemory<byte>? Found => Status == StatusCodes.Status200OK ? Body : (ReadOnlyMemory<byte>?)null;

    /// <summary>A call without an answer.</summary>
    public static PeerAnswer None(PeerFailure failure) => new(0, ReadOnlyMemory<byte>.Empty, failure);
}

/// <summary>Why a call had no usable answer.</summary>
internal enum PeerFailure
{
    /// <summary>No connection, or a broken one.</summary>
    Unreachable = 1,

    /// <summary>Silence, or a trickle.</summary>
    TooSlow = 2,

    /// <summary>More bytes than any honest answer has.</summary>
    TooLarge = 3,

    /// <summary>It failed so often that it is left alone for a while.</summary>
    Resting = 4,
}
