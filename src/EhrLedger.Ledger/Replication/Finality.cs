using EhrLedger.Ledger.Alarms;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Ledger.Replication;

/// <summary>
/// How much of this node's log is final: the newest checkpoint that a quorum has cosigned and that agrees with this node's own tree. Such a note proves itself, so it may come from
/// anyone: the sequencer, a reader, a wallet.
/// </summary>
public sealed class Finality
{
    private readonly LogReplica _replica;
    private readonly ILogStore _store;
    private readonly IAlarmSink _alarms;
    private readonly Lock _lock = new();
    private CosignedCheckpoint? _newest;
    private TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts from the note in the store, if there is one.</summary>
    /// <exception cref="ArgumentException">The genesis's policy can't be read.</exception>
    public Finality(LogReplica replica, ILogStore store, IAlarmSink alarms)
    {
        _replica = replica;
        _store = store;
        _alarms = alarms;
        Policy = WitnessPolicy.Parse(System.Text.Encoding.UTF8.GetBytes(replica.Genesis.Policy)) ?? throw new ArgumentException("The genesis's policy can't be read.", nameof(replica));
        if (store.ReadFinal() is { } note && SignedCheckpoint.Parse(note) is { } received && Policy.Open(received) is { } cosigned && cosigned.Checkpoint.Size <= replica.Size)
        {
            _newest = cosigned;
        }
    }

    /// <summary>Whose cosignatures make a quorum.</summary>
    public WitnessPolicy Policy { get; }

    /// <summary>Null before the first.</summary>
    public CosignedCheckpoint? Newest => Volatile.Read(ref _newest);

    /// <summary>The newest that carries ML-DSA-44 signatures as well, whether they are good or not; they count for nothing here. Null before the first since the start.</summary>
    public CosignedCheckpoint? NewestQuantumSafe { get; private set; }

    /// <summary>Number of leaves that are final.</summary>
    public ulong Size => Newest?.Checkpoint.Size ?? 0;

    /// <summary>When a quorum last cosigned; the epoch before it ever did.</summary>
    public DateTimeOffset AsOf => Newest?.CosignedAt ?? DateTimeOffset.UnixEpoch;

    /// <summary>Looks at a cosigned checkpoint.</summary>
    /// <param name="note">From anyone.</param>
    /// <param name="cancellationToken">Gives up reading the tree.</param>
    /// <returns>
    /// False if it is no checkpoint with a quorum, if this node's copy is not that long yet, or if it contradicts this node's copy; the last raises an alarm.
    /// </returns>
    public async ValueTask<bool> OfferAsync(ReadOnlyMemory<byte> note, CancellationToken cancellationToken)
    {
        if (SignedCheckpoint.Parse(note.Span) is not { } received || received.Body.Size > _replica.Size)
        {
            return false;
        }

        if (Newest is { } newest && note.Span.SequenceEqual(newest.Checkpoint.Received.Encode()))
        {
            return true;
        }

        return Policy.Open(received) is { } cosigned && await OfferAsync(cosigned, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As above, for one that was opened under <see cref="Policy"/>.</summary>
    public async ValueTask<bool> OfferAsync(CosignedCheckpoint cosigned, CancellationToken cancellationToken)
    {
        var tree = _replica.Tree;
        var checkpoint = cosigned.Checkpoint;
        if (checkpoint.Size > tree.Size)
        {
            return false;
        }

        if (await tree.RootAtAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false) != checkpoint.Root)
        {
            _alarms.Raise(AlarmKind.ForkedLog, $"A quorum has cosigned another root than this node's at size {checkpoint.Size}.");
            return false;
        }

        TaskCompletionSource advanced;
        lock (_lock)
        {
            if (checkpoint.Received.QuantumSafeLines > 0 && (NewestQuantumSafe is not { } known || IsMore(cosigned, known)))
            {
                NewestQuantumSafe = cosigned;
            }

            if (_newest is { } newest
                && (newest.Checkpoint.Size > checkpoint.Size || (newest.Checkpoint.Size == checkpoint.Size && newest.CosignedAt >= cosigned.CosignedAt)))
            {
                return true;
            }

            Volatile.Write(ref _newest, cosigned);
            advanced = _advanced;
            _advanced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        advanced.SetResult();
        Save(checkpoint);
        return true;
    }

    /// <summary>Returns once this many leaves are final.</summary>
    public async Task WaitForSizeAsync(ulong size, CancellationToken cancellationToken)
    {
        while (Advance() is var advanced && Size < size)
        {
            await advanced.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the newest final checkpoint is replaced by a newer one.</summary>
    public Task Advance()
    {
        lock (_lock)
        {
            return _advanced.Task;
        }
    }

    /// <summary>Larger, or as large and with more signers, or with as many and newer.</summary>
    private static bool IsMore(CosignedCheckpoint one, CosignedCheckpoint other) =>
        (one.Checkpoint.Size, one.Checkpoint.Received.QuantumSafeLines, one.CosignedAt ?? default).CompareTo(
            (other.Checkpoint.Size, other.Checkpoint.Received.QuantumSafeLines, other.CosignedAt ?? default)) > 0;

    private void Save(Checkpoint checkpoint)
    {
        try
        {
            _store.SaveFinal(checkpoint.Received.Encode());
        }
        catch (StoreFailedException)
        {
            // It can be had again from anyone; that the store fails shows at the next append.
        }
    }
}
