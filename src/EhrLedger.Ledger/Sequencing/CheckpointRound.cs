using System.Collections.Concurrent;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>One checkpoint that the sequencer has signed, and the cosignatures that have come in for it.</summary>
/// <param name="number">Counts the rounds of this process.</param>
/// <param name="signedCheckpoint">Signed by the log.</param>
internal sealed class CheckpointRound(long number, SignedCheckpoint signedCheckpoint)
{
    /// <summary>A note has at most 512 KiB and 128 lines: of very large consortia not everybody's ML-DSA-44 line is kept.</summary>
    private const int MostQuantumSafe = 32;

    private readonly ConcurrentDictionary<NoteVerifier, VerifiedSignature> _cosignatures = new();

    public long Number => number;

    public SignedCheckpoint Checkpoint => signedCheckpoint;

    public ulong Size => signedCheckpoint.Body.Size;

    /// <summary>Keeps a good cosignature; a bad one is not worth more than none.</summary>
    /// <returns>The checkpoint with all cosignatures so far. Null if this one is not good.</returns>
    public SignedCheckpoint? Add(NoteVerifier witness, NoteSignature line)
    {
        if (witness.Type == NoteSignatureType.MlDsa44Cosignature && _cosignatures.Keys.Count(key => key.Type == witness.Type) >= MostQuantumSafe)
        {
            return null;
        }

        if (line.Name != witness.Name || line.KeyId != witness.KeyId || signedCheckpoint.With(line).Note.Open(witness) is not [var good])
        {
            return null;
        }

        _cosignatures[witness] = good;
        return signedCheckpoint.With(_cosignatures.Values);
    }
}
