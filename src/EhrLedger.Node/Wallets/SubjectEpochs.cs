using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Wallets;

/// <summary>New epochs of subjects: the author seals under them as soon as it has their keys and its own copy of the ledger says the same, and seals again what came too late.</summary>
internal sealed class SubjectEpochs(OrganisationId self, LogReplica replica, SubjectDesk desk, SealingKeys sealing, PatientDirectory patients, SqliteFile file, EndedEpochs ended, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>False if the subject is unknown, the proof is not its own, or the ledger has another epoch. Told again, it changes nothing.</summary>
    public async Task<bool> StartAsync(NewEpoch epoch, CancellationToken cancellationToken)
    {
        if (desk.FindLink(epoch.Subject) is not { Provisional: false } link || !epoch.Verifies(desk.KeyOf(epoch.Subject), replica.Genesis.Digest, self))
        {
            return false;
        }

        if (!await IsOnLedgerAsync(epoch, cancellationToken) || patients.FindByRow(link.PatientId) is not { } patient)
        {
            return false;
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            // Told twice, or overtaken by the next one while this one waited for the ledger.
            if (link.Epoch >= epoch.Epoch)
            {
                return true;
            }

            sealing.KeepEpoch(epoch.Subject, epoch.Epoch, epoch.SealingKey, epoch.IndexKey.Span);
            var before = link.Epoch;
            link.Epoch = epoch.Epoch;
            try
            {
                file.Write(session => session.Execute("UPDATE patients SET Sealed = $1 WHERE Id = $2", patients.Seal(patient, patient.Identity), patient.RowId));
            }
            catch (StoreFailedException)
            {
                // The wallet is told to come again, and must find that it is still to be done.
                link.Epoch = before;
                throw;
            }

            ended.Tell();
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<bool> IsOnLedgerAsync(NewEpoch epoch, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + Patience;
        while (true)
        {
            var size = replica.Size;
            if (replica.FindTopic(epoch.Subject.Topic)?.State is SubjectState state && state.CurrentEpoch >= epoch.Epoch)
            {
                return epoch.Epoch >= state.FirstEpoch && state.Epochs[(int)(epoch.Epoch - state.FirstEpoch)].SealingKeyDigest == epoch.SealingKey.Digest;
            }

            try
            {
                await replica.WaitForSizeAsync(size + 1, cancellationToken).WaitAsync(until - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
