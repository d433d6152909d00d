using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>Proposed Consents whose patients are to be asked, or were asked and may still answer: rows of records.db, written with the Consent itself.</summary>
/// <remarks>A row that is told of something gets another time, always: whoever has looked at it before, and puts it off or takes it out, changes nothing then.</remarks>
internal sealed class ConsentRequestStore(SqliteFile file, StorageKeys keys, PatientDirectory patients)
{
    private const string Kind = "consent-request";
    private const string Sooner = "MIN(Due, 1) - 1";

    /// <summary>What puts a new request of a Consent, in the place of one before it, into a transaction.</summary>
    /// <param name="request">16 bytes: the request's id.</param>
    public Action<SqliteSession, byte[]> Asking(byte[] request)
    {
        var kept = keys.SealColumn(Kind, request);
        return (session, resource) => session.Execute(
            $"INSERT INTO consent_requests (Resource, Sealed, Due) VALUES ($1, $2, 0) ON CONFLICT (Resource) DO UPDATE SET Sealed = $2, Due = {Sooner}", resource, kept);
    }

    /// <summary>Has a Consent looked at, in the transaction that changes it.</summary>
    public static void Wake(SqliteSession session, byte[] resource) => session.Execute($"UPDATE consent_requests SET Due = {Sooner} WHERE Resource = $1", resource);

    /// <summary>Has all of one patient looked at.</summary>
    /// <param name="patient">Such as <c>Patient/1</c>.</param>
    public void Wake(string patient)
    {
        if (FhirReference.Parse(patient) is { } parsed && patients.FindById(parsed.Id) is { } known)
        {
            file.WriteBeside(session => session.Execute(
                $"UPDATE consent_requests SET Due = {Sooner} WHERE Resource IN (SELECT r.Key FROM consent_requests c CROSS JOIN resources r ON r.Key = c.Resource WHERE r.PatientId = $1)", known.RowId));
        }
    }

    /// <summary>Those that are to be looked at now.</summary>
    public IReadOnlyList<KeptConsentRequest> FindDue(DateTimeOffset now, int most) => [.. file
        .Read(session => session.Query(
            "SELECT Resource, Sealed, Due FROM consent_requests WHERE Due <= $1 ORDER BY Due LIMIT $2", row => (Resource: row.GetBytes(0), Sealed: row.GetBytes(1), Due: row.GetInt64(2)), now.ToUnixTimeMilliseconds(), most))
        .Select(row => new KeptConsentRequest(row.Resource, keys.OpenColumn(Kind, row.Sealed), row.Due))];

    /// <summary>Puts one off.</summary>
    public void PutOff(KeptConsentRequest kept, DateTimeOffset until) => file.WriteBeside(session =>
        session.Execute("UPDATE consent_requests SET Due = $3 WHERE Resource = $1 AND Due = $2", kept.Resource, kept.Due, until.ToUnixTimeMilliseconds()));

    /// <summary>Takes out one that is over.</summary>
    public void Remove(KeptConsentRequest kept) => file.WriteBeside(session =>
        session.Execute("DELETE FROM consent_requests WHERE Resource = $1 AND Due = $2", kept.Resource, kept.Due));
}

/// <summary>One of them.</summary>
/// <param name="Resource">Keyed type and id of the Consent.</param>
/// <param name="Request">16 bytes: the request's id; null where the row is damaged.</param>
/// <param name="Due">As it was read.</param>
internal sealed record KeptConsentRequest(byte[] Resource, byte[]? Request, long Due);
