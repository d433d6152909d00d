using System.Collections.Concurrent;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Peers;

/// <summary>Remembers what was submitted here and cries when it does not stand in this node's own copy of the log after ten seconds: a sequencer that withholds is found out where it was asked.</summary>
internal sealed class WatchedSubmitter(ISubmitter inner, LogReplica replica, TimeProvider time, IAlarmSink alarms) : ISubmitter
{
    private const int MostWatched = 50_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Digest, DateTimeOffset> _waiting = new();

    /// <inheritdoc/>
    public async ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        if (signedBytes.Length > Entry.LargestSize)
        {
            return new SubmitOutcome.Refused(Rejection.Malformed);
        }

        var digest = Watch(signedBytes);
        var outcome = await inner.SubmitAsync(signedBytes, level, cancellationToken).ConfigureAwait(false);
        if (outcome is SubmitOutcome.Refused or SubmitOutcome.Logged { Level: CommitLevel.Final })
        {
            _waiting.TryRemove(digest, out _);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
    {
        var digests = signedBytes.Select(Watch).ToList();
        var outcomes = await inner.SubmitSeriesAsync(signedBytes, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < digests.Count; i++)
        {
            // What was refused, and what came after it, is not on its way.
            if (i >= outcomes.Count || outcomes[i] is SubmitOutcome.Refused)
            {
                _waiting.TryRemove(digests[i], out _);
            }
        }

        return outcomes;
    }

    private Digest Watch(ReadOnlyMemory<byte> signedBytes)
    {
        var digest = Digest.Of(signedBytes.Span);
        if (_waiting.Count < MostWatched)
        {
            _waiting.TryAdd(digest, time.GetUtcNow() + Patience);
        }

        return digest;
    }

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken).ConfigureAwait(false);
            var now = time.GetUtcNow();
            foreach (var (digest, due) in _waiting)
            {
                if (replica.FindRecent(digest) is not null)
                {
                    _waiting.TryRemove(digest, out _);
                }
                else if (due < now && _waiting.TryRemove(digest, out _))
                {
                    alarms.Raise(AlarmKind.EntryNotLogged, $"Entry {digest}, submitted here, is not in the log after {Patience.TotalSeconds:0} s.");
                }
            }
        }
    }
}
