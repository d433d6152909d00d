using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Custody;

/// <summary>Looks at every entry that is submitted here: a custodian that holds a well-signed revocation stops at once, logged or not, and still after a restart.</summary>
internal sealed class RevocationWatch(ISubmitter inner, HeldRevocations revocations, RevocationStore store, LogReplica replica, Finality finality, IAlarmSink alarms) : ISubmitter
{
    /// <summary>Holds again what was held before the restart. Called once, before the node answers.</summary>
    public void Load()
    {
        revocations.Restore(store.Read());
        store.Drop(revocations.DropLogged(new ReplicaView(replica, finality)));
    }

    public ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        Hold(signedBytes);
        return inner.SubmitAsync(signedBytes, level, cancellationToken);
    }

    public ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
    {
        foreach (var one in signedBytes)
        {
            Hold(one);
        }

        return inner.SubmitSeriesAsync(signedBytes, cancellationToken);
    }

    private void Hold(ReadOnlyMemory<byte> signedBytes)
    {
        if (Entry.TryParse(signedBytes) is not { } entry || entry.Type != ConsentEntryTypes.Revoked)
        {
            return;
        }

        var view = new ReplicaView(replica, finality);
        if (revocations.Offer(entry, view) is not { } held)
        {
            return;
        }

        try
        {
            store.Keep(held);
            store.Drop(revocations.DropLogged(view));
        }
        catch (StoreFailedException)
        {
            // It stops this node until a restart all the same, and goes on to the ledger.
            alarms.Raise(AlarmKind.StoreFailed, "A revocation that is not logged yet could not be kept on the disk.");
        }
    }
}
