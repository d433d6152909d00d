using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Ledger.Following;

/// <summary>
/// Takes leaves from the sequencer, executes every one of them, stores them and only then cosigns. Cosigns nothing but what extends its own copy, so it never has to
/// be told that something was wrong: it simply says no and raises an alarm.
/// </summary>
public sealed class Follower : IFollower, IDisposable
{
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(1);

    // One that has cosigned this lately is at the tip, and its clock is a judge of new leaves.
    private static readonly TimeSpan AtTheTip = TimeSpan.FromSeconds(30);

    private readonly LogReplica _replica;
    private readonly Finality _finality;
    private readonly NoteVerifier _log;
    private readonly Cosigner? _cosigner;
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private readonly SemaphoreSlim _one = new(1);
    private DateTimeOffset _cosignedAt;

    /// <param name="replica">This node's copy; from now on only the follower writes to it.</param>
    /// <param name="finality">Told of final checkpoints.</param>
    /// <param name="cosigner">Null for a member that does not cosign.</param>
    /// <param name="time">This node's clock.</param>
    /// <param name="alarms">Told of everything that can't be true.</param>
    /// <exception cref="ArgumentException">The genesis's log key can't be read.</exception>
    public Follower(LogReplica replica, Finality finality, Cosigner? cosigner, TimeProvider time, IAlarmSink alarms)
    {
        _replica = replica;
        _finality = finality;
        _cosigner = cosigner;
        _time = time;
        _alarms = alarms;
        _log = NoteVerifier.Parse(replica.Genesis.LogKey) ?? throw new ArgumentException("The genesis's log key can't be read.", nameof(replica));
    }

    /// <summary>When it last heard from the sequencer and could agree; the epoch before it ever did.</summary>
    public DateTimeOffset CosignedAt => _cosignedAt;

    /// <inheritdoc/>
    public async Task<ReplicateAnswer?> ReplicateAsync(ReplicateRequest request, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = await TakeAsync(request, cancellationToken).ConfigureAwait(false);
            if (request.Final is { } final)
            {
                await _finality.OfferAsync(final, cancellationToken).ConfigureAwait(false);
            }

            return answer;
        }
        catch (StoreFailedException)
        {
            _alarms.Raise(AlarmKind.StoreFailed, $"Leaves could not be stored at size {_replica.Size}.");
            return new ReplicateAnswer.Refused("store-failed");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<ReplicateAnswer> TakeAsync(ReplicateRequest request, CancellationToken cancellationToken)
    {
        if (request.Checkpoint is null)
        {
            return request.Leaves.Count == 0 ? new ReplicateAnswer.Cosigned(_replica.Size, "") : new ReplicateAnswer.Refused("leaves-without-checkpoint");
        }

        if (SignedCheckpoint.Parse(request.Checkpoint.Value.Span) is not { } received
            || Checkpoint.Open(received, [_log], []) is not { } checkpoint
            || checkpoint.Size != request.First + (ulong)request.Leaves.Count)
        {
            return new ReplicateAnswer.Refused("checkpoint");
        }

        var size = _replica.Size;
        if (checkpoint.Size < size)
        {
            // A sequencer never sends less than a follower has: it has lost, or hides, what it signed.
            if (await _replica.Tree.RootAtAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false) != checkpoint.Root)
            {
                return Alarm(AlarmKind.ForkedLog, "forked", $"The sequencer signed another root than the one known at size {checkpoint.Size}.");
            }

            return request.Leaves.Count > 0
                ? new ReplicateAnswer.Elsewhere(size)
                : Alarm(AlarmKind.RewoundLog, "rewound", $"The sequencer's log has {checkpoint.Size} leaves where {size} are known.");
        }

        if (request.First > size)
        {
            return new ReplicateAnswer.Elsewhere(size);
        }

        return Extend(request, checkpoint) is { } refused ? refused : Cosign(checkpoint);
    }

    private ReplicateAnswer.Refused? Extend(ReplicateRequest request, Checkpoint checkpoint)
    {
        var known = (int)(_replica.Size - request.First);
        if (known > 0 && !KnownAlready(request, known))
        {
            return Alarm(AlarmKind.ForkedLog, "forked", $"The sequencer sent other bytes for a leaf that is known, between {request.First} and {_replica.Size}.");
        }

        var leaves = new List<(Leaf Leaf, Entry? Entry, ReadOnlyMemory<byte> Bytes)>(request.Leaves.Count - known);
        foreach (var bytes in request.Leaves.Skip(known))
        {
            if (Leaf.TryParse(bytes) is not { } leaf)
            {
                return Alarm(AlarmKind.InvalidEntryLogged, "leaf", $"What stands at index {_replica.Size + (ulong)leaves.Count} is no leaf.");
            }

            leaves.Add((leaf, Entry.TryParse(leaf.Entry), bytes));
        }

        if (leaves.Count > 0 && Skewed(leaves[^1].Leaf) is { } skewed)
        {
            return skewed;
        }

        var execution = _replica.Begin();
        execution.VerifyAhead([.. leaves.Select(leaf => leaf.Entry).OfType<Entry>()]);
        var rejected = new List<string>();
        foreach (var (leaf, entry, bytes) in leaves)
        {
            if (!execution.Follows(leaf, entry))
            {
                return Alarm(AlarmKind.InvalidEntryLogged, "gap", $"The leaf at index {execution.NextIndex} does not follow the one before it, or its topic has a gap.");
            }

            if (execution.Replay(leaf, entry, bytes) is { } rejection)
            {
                rejected.Add($"The entry at index {leaf.Index} is invalid ({rejection.Code}); it has no effect.");
            }
        }

        var grown = _replica.Grow(execution);
        if (grown.Tree.Root != checkpoint.Root)
        {
            return Alarm(AlarmKind.ForkedLog, "forked", $"The leaves do not hash to the root that the sequencer signed at size {checkpoint.Size}.");
        }

        if (leaves.Count > 0)
        {
            _replica.Commit(execution, grown);
        }

        foreach (var detail in rejected)
        {
            _alarms.Raise(AlarmKind.InvalidEntryLogged, detail);
        }

        return null;
    }

    private bool KnownAlready(ReplicateRequest request, int known)
    {
        var stored = _replica.ReadLeaves(request.First, known);
        return stored.Count == known && stored.Select((leaf, i) => leaf.Bytes.Span.SequenceEqual(request.Leaves[i].Span)).All(same => same);
    }

    private ReplicateAnswer.Refused? Skewed(Leaf newest)
    {
        var now = _time.GetUtcNow();
        var skew = now - DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(newest.Time, 253_402_300_799_999));
        return now - _cosignedAt < AtTheTip && skew.Duration() > LargestSkew
            ? Alarm(AlarmKind.ClockSkew, "clock", $"The leaf at index {newest.Index} differs from this node's clock by {(long)skew.TotalSeconds} s.")
            : null;
    }

    private ReplicateAnswer.Cosigned Cosign(Checkpoint checkpoint)
    {
        var now = _time.GetUtcNow();
        _cosignedAt = now;
        return new ReplicateAnswer.Cosigned(checkpoint.Size, _cosigner?.Cosign(checkpoint.Received.Body, now).ToString() ?? "");
    }

    private ReplicateAnswer.Refused Alarm(AlarmKind kind, string code, string detail)
    {
        _alarms.Raise(kind, detail);
        return new ReplicateAnswer.Refused(code);
    }
}
