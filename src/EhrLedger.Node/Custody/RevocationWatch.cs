using EhrLedger.Consent.Custody;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Custody;

/// <summary>Looks at every entry that is submitted here: a custodian that holds a well-signed revocation stops at once, logged or not.</summary>
internal sealed class RevocationWatch(ISubmitter inner, HeldRevocations revocations, LogReplica replica, Finality finality) : ISubmitter
{
    public ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        if (Entry.TryParse(signedBytes) is { } entry && revocations.Offer(entry, new ReplicaView(replica, finality)))
        {
            revocations.DropLogged(new ReplicaView(replica, finality));
        }

        return inner.SubmitAsync(signedBytes, level, cancellationToken);
    }

    /// <remarks>A series is an organisation's batches: no patient's revocation stands on its topic.</remarks>
    public ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken) =>
        inner.SubmitSeriesAsync(signedBytes, cancellationToken);
}
