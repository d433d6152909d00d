using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Membership;
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
    private readonly QuantumSafeSigners? _quantumSafe;
    private long? _lastQuantumSafe;
    private readonly TimeProvider _time;
    private readonly SequencerSettings _settings;
    private readonly OrganisationId _self;
    private readonly Func<Member, IFollower> _connect;
    private readonly IAlarmSink _alarms;
    private readonly Dictionary<OrganisationId, (Task Running, CancellationTokenSource Stop)> _links = [];
    private readonly Lock _lock = new();
    private CheckpointRound? _round;
    private TaskCompletionSource _newRound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="replica">The sequencer's copy.</param>
    /// <param name="finality">Where final checkpoints go.</param>
    /// <param name="log">Signs the checkpoints.</param>
    /// <param name="own">The sequencer's own witness key; null if it has none.</param>
    /// <param name="self">The sequencer.</param>
    /// <param name="connect">The line to another member. Members that join get one at once, those that are removed lose it.</param>
    /// <param name="time">This node's clock.</param>
    /// <param name="alarms">Told of followers that know more than the sequencer.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="quantumSafe">Sign with ML-DSA-44 besides, from time to time; null for none.</param>
    public CheckpointPublisher(
        LogReplica replica,
        Finality finality,
        NoteSigner log,
        Cosigner? own,
        OrganisationId self,
        Func<Member, IFollower> connect,
        TimeProvider time,
        IAlarmSink alarms,
        SequencerSettings settings,
        QuantumSafeSigners? quantumSafe = null)
    {
        _quantumSafe = quantumSafe;
        _replica = replica;
        _finality = finality;
        _log = log;
        _own = own;
        _time = time;
        _settings = settings;
        _self = self;
        _connect = connect;
        _alarms = alarms;
    }

    /// <summary>The newest checkpoint of the log, with or without a quorum. Null before the first.</summary>
    public SignedCheckpoint? Newest => _round?.Checkpoint;

    /// <summary>The loops. They end when cancelled; a failure of one ends them all, and is thrown.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await PublishAllAsync(stopping).ConfigureAwait(false);
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_links.Values.Select(link => link.Running)).ConfigureAwait(false);
            foreach (var (_, stop) in _links.Values)
            {
                stop.Dispose();
            }

            _links.Clear();
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

    /// <summary>A line for each other member, and none for those that are no members any more.</summary>
    private async Task FollowMembersAsync(Members members, CancellationTokenSource stopping)
    {
        foreach (var member in members.Active.Where(member => member.Organisation != _self && !_links.ContainsKey(member.Organisation)))
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
            var witness = member.Witness is { } key && NoteVerifier.Parse(key) is { Type: NoteSignatureType.Ed25519Cosignature } verifier ? verifier : null;
            var link = new FollowerLink($"{member.Name} ({member.Organisation})", _connect(member), witness, _replica, _finality, this, _time, _alarms);
            _links.Add(member.Organisation, (RunAsync(link, stop.Token), stop));
        }

        foreach (var organisation in _links.Keys.Where(organisation => members.Find(organisation) is null).ToList())
        {
            _links.Remove(organisation, out var link);
            await link.Stop.CancelAsync().ConfigureAwait(false);
            await link.Running.ConfigureAwait(false);
            link.Stop.Dispose();
        }

        async Task RunAsync(FollowerLink link, CancellationToken cancellationToken)
        {
            try
            {
                await Task.Yield();
                await link.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (!cancellationToken.IsCancellationRequested)
                {
                    // It broke: all others end with it.
                    await stopping.CancelAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private async Task PublishAllAsync(CancellationTokenSource stopping)
    {
        var cancellationToken = stopping.Token;
        var members = default(Members);
        try
        {
            while (true)
            {
                if (_replica.Members is var current && current != members)
                {
                    members = current;
                    await FollowMembersAsync(members, stopping).ConfigureAwait(false);
                }

                await PublishAsync(cancellationToken).ConfigureAwait(false);
                await WaitForWorkAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var tree = _replica.Tree;
        var checkpoint = SignedCheckpoint.Sign(new CheckpointBody(LogOrigin.Of(_log.Verifier.Name), tree.Size, tree.Root), _log);
        var now = _time.GetUtcNow();
        var quantumSafe = DueQuantumSafe();
        if (quantumSafe is not null)
        {
            // Its followers answer with their own.
            checkpoint = checkpoint.With(quantumSafe.Log.Cosign(checkpoint.Body, now));
        }

        var round = new CheckpointRound((_round?.Number ?? 0) + 1, checkpoint);
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
            if (quantumSafe is not null)
            {
                round.Add(quantumSafe.Own.Verifier, quantumSafe.Own.Cosign(checkpoint.Body, now));
            }

            await CountAsync(round, _own.Verifier, _own.Cosign(checkpoint.Body, now), cancellationToken).ConfigureAwait(false);
        }
    }

    private QuantumSafeSigners? DueQuantumSafe()
    {
        if (_quantumSafe is null || (_lastQuantumSafe is { } last && _time.GetElapsedTime(last) < _settings.QuantumSafeInterval))
        {
            return null;
        }

        _lastQuantumSafe = _time.GetTimestamp();
        return _quantumSafe;
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

/// <summary>The sequencer's two ML-DSA-44 keys.</summary>
/// <param name="Log">Signs as the log, under its origin.</param>
/// <param name="Own">Cosigns as the member's witness.</param>
public sealed record QuantumSafeSigners(Cosigner Log, Cosigner Own);
