using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>Finds and opens what this author wrote. Opening inside the process is no read; whoever lets something out logs it first, with <see cref="AuthorLog.ReadAsync"/>.</summary>
internal sealed class AuthorReader(SqliteFile file, VaultStore vault, StorageKeys keys, PatientDirectory patients, OpenedContents contents, IAlarmSink alarms)
{
    private const string Columns = "Id, RecordId, PatientId, CurrentVersion, Deleted";

    // CROSS: versions in their order first, then the resource of each.
    private const string OutlinesOf =
        "SELECT r.Id, r.RecordId, r.PatientId, r.CurrentVersion, r.Deleted, v.Version, v.Sealed, v.Id, v.Newest FROM versions v CROSS JOIN resources r ON r.Id = v.ResourceId";

    private readonly Lazy<SymmetricKey> _directoryIndex = new(() => keys.IndexKeyOf(0));

    public byte[] KeyOf(string type, string id) => keys.LookupKey("resource", $"{type}/{id}");

    /// <summary>Null where there never was such a resource.</summary>
    public StoredResource? Find(string type, string id) => FindByKey(KeyOf(type, id));

    public StoredResource? FindByKey(byte[] key) =>
        file.Read(session => session.Find($"SELECT {Columns} FROM resources WHERE Key = $1", ReadResource, key));

    public StoredResource? FindByRow(long rowId) => file.Read(session => session.Find($"SELECT {Columns} FROM resources WHERE Id = $1", ReadResource, rowId));

    /// <summary>Opens a version. Null where there is none, or where its bytes or keys are damaged or destroyed.</summary>
    public OpenedVersion? Open(StoredResource resource, uint version) => file.Read(session => Open(session, resource, version));

    /// <summary>Opens the newest version of each; null as above.</summary>
    public IReadOnlyList<OpenedVersion?> OpenNewest(IReadOnlyList<StoredResource> resources) =>
        file.ReadSettled(session => resources.Select(resource => Open(session, resource, resource.CurrentVersion)).ToList());

    /// <summary>Which of these patients (0: the directory) have a resource with the token.</summary>
    public IReadOnlyList<long> Having(IReadOnlyList<long> patientRows, string text) => file.ReadSettled(session =>
        patientRows.Where(row => session.Find("SELECT 1 FROM tokens WHERE PatientId = $1 AND Value = $2 LIMIT 1", _ => true, row, AuthorTokens.Of(IndexKeyOf(row), text))).ToList());

    /// <summary>Resources of one patient (0: the directory) that have at least one token of every group. Unordered; tokens only narrow down.</summary>
    public IReadOnlyCollection<StoredResource> Candidates(long patientRow, IReadOnlyList<IReadOnlyList<string>> allOf)
    {
        var index = IndexKeyOf(patientRow);
        return file.ReadSettled(session =>
        {
            HashSet<long>? ids = null;

            // The narrowest group tends to be the last that the planner names; the type, which nearly all share, the first.
            foreach (var anyOf in allOf.Reverse())
            {
                var group = new HashSet<long>();
                foreach (var text in anyOf)
                {
                    var token = AuthorTokens.Of(index, text);
                    if (ids is null || ids.Count > 64)
                    {
                        group.UnionWith(session.Query("SELECT ResourceId FROM tokens WHERE PatientId = $1 AND Value = $2", row => row.GetInt64(0), patientRow, token));
                    }
                    else
                    {
                        group.UnionWith(ids.Where(id => session.Find("SELECT 1 FROM tokens WHERE PatientId = $1 AND Value = $2 AND ResourceId = $3", _ => true, patientRow, token, id)));
                    }
                }

                if (ids is null)
                {
                    ids = group;
                }
                else
                {
                    ids.IntersectWith(group);
                }

                if (ids.Count == 0)
                {
                    break;
                }
            }

            return (ids ?? []).Select(id => session.Find($"SELECT {Columns} FROM resources WHERE Id = $1 AND Deleted = 0", ReadResource, id)).OfType<StoredResource>().ToList();
        });
    }

    /// <summary>Every resource of a patient.</summary>
    public IReadOnlyList<StoredResource> All(long patientRow) =>
        file.Read(session => session.Query($"SELECT {Columns} FROM resources WHERE PatientId = $1 ORDER BY Id", ReadResource, patientRow));

    /// <summary>The versions of one resource as their entries in the table say, oldest first; contents stay sealed. Null if there are more than <paramref name="most"/>.</summary>
    public IReadOnlyList<VersionOutline>? Outlines(long resourceRow, int most, CancellationToken cancellationToken) => file.Read(session =>
    {
        var outlines = new List<VersionOutline>();
        foreach (var outline in session.Query(
            $"{OutlinesOf} WHERE v.ResourceId = $1 ORDER BY v.Version LIMIT $2",
            row =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return ReadOutline(row);
            },
            resourceRow,
            (long)most + 1))
        {
            if (outline is not null)
            {
                outlines.Add(outline with { Creates = outlines.Count == 0 || outlines[^1].Deleted });
            }
        }

        return outlines.Count > most ? null : outlines;
    });

    /// <summary>
    /// Goes over the versions of all resources, those that came last first, until there are enough; only as many entries are opened as that takes, contents stay sealed. What is written meanwhile comes
    /// before and moves nothing.
    /// </summary>
    /// <param name="takes">Which of them count.</param>
    /// <param name="since">Ends where all others are older; null for none.</param>
    /// <param name="after">Row of the resource and version behind which it begins; null for the newest.</param>
    /// <param name="wanted">How many are enough.</param>
    /// <param name="most">How many of those that do not count are opened at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found, and the last one looked at where it gave up before there were enough.</returns>
    public (IReadOnlyList<VersionOutline> Found, VersionOutline? GaveUpAt) Walk(
        Func<VersionOutline, bool> takes, DateTimeOffset? since, (long Row, uint Version)? after, int wanted, int most, CancellationToken cancellationToken)
    {
        var found = new List<VersionOutline>();
        var looked = 0;
        var place = after is var (row, version)
            ? file.Read(session => session.Find("SELECT Id FROM versions WHERE ResourceId = $1 AND Version = $2", r => r.GetInt64(0), row, (long)version))
            : long.MaxValue;
        while (found.Count < wanted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var portion = file.Read(session => session.Query(
                $"{OutlinesOf} WHERE v.Id < $1 ORDER BY v.Id DESC LIMIT $2",
                r => (Id: r.GetInt64(7), Newest: r.IsNull(8) ? long.MaxValue : r.GetInt64(8), Resource: ReadResource(r), Version: (uint)r.GetInt64(5), Sealed: r.GetBytes(6)),
                place,
                (long)Math.Clamp(wanted - found.Count, 16, 512)));
            foreach (var (id, newest, resource, number, sealedMeta) in portion)
            {
                if (found.Count == wanted || newest < since?.ToUnixTimeMilliseconds())
                {
                    return (found, null);
                }

                place = id;
                var outline = Outline(resource, number, sealedMeta);
                if (outline is not null && (since is null || outline.LastUpdated >= since) && takes(outline))
                {
                    found.Add(outline with { Creates = number == 1 || WasDeleted(resource, number - 1) });
                }
                else if (++looked >= most && outline is not null)
                {
                    return (found, outline);
                }
            }

            if (portion.Count == 0)
            {
                break;
            }
        }

        return (found, null);
    }

    /// <summary>Versions of all resources in the order in which they were first written, contents sealed still.</summary>
    /// <param name="versionRow">Behind which row of the table it begins.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>The row of each, and what its entry says; null for one that is damaged.</returns>
    public IReadOnlyList<(long VersionRow, VersionOutline? Outline)> Following(long versionRow, int most) => file.Read(session => session.Query(
        $"{OutlinesOf} WHERE v.Id > $1 ORDER BY v.Id LIMIT $2", row => (row.GetInt64(7), ReadOutline(row)), versionRow, (long)most));

    private bool WasDeleted(StoredResource resource, uint version) =>
        file.Read(session => session.Find("SELECT Sealed FROM versions WHERE ResourceId = $1 AND Version = $2", row => row.GetBytes(0), resource.RowId, (long)version)) is { } sealedMeta
        && Outline(resource, version, sealedMeta) is { Deleted: true };

    private VersionOutline? ReadOutline(SqliteRow row) => Outline(ReadResource(row), (uint)row.GetInt64(5), row.GetBytes(6));

    private VersionOutline? Outline(StoredResource resource, uint version, byte[] sealedMeta)
    {
        if (keys.OpenColumn("version", sealedMeta) is { } plain && VersionMeta.TryParse(plain) is { } meta)
        {
            return new VersionOutline(resource, version, meta.Type, meta.Id, DateTimeOffset.FromUnixTimeMilliseconds((long)meta.LastUpdated), meta.Deleted, Creates: false);
        }

        alarms.Raise(AlarmKind.DamagedRecord, $"Version {version} of record {resource.Record} can't be read: its entry in the table is damaged.");
        return null;
    }

    private SymmetricKey IndexKeyOf(long patientRow) => patients.FindByRow(patientRow)?.IndexKey(keys) ?? (patientRow == 0 ? _directoryIndex.Value : keys.IndexKeyOf(patientRow));

    private static StoredResource ReadResource(SqliteRow row) =>
        new(row.GetInt64(0), RecordId.FromBytes(row.GetBytes(1)), row.GetInt64(2), (uint)row.GetInt64(3), row.GetBoolean(4));

    private OpenedVersion? Open(SqliteSession session, StoredResource resource, uint version)
    {
        if (FindContent(session, resource, version) is not { } content)
        {
            return null;
        }

        var link = content.Subject is { } subject ? LinkOf(resource, subject) : null;
        if (content.Subject is not null && link is null)
        {
            // Without its subject a read could not be logged, and what can't be logged is not shown.
            alarms.Raise(AlarmKind.DamagedRecord, $"Version {version} of record {resource.Record} has no known subject.");
            return null;
        }

        return new OpenedVersion(resource, version, content, link);
    }

    private OpenedContent? FindContent(SqliteSession session, StoredResource resource, uint version)
    {
        // Of what was erased a reading that had begun before may have left something in memory.
        var (sealing, known, erased, sealedMeta, ciphertext) = session.Find(
            "SELECT coalesce(HeaderDigest, CiphertextDigest), Sealed, Ciphertext, Erased FROM versions WHERE ResourceId = $1 AND Version = $2",
            row => Digest.TryFromBytes(row.GetBytes(0), out var digest) && !row.GetBoolean(3) && contents.Find(resource.RowId, version, digest) is { } known
                ? (digest, known, false, [], [])
                : (digest, (OpenedContent?)null, row.GetBoolean(3), row.GetBytes(1), row.GetBytes(2)),
            resource.RowId,
            (long)version);
        if (known is not null || sealedMeta is null)
        {
            return known;
        }

        if (keys.OpenColumn("version", sealedMeta) is not { } plain || VersionMeta.TryParse(plain) is not { } meta)
        {
            alarms.Raise(AlarmKind.DamagedRecord, $"Version {version} of record {resource.Record} can't be read: its entry in the table is damaged.");
            return null;
        }

        var header = meta.Anchoring is null ? null : RecordHeader.TryParse(meta.Anchoring.Header);
        if (erased)
        {
            return new OpenedContent(meta.Type, meta.Id, DateTimeOffset.FromUnixTimeMilliseconds((long)meta.LastUpdated), deleted: true, header?.Subject, ReadOnlyMemory<byte>.Empty) { Erased = true };
        }

        if ((meta.Anchoring is null ? keys.OpenColumn("directory", ciphertext) : header is null ? null : OpenSealed(header, meta.Anchoring, ciphertext)) is not { } json)
        {
            alarms.Raise(AlarmKind.DamagedRecord, $"Version {version} of record {resource.Record} can't be opened: its bytes or its keys are damaged.");
            return null;
        }

        var content = new OpenedContent(meta.Type, meta.Id, DateTimeOffset.FromUnixTimeMilliseconds((long)meta.LastUpdated), meta.Deleted, header?.Subject, json);
        contents.Keep(resource.RowId, version, sealing, content);
        return content;
    }

    private byte[]? OpenSealed(RecordHeader header, Anchoring anchoring, byte[] ciphertext) =>
        WriteRow.TryParse(anchoring.Row) is { } row && vault.FindWrap(header.Digest) is { } wrap
            ? RecordOpener.OpenAsAuthor(header, row.Commitment, ciphertext, wrap, keys.Wrap)
            : null;

    private SubjectLink? LinkOf(StoredResource resource, SubjectId subject) =>
        patients.FindByRow(resource.PatientRow)?.Find(subject) ?? patients.FindByRow(OwnerRowOf(subject))?.Find(subject);

    private long OwnerRowOf(SubjectId subject) =>
        file.Read(session => session.Find("SELECT PatientId FROM subjects WHERE Subject = $1", row => row.GetInt64(0), subject.Key.ToArray()));
}
