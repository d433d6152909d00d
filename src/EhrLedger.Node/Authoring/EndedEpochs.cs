using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// An author that missed a revocation seals again. Whether a row came too late is settled as soon as this node's own copy of the log has the entry that anchors it: whatever ended the epoch before that
/// entry stands before it in the log. So the author's own topic is followed, entry by entry; rows that came too late are marked in the table, and sealed anew once the author has the key of the
/// epoch that the ledger says is current. Should a revocation overtake that as well, the same happens again.
/// </summary>
internal sealed class EndedEpochs(
    OrganisationId self, LogReplica replica, Resealer resealer, SealingKeys sealing, PatientDirectory patients, SqliteFile file, TimeProvider time, IAlarmSink alarms)
{
    private const int PageSize = 64;
    private const ulong KeepEvery = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly HashSet<SubjectId> _waiting = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _next;
    private ulong _kept;

    /// <summary>The key of a new epoch has come.</summary>
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
        var loaded = false;
        while (true)
        {
            Task told;
            lock (_lock)
            {
                told = _told.Task;
            }

            var size = replica.Size;
            try
            {
                if (!loaded)
                {
                    Load();
                    loaded = true;
                }

                Settle(size);
                await RenewAsync(cancellationToken);
            }
            catch (StoreFailedException)
            {
                // Whoever writes has cried. What is to be done stands in the table.
                await Task.Delay(Pause, time, cancellationToken);
                continue;
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(told, replica.WaitForSizeAsync(size + 1, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Load()
    {
        resealer.DestroyRetired();
        _next = _kept = file.Read(session => session.Find("SELECT NextNumber FROM epoch_progress", row => (ulong)row.GetInt64(0)));
        _waiting.UnionWith(file.Read(session => session.Query("SELECT DISTINCT Subject FROM versions WHERE Ended = 1", row => SubjectOf(row.GetBytes(0)))).OfType<SubjectId>());
    }

    /// <summary>Holds the batches that the log has got against the epochs of their subjects.</summary>
    /// <param name="size">Of the log: entries from here on may have states that are not committed yet.</param>
    private void Settle(ulong size)
    {
        while (replica.FindTopic(self.Topic) is { } topic && _next < topic.NextNumber)
        {
            var page = replica.ReadTopic(self.Topic, _next, PageSize);
            var leaves = page.TakeWhile(stored => stored.Index < size).ToList();
            foreach (var stored in leaves)
            {
                if (stored.Effective
                    && Leaf.TryParse(stored.Bytes) is { } leaf
                    && Entry.TryParse(leaf.Entry) is { } entry
                    && entry.Type == EntryType.RecordsAnchored
                    && BatchBody.TryParse(entry.Body) is { } batch)
                {
                    Settle(batch.Number, stored.Index);
                }
            }

            _next += (ulong)leaves.Count;
            KeepProgress();
            if (leaves.Count < PageSize)
            {
                return;
            }
        }
    }

    private void Settle(ulong batch, ulong index)
    {
        var ended = file.Read(session => session.Query(
                "SELECT DISTINCT Subject, Epoch FROM versions WHERE Batch = $1 AND Epoch IS NOT NULL", row => (SubjectOf(row.GetBytes(0)), row.GetInt64(1)), (long)batch))
            .Where(under => under.Item1 is { } subject && replica.FindTopic(subject.Topic)?.State is SubjectState state && state.EpochEndedBefore((uint)under.Item2, index))
            .Select(under => (Subject: under.Item1!.Value, Epoch: under.Item2))
            .ToList();
        if (ended.Count == 0)
        {
            return;
        }

        file.Write(session =>
        {
            foreach (var (subject, epoch) in ended)
            {
                session.Execute("UPDATE versions SET Ended = 1 WHERE Batch = $1 AND Subject = $2 AND Epoch = $3", (long)batch, subject.Key.ToArray(), epoch);
            }
        });
        _waiting.UnionWith(ended.Select(under => under.Subject));
    }

    // Now and then only: what is settled twice is settled the same way.
    private void KeepProgress()
    {
        if (_next - _kept < KeepEvery)
        {
            return;
        }

        file.WriteLazily(session => session.Execute("INSERT INTO epoch_progress (Id, NextNumber) VALUES (1, $1) ON CONFLICT (Id) DO UPDATE SET NextNumber = $1", (long)_next));
        _kept = _next;
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        foreach (var subject in _waiting.ToList())
        {
            // Under an epoch that has ended as well it would be for nothing: the key of the newest one is on its way here.
            if (FindPatient(subject) is { } patient
                && patient.Find(subject) is { } link
                && replica.FindTopic(subject.Topic)?.State is SubjectState state
                && link.Epoch == state.CurrentEpoch)
            {
                if (sealing.CanSealFor(link))
                {
                    await resealer.RenewAsync(patient, link, cancellationToken);
                }
                else
                {
                    alarms.Raise(AlarmKind.DamagedRecord, $"The vault has lost what records of {subject} are sealed with: those of an ended epoch can't be sealed again.");
                }

                // What could not be done has its alarm; it is tried again after the next start.
                _waiting.Remove(subject);
            }
        }
    }

    private Patient? FindPatient(SubjectId subject) => patients.FindByRow(
        file.Read(session => session.Find("SELECT PatientId FROM subjects WHERE Subject = $1", row => row.GetInt64(0), subject.Key.ToArray())));

    private static SubjectId? SubjectOf(byte[] key) => Ed25519PublicKey.TryFromBytes(key, out var parsed) ? new SubjectId(parsed) : null;
}
