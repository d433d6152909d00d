using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Seals versions anew that stand already: those of a provisional subject, after a wallet has taken over, and those whose epoch had ended before the ledger had them. What they were sealed with is
/// destroyed. It may be stopped anywhere: what is left to do stands in the tables.
/// </summary>
internal sealed class Resealer(
    SqliteFile file,
    StorageKeys keys,
    VaultStore vault,
    AuthorReader reader,
    AuthorLog log,
    SealingKeys sealing,
    RecordSealer sealer,
    IGranteeTokens tokens,
    TimeProvider time)
{
    private const int Portion = 256;
    private const string ContentType = "application/fhir+json";
    private const string OfSubject = "SELECT RowNumber, ResourceId, Version, HeaderDigest FROM versions WHERE Subject = $1 AND RowNumber >= $2 ORDER BY RowNumber LIMIT $3";
    private const string OfEndedEpochs = "SELECT RowNumber, ResourceId, Version, HeaderDigest FROM versions WHERE Subject = $1 AND Ended = 1 AND RowNumber >= $2 ORDER BY RowNumber LIMIT $3";

    /// <summary>The rows of all versions sealed for a subject.</summary>
    public IReadOnlyList<WriteRow> RowsOf(SubjectId subject) =>
        [.. file.Read(session => session.Query("SELECT Sealed FROM versions WHERE Subject = $1 ORDER BY RowNumber", row => row.GetBytes(0), subject.Key.ToArray()))
            .Select(sealedMeta => keys.OpenColumn("version", sealedMeta) is { } plain && VersionMeta.TryParse(plain)?.Anchoring is { } anchoring ? WriteRow.TryParse(anchoring.Row) : null)
            .OfType<WriteRow>()];

    /// <summary>After a take-over: seals what is left for the wallet's subjects, and destroys the provisional seed when nothing is.</summary>
    public async Task FinishAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (patient.Former.Count == 0)
        {
            return;
        }

        foreach (var former in patient.Former)
        {
            await SealAnewAsync(OfSubject, former.Subject, patient, patient.Subjects[former.Category], cancellationToken);
        }

        sealing.DestroyProvisional(patient.Uid, patient.Former);
        patient.ForgetFormer();
    }

    /// <summary>After a missed revocation: seals what is marked as ended for the same subject, under the epoch that the author seals under now.</summary>
    public Task RenewAsync(Patient patient, SubjectLink link, CancellationToken cancellationToken) => SealAnewAsync(OfEndedEpochs, link.Subject, patient, link, cancellationToken);

    /// <summary>Destroys in the vault what replaced sealings could be opened with.</summary>
    public void DestroyRetired()
    {
        var retired = file.Read(session => session.Query("SELECT HeaderDigest FROM retired_keys", row => row.GetBytes(0)));
        if (retired.Count == 0)
        {
            return;
        }

        vault.Write(session =>
        {
            foreach (var header in retired)
            {
                VaultStore.RemoveWrap(session, Digest.FromBytes(header));
                VaultStore.RemoveShare(session, Digest.FromBytes(header));
            }
        });
        file.Write(session =>
        {
            foreach (var header in retired)
            {
                session.Execute("DELETE FROM retired_keys WHERE HeaderDigest = $1", header);
            }
        });
    }

    private async Task SealAnewAsync(string find, SubjectId old, Patient patient, SubjectLink link, CancellationToken cancellationToken)
    {
        // One that can't be opened is left behind, with its alarm: it must not keep the others from their new keys.
        for (var from = 0L; Find(find, old, from) is { Count: > 0 } left; from = left[^1].Number + 1)
        {
            await SealAnewAsync(left, patient, link, cancellationToken);
        }
    }

    private List<(long Number, long Resource, long Version, byte[] Header)> Find(string find, SubjectId subject, long from) => file.Read(session => session.Query(
        find, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetBytes(3)), subject.Key.ToArray(), from, Portion));

    private async Task SealAnewAsync(List<(long Number, long Resource, long Version, byte[] Header)> left, Patient patient, SubjectLink link, CancellationToken cancellationToken)
    {
        var subject = sealing.For(link);
        var indexKey = sealing.FindIndexKey(link.Subject, subject.Epoch);
        var custodians = sealing.ForCustodians();
        var versions = new List<AuthoredVersion>();
        var replaced = new List<byte[]>();
        foreach (var (_, resource, number, header) in left)
        {
            if (reader.FindByRow(resource) is not { } stored || reader.Open(stored, (uint)number) is not { } opened)
            {
                continue;
            }

            replaced.Add(header);
            var sealedRecord = sealer.Seal(opened.Record, subject, custodians, ContentType, opened.Json.Span, time.GetUtcNow());
            versions.Add(new AuthoredVersion(
                [],
                opened.Record,
                patient.RowId,
                opened.Type,
                opened.Id,
                (ulong)opened.LastUpdated.ToUnixTimeMilliseconds(),
                opened.Deleted,
                link,
                sealedRecord,
                default,
                [],
                opened.Deleted || indexKey is null ? [] : [.. tokens.Of(opened).Append(RecordToken.Of(opened.Record.Record)).Select(indexKey.TokenOf)])
            {
                Resealed = resource,
            });
        }

        if (versions.Count == 0)
        {
            return;
        }

        await log.WriteAsync(versions, session => Retire(session, replaced), cancellationToken);
        DestroyRetired();
    }

    private static void Retire(SqliteSession session, List<byte[]> headers)
    {
        foreach (var header in headers)
        {
            session.Execute("INSERT OR IGNORE INTO retired_keys (HeaderDigest) VALUES ($1)", header);
        }
    }
}

/// <summary>Search tokens of a stored version.</summary>
internal interface IGranteeTokens
{
    IReadOnlyCollection<string> Of(OpenedVersion version);
}
