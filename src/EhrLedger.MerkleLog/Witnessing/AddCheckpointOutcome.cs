using System.Collections.Immutable;
using System.Text;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>How a witness answers <c>add-checkpoint</c>.</summary>
/// <remarks>Source: c2sp.org/tlog-witness, "add-checkpoint".</remarks>
public abstract record AddCheckpointOutcome
{
    private AddCheckpointOutcome(int statusCode, string contentType = "text/plain; charset=utf-8")
    {
        StatusCode = statusCode;
        ContentType = contentType;
    }

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; }

    /// <summary>The media type of the body.</summary>
    public string ContentType { get; }

    /// <summary>The body's bytes; empty but for a cosignature and a conflict.</summary>
    public virtual byte[] Body => [];

    /// <summary>Checked, stored, cosigned.</summary>
    /// <param name="Signatures">The witness's signature lines, Ed25519 first.</param>
    public sealed record Cosigned(ImmutableArray<NoteSignature> Signatures) : AddCheckpointOutcome(200)
    {
        /// <summary>The signature lines.</summary>
        public override byte[] Body => Encoding.UTF8.GetBytes(string.Concat(Signatures.Select(signature => signature + "\n")));
    }

    /// <summary>The body cannot be read, or names an older size beyond the checkpoint's.</summary>
    public sealed record Malformed() : AddCheckpointOutcome(400);

    /// <summary>No trusted key of the log has signed the checkpoint, or one of them is said to have and has not.</summary>
    public sealed record NotSignedByLog() : AddCheckpointOutcome(403);

    /// <summary>The witness does not know this log.</summary>
    public sealed record UnknownLog() : AddCheckpointOutcome(404);

    /// <summary>The older size is not that of the newest tree cosigned.</summary>
    /// <param name="LatestSize">The size to prove from; 0 if there is none.</param>
    public sealed record Conflict(ulong LatestSize) : AddCheckpointOutcome(409, "text/x.tlog.size")
    {
        /// <summary>The size in decimal, and a newline.</summary>
        public override byte[] Body => Encoding.UTF8.GetBytes($"{StrictText.Decimal(LatestSize)}\n");

        /// <summary>Reads the body of a witness's 409, on the log's side.</summary>
        /// <returns>Null unless it is one size in decimal, without leading zeros, and a newline.</returns>
        public static Conflict? Parse(ReadOnlySpan<byte> body) =>
            body.Length is > 1 and < 32 && body[^1] == '\n' && StrictText.TryDecimal(Encoding.Latin1.GetString(body[..^1]), out ulong size)
                ? new Conflict(size)
                : null;
    }

    /// <summary>Signed by the log, and it does not continue what was cosigned: the log forked, or the proof is wrong. Worth an alarm.</summary>
    public sealed record Inconsistent() : AddCheckpointOutcome(422);

    /// <summary>Consistent, but the host's own check did not endorse it (not re-executed yet, or found wrong).</summary>
    public sealed record NotEndorsed() : AddCheckpointOutcome(422);
}
