using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>
/// The sequencer's line to one follower: sends what the follower lacks, one request at a time, always up to the newest round, and counts the cosignature. A follower that was away
/// is asked where it stands and caught up in steps.
/// </summary>
internal sealed class FollowerLink(
    string name,
    IFollower follower,
    NoteVerifier? witness,
    LogReplica replica,
    Finality finality,
    CheckpointPublisher publisher,
    TimeProvider time,
    IAlarmSink alarms)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private ulong? _size;
    private bool _doubted;
    private ReadOnlyMemory<byte>? _finalSent;
    private ReadOnlyMemory<byte>? _quantumSafeSent;
    private NoteVerifier? _quantumSafe;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var done = 0L;
        var pause = FirstPause;
        try
        {
            while (true)
            {
                var final = finality.Advance();
                var next = publisher.NextRoundAsync(done, cancellationToken);
                if (Unsent(_size ?? 0) is null)
                {
                    await Task.WhenAny(next, final).ConfigureAwait(false);
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (!next.IsCompleted && Unsent(_size ?? 0) is null)
                {
                    // Final beyond what the follower has: it goes along with the leaves of the next round.
                    continue;
                }

                var answer = next.IsCompleted ? await SendAsync(await next.ConfigureAwait(false), cancellationToken).ConfigureAwait(false) : await SendFinalAsync(cancellationToken).ConfigureAwait(false);
                if (answer is Progress.Failed)
                {
                    await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    continue;
                }

                pause = FirstPause;
                done = answer is Progress.Done && next.IsCompletedSuccessfully ? (await next.ConfigureAwait(false)).Number : done;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private enum Progress
    {
        /// <summary>The follower has everything of this round.</summary>
        Done,

        /// <summary>It has more than before; there is more to send.</summary>
        Further,

        /// <summary>No answer, or a refusal: try again later.</summary>
        Failed,
    }

    private async Task<Progress> SendAsync(CheckpointRound round, CancellationToken cancellationToken)
    {
        // Where the follower stands is not known at first: an empty request asks.
        var first = Math.Min(_size ?? round.Size, round.Size);
        var leaves = new List<ReadOnlyMemory<byte>>();
        var bytes = 0;
        foreach (var leaf in replica.ReadLeaves(first, _doubted ? 0 : (int)Math.Min(round.Size - first, ReplicateRequest.MostLeaves)))
        {
            leaves.Add(leaf.Bytes);
            bytes += leaf.Bytes.Length;
            if (bytes >= ReplicateRequest.UsualBytes)
            {
                break;
            }
        }

        var end = first + (ulong)leaves.Count;
        var checkpoint = end == round.Size ? round.Checkpoint : await publisher.SignAtAsync(end, cancellationToken).ConfigureAwait(false);
        var final = Unsent(end);
        switch (await follower.ReplicateAsync(new ReplicateRequest(first, leaves, checkpoint.Encode(), final), cancellationToken).ConfigureAwait(false))
        {
            case ReplicateAnswer.Cosigned(var size, var line) when size == end:
                _size = size;
                if (_doubted)
                {
                    // The histories agree up to here, so the leaves were damaged on the way.
                    _doubted = false;
                    return Progress.Failed;
                }

                KeepSent(final);
                if (end < round.Size)
                {
                    return Progress.Further;
                }

                var lines = line.Split('\n', 2);
                if (witness is not null && NoteSignature.Parse(lines[0]) is { } signature)
                {
                    if (lines.Length == 2 && NoteSignature.Parse(lines[1]) is { } second)
                    {
                        await KeepQuantumSafeAsync(round, second, cancellationToken).ConfigureAwait(false);
                    }

                    await publisher.CountAsync(round, witness, signature, cancellationToken).ConfigureAwait(false);
                }

                return Progress.Done;
            case ReplicateAnswer.Elsewhere(var size) when size > replica.Size:
                alarms.Raise(AlarmKind.RewoundLog, $"{name} has {size} leaves, and this sequencer only {replica.Size}: its store has lost what it signed.");
                return Progress.Failed;
            case ReplicateAnswer.Elsewhere(var size) when size != _size:
                _size = size;
                return Progress.Further;
            case ReplicateAnswer.Refused(ReplicateAnswer.Refused.WrongLeaves) when !_doubted:
                // The leaves don't fit what it has. The checkpoint at its own size shows whether the two histories differ.
                _doubted = true;
                return Progress.Further;
            default:
                _size = null;
                _doubted = false;
                return Progress.Failed;
        }
    }

    private async Task<Progress> SendFinalAsync(CancellationToken cancellationToken)
    {
        var final = Unsent(_size ?? 0);
        if (await follower.ReplicateAsync(new ReplicateRequest(0, [], null, final), cancellationToken).ConfigureAwait(false) is not ReplicateAnswer.Cosigned)
        {
            return Progress.Failed;
        }

        KeepSent(final);
        return Progress.Further;
    }

    /// <summary>Only what verifies goes under the checkpoint: a line that does not would make others refuse all of it.</summary>
    private async Task KeepQuantumSafeAsync(CheckpointRound round, NoteSignature line, CancellationToken cancellationToken)
    {
        if (_quantumSafe is not { } known || known.KeyId != line.KeyId)
        {
            _quantumSafe = await follower.FindQuantumSafeKeyAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_quantumSafe is { } key)
        {
            round.Add(key, line);
        }
    }

    private void KeepSent(ReadOnlyMemory<byte>? final)
    {
        if (final is { } note)
        {
            _finalSent = finality.Newest is { } newest && IsSame(newest, note) ? note : _finalSent;
            _quantumSafeSent = finality.NewestQuantumSafe is { } quantumSafe && IsSame(quantumSafe, note) ? note : _quantumSafeSent;
        }
    }

    private static bool IsSame(CosignedCheckpoint checkpoint, ReadOnlyMemory<byte> note) => note.Span.SequenceEqual(checkpoint.Checkpoint.Received.Encode());

    /// <summary>The newest final checkpoint, if the follower lacks it and can hold it against a tree of this size: one that is ahead of its tree it would not take.</summary>
    private ReadOnlyMemory<byte>? Unsent(ulong size) => Unsent(finality.NewestQuantumSafe, _quantumSafeSent, size) ?? Unsent(finality.Newest, _finalSent, size);

    private static ReadOnlyMemory<byte>? Unsent(CosignedCheckpoint? checkpoint, ReadOnlyMemory<byte>? sent, ulong size) =>
        checkpoint is null || checkpoint.Checkpoint.Size > size || (sent is { } note && IsSame(checkpoint, note)) ? (ReadOnlyMemory<byte>?)null : checkpoint.Checkpoint.Received.Encode();
}
