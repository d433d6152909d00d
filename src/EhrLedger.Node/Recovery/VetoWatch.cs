using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Recovery;

/// <summary>Looks at every entry that is submitted here: a custodian that sees a well-signed veto destroys its share at once, logged or not. A sequencer that keeps a veto out gains nothing by it.</summary>
internal sealed class VetoWatch(ISubmitter inner, RecoveryCustodian custodian, Digest genesis, IAlarmSink alarms) : ISubmitter
{
    public ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        Heed(signedBytes);
        return inner.SubmitAsync(signedBytes, level, cancellationToken);
    }

    public ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
    {
        foreach (var one in signedBytes)
        {
            Heed(one);
        }

        return inner.SubmitSeriesAsync(signedBytes, cancellationToken);
    }

    private void Heed(ReadOnlyMemory<byte> signedBytes)
    {
        if (Entry.TryParse(signedBytes) is not { } entry
            || entry.Type != RecoveryEntryTypes.RecoveryVetoed
            || RecoveryId.TryFrom(entry.Topic) is not { } recovery
            || RecoveryVetoed.TryParse(entry.Body) is not { } veto
            || !entry.VerifiesUnder(recovery.Key, genesis))
        {
            return;
        }

        try
        {
            custodian.ForgetVetoed(recovery, veto.Number);
        }
        catch (StoreFailedException)
        {
            alarms.Raise(AlarmKind.StoreFailed, "A share of a recovery that was vetoed could not be destroyed on the disk.");
        }
    }
}
