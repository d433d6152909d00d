using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Ledger.Outbox;

/// <summary>
/// Brings an author's batches to the ledger, in order, again and again until they stand there. It may be stopped anywhere: the chain in the contract lets each number
/// in once, so sending twice harms nothing.
/// </summary>
public sealed class OutboxPump(
    IOutbox outbox, LogReplica replica, OrganisationId author, Ed25519PrivateKey key, ISubmitter submitter, TimeProvider time, IAlarmSink alarms)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(1);

    private DateTimeOffset _cried = DateTimeOffset.MinValue;
    private ulong _scanned;

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        try
        {
            while (true)
            {
                var added = outbox.WaitForBatchAsync(cancellationToken);
                if (outbox.FindOldestUnlogged() is not { } item)
                {
                    await added.ConfigureAwait(false);
                    continue;
                }

                if (await TrySendAsync(item, cancellationToken).ConfigureAwait(false))
                {
                    pause = FirstPause;
                    continue;
                }

                Cry(item);
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops; what is in the outbox goes on after the next start.
        }
    }

    private async Task<bool> TrySendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        if (item.Number < NextNumber())
        {
            return FindLogged(item);
        }

        var entry = Entry.TryParse(item.EntryBytes);
        var now = time.GetUtcNow();
        if (entry is null || entry.ValidUntil < (ulong)now.AddMinutes(1).ToUnixTimeSeconds())
        {
            entry = Entry.Sign(item.Type, author.Topic, item.Body.Span, now + Entry.UsualValidity, key, replica.Genesis.Digest);
            outbox.KeepSigned(item.Number, entry.SignedBytes);
        }

        switch (await submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Durable, cancellationToken).ConfigureAwait(false))
        {
            case SubmitOutcome.Logged(var index, _, _):
                outbox.KeepLogged(item.Number, index);
                return true;
            case SubmitOutcome.Refused(var reason) when reason == Rejection.Expired || reason == new Rejection("batch-number"):
                // Logged before, and this node's copy has not caught up; or slow on the way.
                return false;
            case SubmitOutcome.Refused(var reason):
                alarms.Raise(AlarmKind.OutboxStuck, $"Batch {item.Number} was refused: {reason.Code}.");
                return false;
            default:
                return false;
        }
    }

    private ulong NextNumber() => replica.FindTopic(author.Topic)?.State is OrganisationState state ? state.NextBatch : 0;

    /// <summary>The batch is in the log, but where was never heard: the answer was lost. The author's own topic tells.</summary>
    private bool FindLogged(OutboxItem item)
    {
        while (replica.ReadTopic(author.Topic, _scanned, 256) is { Count: > 0 } leaves)
        {
            foreach (var stored in leaves)
            {
                if (stored.Effective
                    && Leaf.TryParse(stored.Bytes) is { } leaf
                    && Entry.TryParse(leaf.Entry) is { } entry
                    && entry.Type == item.Type
                    && entry.Body.Span.SequenceEqual(item.Body.Span))
                {
                    outbox.KeepLogged(item.Number, stored.Index);
                    _scanned = leaf.Number + 1;
                    return true;
                }
            }

            _scanned += (ulong)leaves.Count;
        }

        _scanned = 0;
        return false;
    }

    private void Cry(OutboxItem item)
    {
        var now = time.GetUtcNow();
        if (now - item.Since > Stuck && now - _cried > Stuck)
        {
            _cried = now;
            alarms.Raise(AlarmKind.OutboxStuck, $"Batch {item.Number} has been in the outbox since {item.Since:u}.");
        }
    }
}
