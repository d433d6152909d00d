using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Erasing;

/// <summary>
/// The erasures that this node has been given: it destroys, says so on the ledger, says so again when its backups from before are gone, and, as the author, passes the order on to those who have not answered. What is left to
/// do stands in the table and on the ledger, so that a stop anywhere forgets nothing.
/// </summary>
internal sealed class Erasures(
    OrganisationId self,
    Ed25519PrivateKey key,
    LogReplica replica,
    Finality finality,
    ISubmitter submitter,
    IPeerTransport peers,
    SqliteFile records,
    StorageKeys keys,
    Eraser eraser,
    NodeSettings settings,
    TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly PeerLimits OrderLimits = new(8 << 10, TimeSpan.FromSeconds(20), Retries: 0);

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, (DateTimeOffset At, TimeSpan Pause)> _passOn = [];
    private readonly HashSet<Digest> _waitForBackups = [];

    // After a start, or where the store has failed: what is known to be erased may be so in one of the two databases only.
    private bool _mayHaveBegun = true;
    private bool _isUnscrubbed;
    private TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes an order, which is kept when this returns true. Taking it again changes nothing.</summary>
    /// <returns>False where this node's own copy of the log does not bear it out.</returns>
    /// <exception cref="StoreFailedException">It may not be kept.</exception>
    public async Task<bool> TakeAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        if (!await IsBorneOutAsync(order, cancellationToken))
        {
            return false;
        }

        // One that is settled here is not begun again.
        if (AnswerTo(order) != ErasureAnswer.BackupsGone)
        {
            records.WriteBeside(session => session.Execute(
                "INSERT OR IGNORE INTO erasures (Commitment, Sealed) VALUES ($1, $2)", order.Erasure.Commitment.ToArray(), keys.SealColumn("erasure", order.Encode())));
        }

        Tell();
        return true;
    }

    /// <summary>A hold has been lifted, or an order has come.</summary>
    public void Tell()
    {
        TaskCompletionSource told;
        lock (_lock)
        {
            told = _told;
            _told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.SetResult();
    }

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var began = false;
        while (true)
        {
            Task told;
            lock (_lock)
            {
                told = _told.Task;
            }

            try
            {
                if (!began)
                {
                    _isUnscrubbed = eraser.DestroyKeysAgain();
                    began = true;
                }

                if (_isUnscrubbed && eraser.TryScrub())
                {
                    _isUnscrubbed = false;
                }

                foreach (var (commitment, destroyedAt) in Pending())
                {
                    if (!WaitsForBackups(commitment, destroyedAt) && Find(commitment) is { } order)
                    {
                        await GoOnAsync(new PendingErasure(order, destroyedAt), cancellationToken);
                    }
                }

                _mayHaveBegun = false;
            }
            catch (StoreFailedException)
            {
                // The store says so itself; what is left stands in the table.
                _mayHaveBegun = true;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(told, Task.Delay(Pause, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task GoOnAsync(PendingErasure pending, CancellationToken cancellationToken)
    {
        var order = pending.Order;
        var isAuthor = order.Sealings[0].Header.Author == self;
        if (isAuthor)
        {
            await PassOnAsync(order, cancellationToken);
        }

        if (pending.DestroyedAt is null)
        {
            if (isAuthor && eraser.HoldOn(order) is { } ground)
            {
                eraser.CloseToOthers(order);
                await AnswerAsync(order, ErasureAnswer.Held, ground, cancellationToken);
                return;
            }

            if (_mayHaveBegun || eraser.IsNew(order))
            {
                _isUnscrubbed = true;
                eraser.Destroy(order);
            }

            if (_isUnscrubbed && !eraser.TryScrub())
            {
                return;
            }

            _isUnscrubbed = false;
            pending = pending with { DestroyedAt = time.GetUtcNow() };
            records.WriteBeside(session => session.Execute(
                "UPDATE erasures SET DestroyedAt = $1 WHERE Commitment = $2", pending.DestroyedAt.Value.ToUnixTimeMilliseconds(), order.Erasure.Commitment.ToArray()));
        }

        if (!await AnswerAsync(order, ErasureAnswer.Destroyed, null, cancellationToken))
        {
            return;
        }

        // One that newer ones have pushed out takes no answer any more: without this, a patient who erases the same without end would fill the table.
        var isPushedOut = StateOf(order.Erasure.Subject) is { Erasures.Length: >= SubjectState.MostErasures } state && state.FindErasure(order.Erasure.Commitment) is null;
        if (!isPushedOut && time.GetUtcNow() - pending.DestroyedAt < settings.BackupRetention)
        {
            if (!isAuthor || !Silent(order).Any())
            {
                _waitForBackups.Add(order.Erasure.Commitment);
            }

            return;
        }

        if (!await AnswerAsync(order, ErasureAnswer.BackupsGone, null, cancellationToken) || (isAuthor && Silent(order).Any()))
        {
            return;
        }

        // Settled: that these headers are erased stays known, whose they were does not.
        records.WriteBeside(session => session.Execute("DELETE FROM erasures WHERE Commitment = $1", order.Erasure.Commitment.ToArray()));
        _passOn.Remove(order.Erasure.Commitment);
        _waitForBackups.Remove(order.Erasure.Commitment);
    }

    // For thirty days there is nothing to do about most of them, and no reason to open them every few seconds.
    private bool WaitsForBackups(Digest commitment, DateTimeOffset? destroyedAt) => _waitForBackups.Contains(commitment) && time.GetUtcNow() - destroyedAt < settings.BackupRetention;

    /// <summary>Sees to it that the ledger has the answer.</summary>
    /// <returns>Whether it has it, or takes none any more.</returns>
    private async Task<bool> AnswerAsync(ErasureOrder order, ErasureAnswer answer, HoldGround? ground, CancellationToken cancellationToken)
    {
        if (StateOf(order.Erasure.Subject) is not { } state || state.FindErasure(order.Erasure.Commitment) is not { } erasure || erasure.AnswerOf(self) >= answer)
        {
            return StateOf(order.Erasure.Subject) is not null;
        }

        var body = new ErasureAnswered(order.Erasure.Commitment, self, answer, ground);
        var entry = Entry.Sign(ConsentEntryTypes.ErasureAnswered, order.Erasure.Subject.Topic, body.Encode(), time.GetUtcNow() + Entry.UsualValidity, key, replica.Genesis.Digest);
        if (await submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Final, cancellationToken) is not SubmitOutcome.Logged logged)
        {
            // It comes again with the next turn; one that is on its way already is refused then, and seen.
            return false;
        }

        await replica.WaitForSizeAsync(logged.Index + 1, cancellationToken);
        return true;
    }

    // The wallet may be switched off for long; the author is not. Whoever was away is asked less and less often.
    private async Task PassOnAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (at, pause) = _passOn.GetValueOrDefault(order.Erasure.Commitment, (now, Pause));
        if (now < at)
        {
            return;
        }

        var silent = Silent(order).ToList();
        if (silent.Count == 0)
        {
            return;
        }

        var body = order.Encode();
        await Task.WhenAll(silent.Select(member => peers.SendAsync(member, HttpMethod.Post, "/wallet/erasures", body, OrderLimits, cancellationToken)));
        _passOn[order.Erasure.Commitment] = (now + pause, pause * 2 < LongestPause ? pause * 2 : LongestPause);
    }

    private IEnumerable<Member> Silent(ErasureOrder order) => StateOf(order.Erasure.Subject)?.FindErasure(order.Erasure.Commitment) is { } erasure
        ? replica.Members.Active.Where(member => member.Organisation != self && erasure.AnswerOf(member.Organisation) is null)
        : [];

    private ErasureAnswer? AnswerTo(ErasureOrder order) => StateOf(order.Erasure.Subject)?.FindErasure(order.Erasure.Commitment)?.AnswerOf(self);

    // The wallet comes as soon as the entry is final for it; this node's copy may be a moment behind.
    private async Task<bool> IsBorneOutAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            var view = new ReplicaView(replica, finality);
            var denial = ErasureCheck.Decide(order, view);
            var left = until - time.GetUtcNow();
            if (denial is null or ErasureDenial.NotOfSubject || left <= TimeSpan.Zero)
            {
                return denial is null;
            }

            try
            {
                await finality.WaitForSizeAsync(view.FinalSize + 1, cancellationToken).WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private List<(Digest Commitment, DateTimeOffset? DestroyedAt)> Pending() =>
        [.. records.Read(session => session.Query(
            "SELECT Commitment, DestroyedAt FROM erasures",
            row => (Digest.FromBytes(row.GetBytes(0)), row.IsNull(1) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)))))];

    private ErasureOrder? Find(Digest commitment) =>
        records.Read(session => session.Find("SELECT Sealed FROM erasures WHERE Commitment = $1", row => row.GetBytes(0), commitment.ToArray())) is { } bytes && keys.OpenColumn("erasure", bytes) is { } plain
            ? ErasureOrder.TryParse(plain)
            : null;

    private SubjectState? StateOf(SubjectId subject) => replica.FindTopic(subject.Topic)?.State as SubjectState;

    /// <param name="Order">What is to go.</param>
    /// <param name="DestroyedAt">Null until it is gone.</param>
    private sealed record PendingErasure(ErasureOrder Order, DateTimeOffset? DestroyedAt);
}
