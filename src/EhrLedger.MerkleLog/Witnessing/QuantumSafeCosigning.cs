using System.Collections.Concurrent;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>Makes a large cosignature for a log at most once a minute: 2,420 bytes under every checkpoint would be most of what a log serves.</summary>
internal sealed class QuantumSafeCosigning(Cosigner cosigner, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // One number per log that the witness knows; it survives no restart, and need not.
    private readonly ConcurrentDictionary<LogOrigin, long> _lastMade = new();

    public NoteSignature? CosignIfDue(CheckpointBody body, DateTimeOffset now)
    {
        long instant = time.GetTimestamp();
        bool isDue = _lastMade.TryGetValue(body.Origin, out long last)
            ? time.GetElapsedTime(last, instant) >= Interval && _lastMade.TryUpdate(body.Origin, instant, last)
            : _lastMade.TryAdd(body.Origin, instant);
        return isDue ? cosigner.Cosign(body, now) : null;
    }
}
