using System.Threading.Channels;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Ledger.Sequencing;

/// <summary>
/// Gives entries their place. Whatever has arrived while a batch was being written makes up the next one (group commit): signatures are checked on all cores, contracts
/// evaluated in order, leaves and states written in one transaction. Entries of one batch stand in the order of their digests, so that the sequencer cannot choose; a
/// signer's own order within a topic is kept.
/// </summary>
public sealed class Sequencer
{
    private readonly LogReplica _replica;
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private readonly SequencerSettings _settings;
    private readonly Channel<Pending> _queue;
    private long _queuedBytes;

    /// <param name="replica">This node's copy; from now on only the sequencer writes to it.</param>
    /// <param name="time">The clock whose time the leaves bear.</param>
    /// <param name="alarms">Told when the store fails.</param>
    /// <param name="settings">Bounds.</param>
    public Sequencer(LogReplica replica, TimeProvider time, IAlarmSink alarms, SequencerSettings settings)
    {
        _replica = replica;
        _time = time;
        _alarms = alarms;
        _settings = settings;
        _queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(settings.LongestQueue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    /// <summary>Offers an entry and waits until it is accepted or durable. Idempotent: the same signed bytes again are answered with the place they have.</summary>
    /// <param name="signedBytes">The COSE bytes.</param>
    /// <param name="level">Accepted or durable; final is waited for with <see cref="Finality"/>.</param>
    /// <param name="cancellationToken">Gives up waiting; the entry may be logged all the same.</param>
    public async ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        if (Entry.TryParse(signedBytes) is not { } entry)
        {
            return new SubmitOutcome.Refused(Rejection.Malformed);
        }

        var pending = new Pending(entry, level == CommitLevel.Accepted);
        if (Interlocked.Add(ref _queuedBytes, signedBytes.Length) > _settings.MostQueuedBytes || !_queue.Writer.TryWrite(pending))
        {
            Interlocked.Add(ref _queuedBytes, -signedBytes.Length);
            return new SubmitOutcome.Unavailable("too many entries are waiting");
        }

        return await pending.Outcome.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The loop. Ends when cancelled; what was not written then is answered as unavailable.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Pending>();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                batch.Clear();
                while (batch.Count < _settings.LargestBatch && _queue.Reader.TryRead(out var next))
                {
                    batch.Add(next);
                }

                Interlocked.Add(ref _queuedBytes, -batch.Sum(pending => (long)pending.Entry.SignedBytes.Length));
                Write(batch);
            }
        }
        catch (OperationCanceledException)
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var left))
            {
                left.Outcome.TrySetResult(new SubmitOutcome.Unavailable("the node is stopping"));
            }
        }
    }

    private void Write(List<Pending> batch)
    {
        var logged = new List<(Pending Pending, ulong Index)>(batch.Count);
        try
        {
            var execution = _replica.Begin();
            execution.VerifyAhead(batch.ConvertAll(p => p.Entry));
            var now = Math.Max((ulong)_time.GetUtcNow().ToUnixTimeMilliseconds(), execution.Time);
            foreach (var pending in InOrder(batch, execution))
            {
                Propose(pending);
            }

            if (logged.Count > 0)
            {
                _replica.Commit(execution, _replica.Grow([.. execution.Leaves.Select(leaf => leaf.Bytes)]));
                foreach (var (pending, index) in logged)
                {
                    pending.Outcome.TrySetResult(new SubmitOutcome.Logged(index, now, CommitLevel.Durable));
                }
            }

            void Propose(Pending pending)
            {
                var index = execution.NextIndex;
                if (execution.Propose(pending.Entry, now) is not { } rejection)
                {
                    logged.Add((pending, index));
                    if (pending.UntilAccepted)
                    {
                        pending.Outcome.TrySetResult(new SubmitOutcome.Logged(index, now, CommitLevel.Accepted));
                    }
                }
                else if (rejection == Rejection.Duplicate)
                {
                    AnswerDuplicate(pending);
                }
                else
                {
                    pending.Outcome.TrySetResult(new SubmitOutcome.Refused(rejection));
                }
            }

            void AnswerDuplicate(Pending pending)
            {
                if (_replica.FindRecent(pending.Entry.Digest) is { } index)
                {
                    pending.Outcome.TrySetResult(new SubmitOutcome.Logged(index, TimeAt(index), CommitLevel.Durable));
                }
                else
                {
                    // The twin stands in this very batch: both are answered when it is written.
                    logged.Add((pending, logged.Find(other => other.Pending.Entry.Digest == pending.Entry.Digest).Index));
                }
            }
        }
        catch (StoreFailedException)
        {
            _alarms.Raise(AlarmKind.StoreFailed, $"A group commit of {logged.Count} entries failed at size {_replica.Size}.");
            Refuse(batch);
        }
        catch (TreeStoreException)
        {
            _alarms.Raise(AlarmKind.StoreFailed, $"The tree's stored hashes can't be read at size {_replica.Size}.");
            Refuse(batch);
        }
    }

    private ulong TimeAt(ulong index) => _replica.FindLeaf(index) is { } stored && Leaf.TryParse(stored.Bytes) is { } leaf ? leaf.Time : 0;

    private static void Refuse(List<Pending> batch)
    {
        foreach (var pending in batch)
        {
            pending.Outcome.TrySetResult(new SubmitOutcome.Unavailable("the sequencer can't write"));
        }
    }

    /// <summary>By digest; but the entries of one signer on one topic stay in the order of their arrival: each waits until those before it are placed.</summary>
    private static IEnumerable<Pending> InOrder(List<Pending> batch, Execution execution)
    {
        if (batch.Count == 1)
        {
            yield return batch[0];
            yield break;
        }

        var heads = new PriorityQueue<Queue<Pending>, Digest>();
        foreach (var own in batch.GroupBy(p => (p.Entry.Topic, execution.SignerAhead(p.Entry))))
        {
            heads.Enqueue(new Queue<Pending>(own), own.First().Entry.Digest);
        }

        while (heads.TryDequeue(out var own, out _))
        {
            yield return own.Dequeue();
            if (own.TryPeek(out var next))
            {
                heads.Enqueue(own, next.Entry.Digest);
            }
        }
    }

    private sealed record Pending(Entry Entry, bool UntilAccepted)
    {
        public TaskCompletionSource<SubmitOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
