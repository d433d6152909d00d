using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Ledger.Following;

/// <summary>A follower as the sequencer sees it: over HTTP, or in the same process.</summary>
public interface IFollower
{
    /// <summary>Sends leaves and waits for the cosignature.</summary>
    /// <returns>Null where there is no usable answer: unreachable, too slow, or nonsense.</returns>
    Task<ReplicateAnswer?> ReplicateAsync(ReplicateRequest request, CancellationToken cancellationToken);

    /// <summary>The key of its ML-DSA-44 cosignatures, in its own signed word. Null where it has none, or does not say.</summary>
    Task<NoteVerifier?> FindQuantumSafeKeyAsync(CancellationToken cancellationToken);
}
