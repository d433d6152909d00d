using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Checkpoints;

/// <summary>A checkpoint that its log has signed, with the cosignatures that were verified along with it. <see cref="Open"/> is the only way in.</summary>
public sealed class Checkpoint
{
    private Checkpoint(SignedCheckpoint received, ImmutableArray<VerifiedSignature> cosignatures)
    {
        Received = received;
        Cosignatures = cosignatures;
    }

    /// <summary>The log.</summary>
    public LogOrigin Origin => Received.Body.Origin;

    /// <summary>Number of leaves.</summary>
    public ulong Size => Received.Body.Size;

    /// <summary>RFC 6962 root at that size.</summary>
    public Digest Root => Received.Body.Root;

    /// <summary>The checkpoint as received, with unknown signatures too.</summary>
    public SignedCheckpoint Received { get; }

    /// <summary>Verified cosignatures of the witnesses that were asked about, one per key; perhaps none.</summary>
    public ImmutableArray<VerifiedSignature> Cosignatures { get; }

    /// <summary>Checks a checkpoint's signatures.</summary>
    /// <param name="received">From anywhere.</param>
    /// <param name="logKeys">Keys of trusted logs; only those named like the checkpoint's origin count.</param>
    /// <param name="witnesses">Cosigners whose signatures are wanted.</param>
    /// <returns>Null if no key of the log signed it, or if any line of a known key is wrong. Never throws on hostile input.</returns>
    public static Checkpoint? Open(SignedCheckpoint received, IEnumerable<NoteVerifier> logKeys, IEnumerable<NoteVerifier> witnesses)
    {
        ArgumentNullException.ThrowIfNull(received);
        HashSet<NoteVerifier> ofLog = [.. logKeys.Where(key => key.Name.Value == received.Body.Origin.Value)];
        HashSet<NoteVerifier> ofWitnesses = [.. witnesses];
        ImmutableArray<VerifiedSignature> verified = received.Note.Open(ofLog.Union(ofWitnesses));
        return verified.Any(signature => ofLog.Contains(signature.Key))
            ? new Checkpoint(received, [.. verified.Where(signature => ofWitnesses.Contains(signature.Key))])
            : null;
    }
}
