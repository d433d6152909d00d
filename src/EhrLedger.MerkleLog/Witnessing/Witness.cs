using System.Collections.Frozen;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>Answers <c>add-checkpoint</c>: cosigns a log's checkpoints, never two that contradict each other. Safe for concurrent calls.</summary>
/// <remarks>Source: c2sp.org/tlog-witness.</remarks>
public sealed class Witness
{
    private readonly IWitnessStore _store;
    private readonly TimeProvider _time;
    private readonly Cosigner _ed25519;
    private readonly QuantumSafeCosigning? _quantumSafe;
    private readonly Func<Checkpoint, CancellationToken, ValueTask<bool>>? _endorses;
    private readonly FrozenDictionary<LogOrigin, NoteVerifier[]> _logs;

    /// <summary>A witness for some logs.</summary>
    /// <param name="logs">Keys of the logs, each named like its log's origin; a log may have several.</param>
    /// <param name="cosigner">Signs every answer; an Ed25519 cosigner.</param>
    /// <param name="store">Remembers what was cosigned.</param>
    /// <param name="time">The clock of the timestamps.</param>
    public Witness(IEnumerable<NoteVerifier> logs, Cosigner cosigner, IWitnessStore store, TimeProvider time)
        : this(logs, cosigner, store, time, quantumSafe: null, endorses: null)
    {
    }

    /// <summary>A witness that also makes ML-DSA-44 cosignatures, or asks its host before it cosigns.</summary>
    /// <param name="logs">Keys of the logs, each named like its log's origin; a log may have several.</param>
    /// <param name="cosigner">Signs every answer; an Ed25519 cosigner.</param>
    /// <param name="store">Remembers what was cosigned.</param>
    /// <param name="time">The clock of the timestamps, and of the minute between two ML-DSA-44 cosignatures.</param>
    /// <param name="quantumSafe">An ML-DSA-44 cosigner, used at most once a minute and log; null for none.</param>
    /// <param name="endorses">
    /// Asked last, about a checkpoint that is signed and consistent: for instance whether the host has re-executed every entry up to its size.
    /// Null asks nobody.
    /// </param>
    public Witness(
        IEnumerable<NoteVerifier> logs,
        Cosigner cosigner,
        IWitnessStore store,
        TimeProvider time,
        Cosigner? quantumSafe,
        Func<Checkpoint, CancellationToken, ValueTask<bool>>? endorses)
    {
        ArgumentNullException.ThrowIfNull(logs);
        ArgumentNullException.ThrowIfNull(cosigner);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        if (cosigner.Verifier.Type != NoteSignatureType.Ed25519Cosignature)
        {
            throw new ArgumentException("Every answer carries an Ed25519 cosignature.", nameof(cosigner));
        }

        if (quantumSafe is not null && quantumSafe.Verifier.Type != NoteSignatureType.MlDsa44Cosignature)
        {
            throw new ArgumentException("The second cosigner is for ML-DSA-44.", nameof(quantumSafe));
        }

        _logs = logs.GroupBy(key => LogOrigin.Of(key.Name)).ToFrozenDictionary(log => log.Key, log => log.ToArray());
        _ed25519 = cosigner;
        _store = store;
        _time = time;
        _quantumSafe = quantumSafe is null ? null : new QuantumSafeCosigning(quantumSafe, time);
        _endorses = endorses;
    }

    /// <summary>Answers one request.</summary>
    /// <param name="body">The request's body, from anybody.</param>
    /// <param name="cancellationToken">Gives up before anything is stored.</param>
    /// <returns>The answer. If it is a cosignature, the checkpoint is on stable storage.</returns>
    public async ValueTask<AddCheckpointOutcome> AddCheckpointAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (AddCheckpointRequest.Parse(body.Span) is not { } request)
        {
            return new AddCheckpointOutcome.Malformed();
        }

        LogOrigin origin = request.Checkpoint.Body.Origin;
        if (!_logs.TryGetValue(origin, out NoteVerifier[]? keys))
        {
            return new AddCheckpointOutcome.UnknownLog();
        }

        if (Checkpoint.Open(request.Checkpoint, keys, witnesses: []) is not { } checkpoint)
        {
            return new AddCheckpointOutcome.NotSignedByLog();
        }

        if (request.OldSize > checkpoint.Size)
        {
            return new AddCheckpointOutcome.Malformed();
        }

        WitnessedHead? latest = await _store.FindLatestAsync(origin, cancellationToken).ConfigureAwait(false);
        if (request.OldSize != (latest?.Size ?? 0))
        {
            return new AddCheckpointOutcome.Conflict(latest?.Size ?? 0);
        }

        if (!Continues(latest, request, checkpoint))
        {
            return new AddCheckpointOutcome.Inconsistent();
        }

        if (_endorses is not null && !await _endorses(checkpoint, cancellationToken).ConfigureAwait(false))
        {
            return new AddCheckpointOutcome.NotEndorsed();
        }

        return await AdvanceAndCosignAsync(latest, checkpoint, cancellationToken).ConfigureAwait(false);
    }

    private static bool Continues(WitnessedHead? latest, AddCheckpointRequest request, Checkpoint checkpoint)
    {
        // There is one tree without leaves, and every tree continues it: nothing to prove, and no proof allowed.
        if (request.OldSize == 0)
        {
            return request.Proof.IsEmpty && (checkpoint.Size > 0 || checkpoint.Root == MerkleHash.EmptyRoot);
        }

        return latest is not null && new ConsistencyProof(latest.Size, checkpoint.Size, request.Proof).Verifies(latest.Root, checkpoint.Root);
    }

    private async ValueTask<AddCheckpointOutcome> AdvanceAndCosignAsync(
        WitnessedHead? latest, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        // The time is taken before the store's comparison: were it taken after, a larger tree could have been cosigned in between, and
        // "the largest tree seen at this time" would be untrue.
        DateTimeOffset now = _time.GetUtcNow();
        var next = new WitnessedHead(checkpoint.Size, checkpoint.Root);
        if (!await _store.TryAdvanceAsync(checkpoint.Origin, latest, next, cancellationToken).ConfigureAwait(false))
        {
            WitnessedHead? newer = await _store.FindLatestAsync(checkpoint.Origin, cancellationToken).ConfigureAwait(false);
            return new AddCheckpointOutcome.Conflict(newer?.Size ?? 0);
        }

        CheckpointBody body = checkpoint.Received.Body;
        NoteSignature counted = _ed25519.Cosign(body, now);
        return _quantumSafe?.CosignIfDue(body, now) is { } second
            ? new AddCheckpointOutcome.Cosigned([counted, second])
            : new AddCheckpointOutcome.Cosigned([counted]);
    }
}
