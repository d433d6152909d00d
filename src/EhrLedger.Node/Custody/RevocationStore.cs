using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Custody;

/// <summary>The revocations that this custodian holds, on the disk until the log has them.</summary>
internal sealed class RevocationStore(SqliteFile file)
{
    public IReadOnlyList<HeldRevocation> Read() =>
        [.. file.Read(session => session.Query(
                "SELECT Subject, GrantId FROM held_revocations",
                row => Ed25519PublicKey.TryFromBytes(row.GetBytes(0), out var key)
                    ? new HeldRevocation(new SubjectId(key), GrantId.FromBytes(row.GetBytes(1)))
                    : (HeldRevocation?)null))
            .OfType<HeldRevocation>()];

    /// <summary>On the disk when this returns. The same one sent again costs no write.</summary>
    /// <exception cref="StoreFailedException">It may be kept or not.</exception>
    public void Keep(HeldRevocation held)
    {
        var (subject, grant) = (held.Subject.Key.ToArray(), held.Grant.ToArray());
        if (!file.Read(session => session.Find("SELECT 1 FROM held_revocations WHERE Subject = $1 AND GrantId = $2", _ => true, subject, grant)))
        {
            file.Write(session => session.Execute("INSERT OR IGNORE INTO held_revocations (Subject, GrantId) VALUES ($1, $2)", subject, grant));
        }
    }

    /// <summary>Forgets what the log has.</summary>
    /// <exception cref="StoreFailedException">It may be forgotten or not.</exception>
    public void Drop(IReadOnlyList<HeldRevocation> logged)
    {
        if (logged.Count == 0)
        {
            return;
        }

        file.Write(session =>
        {
            foreach (var (subject, grant) in logged)
            {
                session.Execute("DELETE FROM held_revocations WHERE Subject = $1 AND GrantId = $2", subject.Key.ToArray(), grant.ToArray());
            }
        });
    }
}
