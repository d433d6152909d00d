using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>The body of <c>POST add-checkpoint</c>: a checkpoint, and the proof that it continues the witness's newest one.</summary>
/// <remarks>
/// Lines: <c>old</c> and the older size; at most 63 hashes in base64; an empty line; the checkpoint. Source: c2sp.org/tlog-witness, "add-checkpoint".
/// </remarks>
public sealed class AddCheckpointRequest
{
    /// <summary>Most proof lines: 63.</summary>
    public const int MaxProofLines = 63;

    /// <summary>Longest body that is read. A host should not read more from its socket either.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + (4 * 1024);

    private const string OldPrefix = "old ";

    /// <summary>Puts a request together.</summary>
    /// <param name="oldSize">Size of the witness's newest checkpoint, 0 if it has none.</param>
    /// <param name="proof">Consistency proof from that size; at most 63 hashes, none if the older size is 0.</param>
    /// <param name="checkpoint">Signed by its log.</param>
    public AddCheckpointRequest(ulong oldSize, ImmutableArray<Digest> proof, SignedCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, Frontier.MaxSize);
        if (proof.IsDefault || proof.Length > MaxProofLines)
        {
            throw new ArgumentException($"A proof has at most {MaxProofLines} hashes.", nameof(proof));
        }

        OldSize = oldSize;
        Proof = proof;
        Checkpoint = checkpoint;
    }

    /// <summary>The size that the proof starts from.</summary>
    public ulong OldSize { get; }

    /// <summary>The hashes of the consistency proof.</summary>
    public ImmutableArray<Digest> Proof { get; }

    /// <summary>The checkpoint, unchecked.</summary>
    public SignedCheckpoint Checkpoint { get; }

    /// <summary>Reads a body.</summary>
    /// <returns>Null unless these are exactly the bytes that <see cref="Encode"/> gives for some request within the limits.</returns>
    public static AddCheckpointRequest? Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes)
        {
            return null;
        }

        // The proof has no empty line: the first one in the body ends it. What is before it is small, or it is no proof.
        int end = body.IndexOf("\n\n"u8);
        if (end < 0 || !Utf8.IsValid(body[..end]))
        {
            return null;
        }

        string[] lines = Encoding.UTF8.GetString(body[..end]).Split('\n', MaxProofLines + 2);
        return lines.Length <= MaxProofLines + 1
            && lines[0].StartsWith(OldPrefix, StringComparison.Ordinal)
            && StrictText.TryDecimal(lines[0].AsSpan(OldPrefix.Length), out ulong oldSize)
            && StrictText.ReadHashes(lines.AsSpan(1)) is { } proof
            && SignedCheckpoint.Parse(body[(end + 2)..]) is { } checkpoint
                ? new AddCheckpointRequest(oldSize, proof, checkpoint)
                : null;
    }

    /// <summary>The body's bytes.</summary>
    public byte[] Encode()
    {
        var head = new StringBuilder(OldPrefix).Append(StrictText.Decimal(OldSize)).Append('\n');
        foreach (Digest hash in Proof)
        {
            head.Append(StrictText.ToBase64(hash)).Append('\n');
        }

        return [.. Encoding.UTF8.GetBytes(head.Append('\n').ToString()), .. Checkpoint.Encode()];
    }
}
