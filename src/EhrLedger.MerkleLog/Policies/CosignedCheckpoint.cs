using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>A checkpoint that its log signed and that satisfies a policy's quorum. <see cref="WitnessPolicy.Open"/> is the only way in.</summary>
public sealed class CosignedCheckpoint
{
    private CosignedCheckpoint(Checkpoint checkpoint, DateTimeOffset? quorumSince)
    {
        Checkpoint = checkpoint;
        CosignedAt = quorumSince;
    }

    /// <summary>The verified checkpoint.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>
    /// The latest time at or after which a whole quorum says that it cosigned: how fresh the checkpoint is. A few liars cannot make it later than the
    /// honest members of every quorum say. Null under a policy that asks for no witness.
    /// </summary>
    public DateTimeOffset? CosignedAt { get; }

    internal static CosignedCheckpoint? Check(Checkpoint checkpoint, WitnessPolicy policy)
    {
        if (policy.AsksForNoWitness)
        {
            return new CosignedCheckpoint(checkpoint, quorumSince: null);
        }

        var latest = new List<NoteVerifier>();
        foreach (VerifiedSignature cosignature in checkpoint.Cosignatures.OrderByDescending(cosignature => cosignature.SignedAt))
        {
            latest.Add(cosignature.Key);
            if (policy.IsSatisfiedBy(latest))
            {
                return new CosignedCheckpoint(checkpoint, cosignature.SignedAt);
            }
        }

        return null;
    }
}
