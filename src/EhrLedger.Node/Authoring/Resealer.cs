using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>Seals every version of a patient's records anew that is still sealed for a provisional subject, after a wallet has taken over. What it was sealed with is destroyed.</summary>
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

    /// <summary>The rows of all versions sealed for a subject.</summary>
    public IReadOnlyList<WriteRow> RowsOf(SubjectId subject) =>
        [.. file.Read(session => session.Query("SELECT Sealed FROM versions WHERE Subject = $1 ORDER BY RowNumber", row => row.GetFieldValue<byte[]>(0), subject.Key.ToArray()))
            .Select(sealedMeta => keys.OpenColumn("version", sealedMeta) is { } plain && VersionMeta.TryParse(plain)?.Anchoring is { } anchoring ? WriteRow.TryParse(anchoring.Row) : null)
            .OfType<WriteRow>()];

    /// <summary>Seals what is left, and destroys the provisional seed when nothing is.</summary>
    public async Task FinishAsync(Patient patient, CancellationToken cancellationToken)
    {
        if (patient.Former.Count == 0)
        {
            return;
        }

        foreach (var former in patient.Former)
        {
            // One that can't be opened is left behind, with its alarm: it must not keep the others from their new keys.
            for (var from = 0L; Find(former.Subject, from) is { Count: > 0 } left; from = left[^1].Number + 1)
            {
                await ResealAsync(patient, former, left, cancellationToken);
            }
        }

        sealing.DestroyProvisional(patient.Uid, patient.Former);
        patient.ForgetFormer();
    }

    private List<(long Number, long Resource, long Version, byte[] Header)> Find(SubjectId subject, long from) => file.Read(session => session.Query(
        "SELECT RowNumber, ResourceId, Version, HeaderDigest FROM versions WHERE Subject = $1 AND RowNumber >= $2 ORDER BY RowNumber LIMIT $3",
        row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetFieldValue<byte[]>(3)),
        subject.Key.ToArray(),
        from,
        Portion));

    private async Task ResealAsync(Patient patient, SubjectLink former, List<(long Number, long Resource, long Version, byte[] Header)> left, CancellationToken cancellationToken)
    {
        var link = patient.Subjects[former.Category];
        var subject = sealing.For(link);
        var indexKey = sealing.FindIndexKey(link.Subject, subject.Epoch);
        var custodians = sealing.ForCustodians();
        var versions = new List<AuthoredVersion>();
        var done = new List<byte[]>();
        foreach (var (_, resource, number, header) in left)
        {
            if (reader.FindByRow(resource) is not { } stored || reader.Open(stored, (uint)number) is not { } opened)
            {
                continue;
            }

            done.Add(header);
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

        await log.WriteAsync(versions, null, cancellationToken);
        vault.Write(session =>
        {
            foreach (var header in done)
            {
                VaultStore.RemoveWrap(session, Digest.FromBytes(header));
                VaultStore.RemoveShare(session, Digest.FromBytes(header));
            }
        });
    }
}

/// <summary>Search tokens of a stored version.</summary>
internal interface IGranteeTokens
{
    IReadOnlyCollection<string> Of(OpenedVersion version);
}
