using System.Collections.Immutable;
using System.Text;
using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Checkpoints;

/// <summary>A checkpoint as received: well-formed, and nobody has checked its signatures. <see cref="Checkpoint.Open"/> does.</summary>
public sealed class SignedCheckpoint
{
    private SignedCheckpoint(SignedNote note, CheckpointBody body)
    {
        Note = note;
        Body = body;
    }

    /// <summary>The note with all its signature lines.</summary>
    public SignedNote Note { get; }

    /// <summary>What it claims. Not to be acted on before it is verified.</summary>
    public CheckpointBody Body { get; }

    /// <summary>How many of its lines are as long as an ML-DSA-44 cosignature, checked or not.</summary>
    public int QuantumSafeLines => Note.Signatures.Count(line => line.Bytes.Length == sizeof(ulong) + MlDsa44PublicKey.SignatureLength);

    /// <summary>Reads a checkpoint.</summary>
    /// <returns>Null unless it is a signed note whose text is a checkpoint's, both in their only spelling.</returns>
    public static SignedCheckpoint? Parse(ReadOnlySpan<byte> bytes) =>
        SignedNote.Parse(bytes) is { } note && CheckpointBody.Parse(note.Text) is { } body ? new SignedCheckpoint(note, body) : null;

    /// <summary>Signs a log's checkpoint.</summary>
    /// <param name="body">Consistent with every checkpoint that the log ever signed, and durable: it cannot be taken back.</param>
    /// <param name="signer">The log's signer.</param>
    /// <exception cref="ArgumentException">The signer is another log's.</exception>
    public static SignedCheckpoint Sign(CheckpointBody body, NoteSigner signer)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(signer);
        if (body.Origin.Value != signer.Verifier.Name.Value)
        {
            throw new ArgumentException("A log signs under its origin.", nameof(signer));
        }

        return new SignedCheckpoint(signer.SignNote(body.ToString()), body);
    }

    /// <summary>The same checkpoint with more signature lines: cosignatures that were verified.</summary>
    /// <exception cref="ArgumentException">Too many lines for a note.</exception>
    public SignedCheckpoint With(params IEnumerable<NoteSignature> more) => new(Note.With(more), Body);

    /// <summary>As above, without checking them again when it is opened.</summary>
    /// <exception cref="ArgumentException">Too many lines for a note, or one that was verified under another checkpoint.</exception>
    public SignedCheckpoint With(params IEnumerable<VerifiedSignature> more) => new(Note.With(more), Body);

    /// <summary>Checks what a witness answered to <c>add-checkpoint</c>: signature lines for this checkpoint.</summary>
    /// <param name="answer">The body of the answer, from the network.</param>
    /// <param name="witnesses">Keys whose cosignatures are wanted; lines of other keys are ignored.</param>
    /// <returns>The good cosignatures, to be added with <see cref="With(IEnumerable{VerifiedSignature})"/>. Empty if the body cannot be read, or any line of a known key is wrong.</returns>
    /// <remarks>Source: c2sp.org/tlog-witness: the answer is parsed as the end of a note.</remarks>
    public ImmutableArray<VerifiedSignature> OpenCosignatures(ReadOnlySpan<byte> answer, params IEnumerable<NoteVerifier> witnesses)
    {
        if (answer.Length > SignedNote.MaxBytes)
        {
            return [];
        }

        // An empty line within the answer would make what is before it part of the text.
        SignedNote? joined = SignedNote.Parse([.. Encoding.UTF8.GetBytes(Note.Text), (byte)'\n', .. answer]);
        return joined?.Text == Note.Text ? joined.Open(witnesses) : [];
    }

    /// <summary>The note's bytes.</summary>
    public byte[] Encode() => Note.Encode();
}
