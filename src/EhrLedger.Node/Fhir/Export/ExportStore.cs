using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>
/// Exports as they are kept: a sealed row of records.db each, and a folder with its sealed files. The key of the files stands in the row alone, so that they are gone for good when the row is.
/// </summary>
internal sealed class ExportStore(SqliteFile file, StorageKeys keys, NodeSettings settings, ServerBase server, TimeProvider time)
{
    /// <summary>Most exports of one caller, ended ones included until their files go.</summary>
    public const int MostOfCaller = 5;

    /// <summary>Most exports of one client, which is another caller under each set of scopes.</summary>
    public const int MostOfClient = MostInAll / 2;

    /// <summary>Most exports of all callers.</summary>
    public const int MostInAll = 200;

    /// <summary>How long files are kept at least.</summary>
    public TimeSpan ShortestLife => settings.ExportLifetime;

    private string Root => Path.Combine(settings.Data, "exports");

    /// <summary>When the files of an export go; null while it runs.</summary>
    public DateTimeOffset? ExpiryOf(ExportJob job) => job.Ended + settings.ExportLifetime;

    /// <summary>The caller whose it is.</summary>
    public string OwnerOf(ExportJob job) => CallerName.OwnerOf(job.AskingWithin(server));

    public string FolderOf(string name) => Path.Combine(Root, name);

    /// <returns>False where this caller, its client, or all callers have as many as can be.</returns>
    /// <exception cref="StoreFailedException">It is not kept.</exception>
    public bool TryAdd(ExportJob job)
    {
        var (owner, row) = (OwnerKeyOf(OwnerOf(job)), Seal(job));
        var added = false;
        file.WriteBeside(session =>
        {
            added = session.Find("SELECT COUNT(*) FROM exports WHERE Owner = $1", count => count.GetInt64(0), owner) < MostOfCaller
                && session.Query("SELECT Sealed FROM exports", sealedJob => Open(sealedJob.GetBytes(0))) is var all && all.Count < MostInAll
                && all.Count(one => one?.Asking.Client == job.Asking.Client) < MostOfClient;
            if (added)
            {
                session.Execute("INSERT INTO exports (Key, Owner, Until, Sealed) VALUES ($1, $2, NULL, $3)", KeyOf(job.Name), owner, row);
            }
        });
        return added;
    }

    /// <summary>Null for one that is not kept, or not any more.</summary>
    public ExportJob? Find(string name)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return file.Read(session => session.Find("SELECT Sealed FROM exports WHERE Key = $1 AND (Until IS NULL OR Until > $2)", row => row.GetBytes(0), KeyOf(name), now)) is { } row ? Open(row) : null;
    }

    /// <summary>Those that wait, or were running when the node stopped, in the order in which they were asked for.</summary>
    public IReadOnlyList<ExportJob> Unfinished() =>
        [.. file.Read(session => session.Query("SELECT Sealed FROM exports WHERE Until IS NULL ORDER BY Id", row => row.GetBytes(0))).Select(Open).OfType<ExportJob>()];

    /// <summary>All of them, ended or not.</summary>
    public IReadOnlyList<ExportJob> All() => [.. file.Read(session => session.Query("SELECT Sealed FROM exports", row => row.GetBytes(0))).Select(Open).OfType<ExportJob>()];

    /// <summary>Keeps how far it is; of one that was removed meanwhile, nothing.</summary>
    public void Save(SqliteSession session, ExportJob job)
    {
        if (ExpiryOf(job) is { } expiry)
        {
            session.Execute("UPDATE exports SET Sealed = $1, Until = $2 WHERE Key = $3", Seal(job), expiry.ToUnixTimeMilliseconds(), KeyOf(job.Name));
        }
        else
        {
            session.Execute("UPDATE exports SET Sealed = $1 WHERE Key = $2", Seal(job), KeyOf(job.Name));
        }
    }

    /// <inheritdoc cref="Save(SqliteSession, ExportJob)"/>
    /// <exception cref="StoreFailedException">It is not kept.</exception>
    public void Save(ExportJob job) => file.WriteBeside(session => Save(session, job));

    /// <summary>Forgets an export. Its files can't be opened any more, also where they could not be deleted.</summary>
    /// <exception cref="StoreFailedException">It may still be there.</exception>
    public void Remove(string name)
    {
        file.WriteBeside(session => session.Execute("DELETE FROM exports WHERE Key = $1", KeyOf(name)));
        RemoveFolder(name);
    }

    /// <summary>Forgets what has expired, and deletes every folder that no export has.</summary>
    /// <exception cref="StoreFailedException">Some may still be there.</exception>
    public void Sweep()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        file.WriteBeside(session => session.Execute("DELETE FROM exports WHERE Until <= $1", now));
        foreach (var folder in Directory.Exists(Root) ? Directory.GetDirectories(Root) : [])
        {
            var name = Path.GetFileName(folder);
            if (!IsKept(name))
            {
                RemoveFolder(name);
            }
        }
    }

    /// <summary>Deletes the files that an export had begun and not ended.</summary>
    public void RemoveStrays(ExportJob job)
    {
        var known = job.Files.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(FolderOf(job.Name)).Where(path => !known.Contains(Path.GetFileName(path))))
        {
            File.Delete(path);
        }
    }

    public bool IsKept(string name) => file.Read(session => session.Find("SELECT 1 FROM exports WHERE Key = $1", _ => true, KeyOf(name)));

    public void RemoveFolder(string name)
    {
        try
        {
            if (Directory.Exists(FolderOf(name)))
            {
                Directory.Delete(FolderOf(name), recursive: true);
            }
        }
        catch (IOException)
        {
            // Something is still being written into it: whoever does that deletes it, or the next sweep.
        }
    }

    private byte[] KeyOf(string name) => keys.LookupKey("export", name);

    private byte[] OwnerKeyOf(string owner) => keys.LookupKey("export owner", owner);

    private byte[] Seal(ExportJob job) => keys.SealColumn("export", job.Encode());

    private ExportJob? Open(byte[] row) => keys.OpenColumn("export", row) is { } plain ? ExportJob.TryParse(plain) : null;
}
