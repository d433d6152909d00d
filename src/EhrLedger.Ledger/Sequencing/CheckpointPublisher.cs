using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>
/// The sequencer's other half: signs a checkpoint for whatever is durable, has every follower execute and cosign it, and makes it final when the quorum is there. The sequencer's own
/// cosignature counts as one. An idle log is signed anew every few seconds.
/// </summary>
public sealed class CheckpointPublisher
{
    private readonly LogReplica _replica;
    private readonly Finality _finality;
    private readonly NoteSigner _log;
    private readonly Cosigner? _own;
    private readonly TimeProvider _time;
    private readonly SequencerSettings _settings;
    private readonly IReadOnlyList<FollowerLink> _links;
    private readonly Lock _lock = new();
    private CheckpointRound? _round;
    private TaskCompletionSource _newRound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="replica">The sequencer's copy.</param>
    /// <param name="finality">Where final checkpoints go.</param>
    /// <param name="log">Signs the checkpoints.</param>
    /// <param name="own">The sequencer's own witness key; null if it has none.</param>
    /// <param name="followers">Every other member with the verifier of its cosignatures.</param>
    /// <param name="time">This node's clock.</param>
    /// <param name="alarms">Told of followers that know more than the sequencer.</param>
    /// <param name="settings">Bounds.</param>
    public CheckpointPublisher(
        LogReplica replica,
        Finality finality,
        NoteSigner log,
        Cosigner? own,
        IEnumerable<(string Name, IFollower Follower, NoteVerifier? Witness)> followers,
        TimeProvider time,
        IAlarmSink alarms,
        SequencerSettings settings)
    {
        _replica = replica;
        _finality = finality;
        _log = log;
        _own = own;
        _time = time;
        _settings = settings;
        _links = [.. followers.Select(f => new FollowerLink(f.Name, f.Follower, f.Witness, replica, finality, this, time, alarms))];
    }

    /// <summary>The newest checkpoint of the log, with or without a quorum. Null before the first.</summary>
    public SignedCheckpoint? Newest => _round?.Checkpoint;

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var links = _links.Select(link => link.RunAsync(cancellationToken)).ToArray();
        try
        {
            while (true)
            {
                await PublishAsync(cancellationToken).ConfigureAwait(false);
                await WaitForWorkAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(links).ConfigureAwait(false);
        }
    }

    /// <summary>Signs the log's checkpoint at any size that it has had, for a follower that catches up in steps.</summary>
    internal async ValueTask<SignedCheckpoint> SignAtAsync(ulong size, CancellationToken cancellationToken)
    {
        var root = await _replica.Tree.RootAtAsync(size, cancellationToken).ConfigureAwait(false);
        return SignedCheckpoint.Sign(new CheckpointBody(LogOrigin.Of(_log.Verifier.Name), size, root), _log);
    }

    internal async Task<CheckpointRound> NextRoundAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task newRound;
            lock (_lock)
            {
                if (_round is { } round && round.Number > after)
                {
                    return round;
                }

                newRound = _newRound.Task;
            }

            await newRound.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal async ValueTask CountAsync(CheckpointRound round, NoteVerifier witness, NoteSignature line, CancellationToken cancellationToken)
    {
        if (round.Add(witness, line) is { } cosigned && _finality.Policy.Open(cosigned) is { } final)
        {
            await _finality.OfferAsync(final, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var tree = _replica.Tree;
        var round = new CheckpointRound((_round?.Number ?? 0) + 1, SignedCheckpoint.Sign(new CheckpointBody(LogOrigin.Of(_log.Verifier.Name), tree.Size, tree.Root), _log));
        TaskCompletionSource newRound;
        lock (_lock)
        {
            _round = round;
            newRound = _newRound;
            _newRound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        newRound.SetResult();
        if (_own is not null)
        {
            await CountAsync(round, _own.Verifier, _own.Cosign(round.Checkpoint.Body, _time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitForWorkAsync(CancellationToken cancellationToken)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var grown = _replica.WaitForSizeAsync(_round!.Size + 1, idle.Token);
        await Task.WhenAny(grown, Task.Delay(_settings.IdleCheckpoint, _time, idle.Token)).ConfigureAwait(false);
        await idle.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
