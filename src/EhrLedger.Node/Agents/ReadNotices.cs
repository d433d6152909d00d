using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>Tells a patient's wallet that somebody else's read of its records stands on the ledger. A hint, from the node's start on: what a wallet misses here, its access log has.</summary>
internal sealed class ReadNotices(LogReplica replica, SqliteFile records, PatientDirectory patients, AgentStore agents, AgentDesk desk, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The loop. Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var next = replica.Size;
        while (true)
        {
            await replica.WaitForSizeAsync(next + 1, cancellationToken);
            var size = replica.Size;
            try
            {
                for (; next < size; next++)
                {
                    if (replica.FindLeaf(next) is { Effective: true } stored)
                    {
                        Tell(stored, next);
                    }
                }
            }
            catch (StoreFailedException)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private void Tell(StoredLeaf stored, ulong index)
    {
        if (Leaf.TryParse(stored.Bytes) is { } leaf
            && Entry.TryParse(leaf.Entry) is { } entry
            && entry.Type == ConsentEntryTypes.Read
            && SubjectId.TryFrom(entry.Topic) is { } subject
            && records.Read(session => session.Find("SELECT PatientId FROM subjects WHERE Subject = $1", row => (long?)row.GetInt64(0), subject.Key.ToArray())) is { } row
            && patients.FindByRow(row) is { } patient
            && agents.FindAbout("Patient/" + patient.Id) is { } connection
            && ConsentDesk.SealingKeyOf(connection) is { } wallet)
        {
            desk.Send(connection, ReadNotice.Seal(wallet, new ReadNoticeBody(subject.ToString(), (long)index)));
        }
    }
}
