using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Views.Provenances;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Fhir.Provenances;

/// <summary>A version of a record that this author wrote, without its content.</summary>
/// <param name="Key">Of the resource, 16 bytes.</param>
/// <param name="Resource">Whose version.</param>
/// <param name="Version">Its number.</param>
/// <param name="Meta">What stands beside the ciphertext.</param>
/// <param name="Header">Of the sealing.</param>
/// <param name="Anchor">With the outbox number of its batch.</param>
/// <param name="Change">What made it.</param>
internal sealed record WrittenVersion(byte[] Key, StoredResource Resource, uint Version, VersionMeta Meta, RecordHeader Header, Anchor Anchor, RecordChange Change)
{
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds((long)Meta.LastUpdated);

    /// <summary><c>Type/id/_history/1</c>.</summary>
    public string Versioned => $"{Meta.Type}/{Meta.Id}/_history/{Version}";
}

/// <summary>Finds versions of patients' records in the tables. Contents stay sealed; what can't be read is left out, and is alarmed about where it is read.</summary>
internal sealed class WrittenVersions(SqliteFile file, StorageKeys keys)
{
    private const int Portion = 256;

    // What belongs to no patient stands in no batch.
    private const string Select =
        "SELECT r.Id, r.RecordId, r.PatientId, r.CurrentVersion, r.Deleted, r.Key, v.Version, v.Sealed, v.Id, v.Newest FROM versions v CROSS JOIN resources r ON r.Id = v.ResourceId WHERE v.Batch IS NOT NULL AND";

    /// <summary>One version; null where there is none.</summary>
    public WrittenVersion? Find(byte[] key, uint version) => file.Read(session =>
        session.Find("SELECT Id FROM resources WHERE Key = $1", row => (long?)row.GetInt64(0), key) is { } resource
        && session.Find($"{Select} v.ResourceId = $1 AND v.Version = $2", row => ((StoredResource, byte[], uint, byte[])?)Read(row), resource, (long)version) is { } found
            ? Open(session, found)
            : null);

    /// <summary>All versions of one resource, oldest first, and at most so many.</summary>
    public IReadOnlyList<WrittenVersion> Of(long resourceRow, int most) => file.Read(session =>
        session.Query($"{Select} v.ResourceId = $1 ORDER BY v.Version LIMIT $2", Read, resourceRow, (long)most).Select(found => Open(session, found)).OfType<WrittenVersion>().ToList());

    /// <summary>All versions of all patients' records, the newest first, down to those that were written before a time.</summary>
    /// <param name="since">Null for no end.</param>
    public IEnumerable<WrittenVersion> Walk(DateTimeOffset? since)
    {
        for (var place = long.MaxValue; ;)
        {
            var portion = file.Read(session => session.Query(
                    $"{Select} v.Id < $1 ORDER BY v.Id DESC LIMIT $2", row => (Id: row.GetInt64(8), Newest: row.IsNull(9) ? long.MaxValue : row.GetInt64(9), Found: Read(row)), place, (long)Portion)
                .Select(row => (row.Id, row.Newest, Version: Open(session, row.Found)))
                .ToList());
            foreach (var (id, newest, version) in portion)
            {
                if (newest < since?.ToUnixTimeMilliseconds())
                {
                    yield break;
                }

                place = id;
                if (version is not null)
                {
                    yield return version;
                }
            }

            if (portion.Count == 0)
            {
                yield break;
            }
        }
    }

    /// <summary><c>Type/id</c> of a version; null where it can't be read.</summary>
    public string? NameOf(long resourceRow, uint version) =>
        file.Read(session => session.Find("SELECT Sealed FROM versions WHERE ResourceId = $1 AND Version = $2", row => row.GetBytes(0), resourceRow, (long)version)) is { } sealedMeta && OpenMeta(sealedMeta) is { } meta
            ? $"{meta.Type}/{meta.Id}"
            : null;

    private static (StoredResource Resource, byte[] Key, uint Version, byte[] Sealed) Read(SqliteRow row) => (
        new StoredResource(row.GetInt64(0), RecordId.FromBytes(row.GetBytes(1)), row.GetInt64(2), (uint)row.GetInt64(3), row.GetBoolean(4)), row.GetBytes(5), (uint)row.GetInt64(6), row.GetBytes(7));

    private WrittenVersion? Open(SqliteSession session, (StoredResource Resource, byte[] Key, uint Version, byte[] Sealed) found) =>
        OpenMeta(found.Sealed) is { Anchoring: { } anchoring } meta && RecordHeader.TryParse(anchoring.Header) is { } header && Anchor.TryParse(anchoring.Path) is { } anchor
            ? new WrittenVersion(found.Key, found.Resource, found.Version, meta, header, anchor, ChangeOf(session, found.Resource, found.Version, meta))
            : null;

    private RecordChange ChangeOf(SqliteSession session, StoredResource resource, uint version, VersionMeta meta) =>
        meta.Deleted ? RecordChange.Delete
        : version == 1 || (session.Find("SELECT Sealed FROM versions WHERE ResourceId = $1 AND Version = $2", row => row.GetBytes(0), resource.RowId, (long)version - 1) is { } before
            && OpenMeta(before) is { Deleted: true }) ? RecordChange.Create
        : RecordChange.Update;

    private VersionMeta? OpenMeta(byte[] sealedMeta) => keys.OpenColumn("version", sealedMeta) is { } plain ? VersionMeta.TryParse(plain) : null;
}
