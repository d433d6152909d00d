using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;

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
    private readonly Cosigner? _quantumSafe;
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private readonly SemaphoreSlim _one = new(1);
    private DateTimeOffset _cosignedAt;

    /// <param name="replica">This node's copy; from now on only the follower writes to it.</param>
    /// <param name="finality">Told of final checkpoints.</param>
    /// <param name="cosigner">Null for a member that does not cosign.</param>
    /// <param name="time">This node's clock.</param>
    /// <param name="alarms">Told of everything that can't be true.</param>
    /// <param name="quantumSafe">Cosigns with ML-DSA-44 what the log has signed with it too; null for none.</param>
    /// <exception cref="ArgumentException">The genesis's log key can't be read.</exception>
    public Follower(LogReplica replica, Finality finality, Cosigner? cosigner, TimeProvider time, IAlarmSink alarms, Cosigner? quantumSafe = null)
    {
        _quantumSafe = quantumSafe;
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
        catch (TreeStoreException)
        {
            _alarms.Raise(AlarmKind.StoreFailed, $"The tree's stored hashes can't be read at size {_replica.Size}.");
            return new ReplicateAnswer.Refused("store-failed");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public Task<NoteVerifier?> FindQuantumSafeKeyAsync(CancellationToken cancellationToken) => Task.FromResult(_quantumSafe?.Verifier);

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
        if (checkpoint.Size <= size && await _replica.Tree.RootAtAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false) != checkpoint.Root)
        {
            return Alarm(AlarmKind.ForkedLog, "forked", $"The sequencer signed another root than the one known at size {checkpoint.Size}.");
        }

        // An older checkpoint that agrees proves nothing: anyone may send it again. Whether the sequencer has lost leaves is seen by asking it.
        if (checkpoint.Size < size || request.First > size)
        {
            return new ReplicateAnswer.Elsewhere(size);
        }

        return checkpoint.Size > size && Extend(request, checkpoint) is { } refused ? refused : Cosign(checkpoint);
    }

    private ReplicateAnswer.Refused? Extend(ReplicateRequest request, Checkpoint checkpoint)
    {
        var sent = request.Leaves.Skip((int)(_replica.Size - request.First)).ToArray();
        var grown = _replica.Grow(sent);
        if (grown.Tree.Root != checkpoint.Root)
        {
            // Nobody signed these bytes, so nobody is to blame yet. A sequencer whose history differs shows it by its checkpoint at this node's size.
            return new ReplicateAnswer.Refused(ReplicateAnswer.Refused.WrongLeaves);
        }

        // From here on the sequencer's signature covers every byte.
        var leaves = new List<(Leaf Leaf, Entry? Entry, ReadOnlyMemory<byte> Bytes)>(sent.Length);
        foreach (var bytes in sent)
        {
            if (Leaf.TryParse(bytes) is not { } leaf)
            {
                return Alarm(AlarmKind.InvalidEntryLogged, "leaf", $"What stands at index {_replica.Size + (ulong)leaves.Count} is no leaf.");
            }

            leaves.Add((leaf, Entry.TryParse(leaf.Entry), bytes));
        }

        if (Skewed(leaves[^1].Leaf) is { } skewed)
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

        _replica.Commit(execution, grown);
        foreach (var detail in rejected)
        {
            _alarms.Raise(AlarmKind.InvalidEntryLogged, detail);
        }

        return null;
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
        if (_cosigner is null)
        {
            return new ReplicateAnswer.Cosigned(checkpoint.Size, "");
        }

        var line = _cosigner.Cosign(checkpoint.Received.Body, now).ToString();
        var second = checkpoint.Received.QuantumSafeLines == 0 ? null : _quantumSafe?.Cosign(checkpoint.Received.Body, now);
        return new ReplicateAnswer.Cosigned(checkpoint.Size, second is null ? line : $"{line}\n{second}");
    }

    private ReplicateAnswer.Refused Alarm(AlarmKind kind, string code, string detail)
    {
        _alarms.Raise(kind, detail);
        return new ReplicateAnswer.Refused(code);
    }
}
