using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Ledger.Outbox;

/// <summary>
/// Brings an author's batches to the ledger, in order, until they are final. How far they have come is never written down: the author's own copy of the log says it, after every restart and
/// after every loss. What the sequencer acknowledged and this copy then misses was lost, and is submitted again; what the copy has, or may soon have, is not. Sending twice harms nothing: the
/// chain in the contract lets each number in once.
/// </summary>
public sealed class OutboxPump(
    IOutbox outbox, LogReplica replica, Finality finality, OrganisationId author, Ed25519PrivateKey key, ISubmitter submitter, TimeProvider time, IAlarmSink alarms)
{
    // What is added while a series is on its way, and for this long after it set out, goes together: one round of the whole consortium for all of it. The first after a rest goes at once.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    // Rows of reads hurry nobody: as long as no others wait behind them, more of them go together.
    private const int ReadPaces = 5;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstDoubt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDoubt = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(1);

    private TimeSpan _pause = FirstPause;
    private DateTimeOffset _cried = DateTimeOffset.MinValue;

    // The next to submit, and where the sequencer said that the one before it stands.
    private ulong _next;
    private ulong _acknowledgedIndex;
    private DateTimeOffset _acknowledgedAt;
    private TimeSpan _doubt = FirstDoubt;
    private ulong _furthest;

    // A copy that catches up, after a start or a restore, does not say yet what has been final for long.
    private DateTimeOffset _caughtUpAt;
    private ulong _inCopy;

    // Below this all is final; and how far it will be once the entry at this index is.
    private ulong _final;
    private (ulong Next, ulong Index)? _awaited;

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Which of the batches in the copy are final is not looked up at the start; only the newest is waited for.
            _caughtUpAt = time.GetUtcNow();
            _final = NextInCopy(replica.FindTopic(author.Topic)) is > 0 and var known ? known - 1 : 0;
            while (true)
            {
                try
                {
                    await GoOnAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (StoreFailedException)
                {
                    // A full disk is no end: what is in the outbox can go on when there is room again.
                    alarms.Raise(AlarmKind.StoreFailed, "The outbox, or this node's copy of the log, can't be read or written.");
                    await PauseAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops; what is in the outbox goes on after the next start.
        }
    }

    private async Task GoOnAsync(CancellationToken cancellationToken)
    {
        var added = outbox.WaitForBatchAsync(cancellationToken);
        var advanced = finality.Advance();
        var inCopy = Look();
        var series = outbox.FindFrom(_next, ISubmitter.LongestSeries);
        if (series.Count == 0 && FindDoubtful(inCopy) is { } doubtful)
        {
            series = [doubtful];
        }

        if (series.Count == 0)
        {
            CryIfLate();
            await RestAsync(added, advanced, inCopy, cancellationToken).ConfigureAwait(false);
            return;
        }

        var paced = Task.Delay(Pace, time, cancellationToken);
        if (await TrySubmitAsync(series, inCopy, cancellationToken).ConfigureAwait(false))
        {
            await paced.ConfigureAwait(false);
            for (var paces = 1; paces < ReadPaces && outbox.FindFrom(_next, ISubmitter.LongestSeries) is { Count: > 0 and < ISubmitter.LongestSeries } next && next.All(IsOfReads); paces++)
            {
                await Task.Delay(Pace, time, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            CryIfLate();
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsOfReads(OutboxItem item) => item.Type == EntryType.AuthorReads;

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_pause, time, cancellationToken).ConfigureAwait(false);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }

    private static ulong NextInCopy(LiveTopic? topic) => topic?.State is OrganisationState state ? state.NextBatch : 0;

    /// <summary>Holds what was submitted against this node's own copy of the log. Returns the number that the copy expects next.</summary>
    private ulong Look()
    {
        // The size first: whatever the copy had at this size, the topic then shows.
        var size = replica.Size;
        var topic = replica.FindTopic(author.Topic);
        var inCopy = NextInCopy(topic);
        if (_next < inCopy || size > _acknowledgedIndex)
        {
            // Somebody else's entry at the index that the sequencer had named, or beyond it: it has lost what it acknowledged.
            _next = inCopy;
        }

        if (inCopy > _inCopy)
        {
            _caughtUpAt = inCopy > _furthest ? time.GetUtcNow() : _caughtUpAt;
            _inCopy = inCopy;
        }

        if (_awaited is { } awaited && finality.Size > awaited.Index)
        {
            (_final, _awaited) = (awaited.Next, null);
        }

        if (_awaited is null && inCopy > _final && replica.ReadTopic(author.Topic, topic!.NextNumber - 1, 1) is [var last])
        {
            if (finality.Size > last.Index)
            {
                _final = inCopy;
            }
            else
            {
                _awaited = (inCopy, last.Index);
            }
        }

        return inCopy;
    }

    /// <summary>The newest batch that was acknowledged, if this copy should have had it for some time: does the sequencer still know it? If so, it knows all before it.</summary>
    private OutboxItem? FindDoubtful(ulong inCopy) => _next > inCopy && time.GetUtcNow() - _acknowledgedAt >= _doubt ? outbox.Find(_next - 1) : null;

    private async Task RestAsync(Task added, Task advanced, ulong inCopy, CancellationToken cancellationToken)
    {
        if (_final >= _next)
        {
            await added.ConfigureAwait(false);
            return;
        }

        var rest = _next > inCopy ? _acknowledgedAt + _doubt - time.GetUtcNow() : LongestRest;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(added, advanced, Task.Delay(rest < FirstPause ? FirstPause : rest < LongestRest ? rest : LongestRest, time, awake.Token)).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> TrySubmitAsync(IReadOnlyList<OutboxItem> series, ulong inCopy, CancellationToken cancellationToken)
    {
        var entries = series.Select(FreshBytesOf).ToList();
        var outcomes = await submitter.SubmitSeriesAsync(entries, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < series.Count; i++)
        {
            if (i >= outcomes.Count || !Take(series[i], outcomes[i], inCopy))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The signed entry, signed anew where the first signature has expired.</summary>
    private ReadOnlyMemory<byte> FreshBytesOf(OutboxItem item)
    {
        var now = time.GetUtcNow();
        if (Entry.TryParse(item.EntryBytes) is { } entry && entry.ValidUntil >= (ulong)now.AddMinutes(1).ToUnixTimeSeconds())
        {
            return entry.SignedBytes;
        }

        var signed = Entry.Sign(item.Type, author.Topic, item.Body.Span, now + Entry.UsualValidity, key, replica.Genesis.Digest).SignedBytes;
        outbox.KeepSigned(item.Number, signed);
        return signed;
    }

    private bool Take(OutboxItem item, SubmitOutcome outcome, ulong inCopy)
    {
        switch (outcome)
        {
            case SubmitOutcome.Logged(var index, _, _):
                var isNew = item.Number >= _furthest;
                (_pause, _doubt) = isNew ? (FirstPause, FirstDoubt) : (_pause, _doubt * 2 < LongestDoubt ? _doubt * 2 : LongestDoubt);
                _furthest = Math.Max(_furthest, item.Number + 1);
                (_next, _acknowledgedIndex, _acknowledgedAt) = (item.Number + 1, index, time.GetUtcNow());
                return true;
            case SubmitOutcome.Refused(var reason) when reason == new Rejection("batch-number"):
                // It has lost one before this; or it has this one, and the copy has not caught up.
                _next = inCopy;
                return false;
            case SubmitOutcome.Refused(var reason) when reason == Rejection.Expired:
                return false;
            case SubmitOutcome.Refused(var reason):
                alarms.Raise(AlarmKind.OutboxStuck, $"Batch {item.Number} was refused: {reason.Code}.");
                return false;
            default:
                return false;
        }
    }

    private void CryIfLate()
    {
        var now = time.GetUtcNow();
        if (now - _cried <= Stuck)
        {
            return;
        }

        if (outbox.NextNumber is var next && next < _final)
        {
            _cried = now;
            alarms.Raise(AlarmKind.OutboxStuck, $"The ledger has this author's batches below {_final}, the outbox only those below {next}: it is not the one that the ledger knows.");
        }
        else if (now - _caughtUpAt > Stuck && outbox.Find(_final) is { } oldest && now - oldest.Since > Stuck)
        {
            _cried = now;
            alarms.Raise(AlarmKind.OutboxStuck, $"Batch {oldest.Number} has been in the outbox since {oldest.Since:u}.");
        }
    }
}
