using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>Subscriptions, and what they have still to be told, as they are kept: sealed rows of records.db.</summary>
internal sealed class SubscriptionStore(SqliteFile file, StorageKeys keys, ServerBase server)
{
    /// <summary>Most subscriptions of one caller.</summary>
    public const int MostOfCaller = 50;

    /// <summary>Most subscriptions of one client, which is another caller under each set of scopes.</summary>
    public const int MostOfClient = MostInAll / 2;

    /// <summary>Most subscriptions of all callers.</summary>
    public const int MostInAll = 1_000;

    /// <summary>Most notices that wait for one subscription; one that has more is switched off.</summary>
    public const int MostWaiting = 100_000;

    private const string Columns = "Id, Sealed";

    // Only this process changes them: what was read is what is there until a change is begun or has ended, however it ended.
    private long _changes;
    private volatile Snapshot? _snapshot;

    public string OwnerOf(KeptSubscription kept) => CallerName.OwnerOf(kept.AskingWithin(server));

    /// <returns>False where this caller, its client, or all callers have as many as can be.</returns>
    /// <exception cref="StoreFailedException">It is not kept.</exception>
    public bool TryAdd(KeptSubscription kept)
    {
        var (owner, row) = (OwnerKeyOf(OwnerOf(kept)), Seal(kept));
        var added = false;
        Write(session =>
        {
            added = session.Find("SELECT COUNT(*) FROM subscriptions WHERE Owner = $1", count => count.GetInt64(0), owner) < MostOfCaller
                && session.Query($"SELECT {Columns} FROM subscriptions", Read) is var all && all.Count < MostInAll
                && all.Count(one => one?.Asking.Client == kept.Asking.Client) < MostOfClient;
            if (added)
            {
                session.Execute("INSERT INTO subscriptions (Key, Owner, Sealed) VALUES ($1, $2, $3)", KeyOf(kept.Id), owner, row);
            }
        });
        return added;
    }

    /// <summary>Null for one that is not kept.</summary>
    public KeptSubscription? Find(string id) =>
        file.Read(session => session.Find($"SELECT {Columns} FROM subscriptions WHERE Key = $1", Read, KeyOf(id)));

    /// <summary>Null for one that is not kept any more.</summary>
    public KeptSubscription? Find(long row) =>
        file.Read(session => session.Find($"SELECT {Columns} FROM subscriptions WHERE Id = $1", Read, row));

    /// <summary>Those of one caller, in the order in which they were made.</summary>
    public IReadOnlyList<KeptSubscription> Of(Asking asking) =>
        [.. file.Read(session => session.Query($"SELECT {Columns} FROM subscriptions WHERE Owner = $1 ORDER BY Id", Read, OwnerKeyOf(CallerName.OwnerOf(asking)))).OfType<KeptSubscription>()];

    /// <summary>All. The same list as long as none of them changes.</summary>
    public IReadOnlyList<KeptSubscription> All()
    {
        var changes = Interlocked.Read(ref _changes);
        if (_snapshot is { } known && known.Changes == changes)
        {
            return known.All;
        }

        var read = new Snapshot(changes, [.. file.Read(session => session.Query($"SELECT {Columns} FROM subscriptions ORDER BY Id", Read)).OfType<KeptSubscription>()]);
        _snapshot = read;
        return read.All;
    }

    /// <summary>Keeps how it stands, where it is still what was sent in this version.</summary>
    /// <returns>False where its owner has changed or removed it meanwhile.</returns>
    /// <exception cref="StoreFailedException">It is not kept.</exception>
    public bool Change(KeptSubscription kept, uint expected)
    {
        var changed = false;
        var row = Seal(kept);
        Write(session =>
        {
            var standing = session.Find($"SELECT {Columns} FROM subscriptions WHERE Id = $1", Read, kept.Row);
            changed = standing?.Version == expected;
            if (changed)
            {
                session.Execute("UPDATE subscriptions SET Sealed = $1 WHERE Id = $2", row, kept.Row);

                // Also where it begins anew: what was being matched while it was switched off came after that.
                if (kept.State == SubscriptionState.Off || standing!.State == SubscriptionState.Off)
                {
                    session.Execute("DELETE FROM notices WHERE SubscriptionId = $1", kept.Row);
                }
            }
        });
        return changed;
    }

    /// <summary>Forgets it, and what it had still to be told.</summary>
    /// <exception cref="StoreFailedException">It may still be there.</exception>
    public void Remove(KeptSubscription kept) => Write(session =>
    {
        session.Execute("DELETE FROM notices WHERE SubscriptionId = $1", kept.Row);
        session.Execute("DELETE FROM subscriptions WHERE Id = $1", kept.Row);
    });

    /// <summary>Row of the newest version that was written.</summary>
    public long NewestVersion() => file.Read(session => session.Find("SELECT MAX(Id) FROM versions", row => row.IsNull(0) ? 0 : row.GetInt64(0)));

    /// <summary>Row of the version up to which all has been matched; null where nothing ever was.</summary>
    public long? Progress() => file.Read(session => session.Find("SELECT VersionRow FROM notice_progress WHERE Id = 1", row => (long?)row.GetInt64(0)));

    /// <summary>Keeps what was matched, and how far that goes: neither stands without the other.</summary>
    /// <param name="matched">A subscription's row, and what it is to be told.</param>
    /// <param name="versionRow">Up to which version.</param>
    /// <exception cref="StoreFailedException">Neither may be there.</exception>
    public void AddNotices(IReadOnlyList<(long Subscription, Notice Notice)> matched, long versionRow) => file.WriteBeside(session =>
    {
        AddNotices(session, matched);
        session.Execute("INSERT INTO notice_progress (Id, VersionRow) VALUES (1, $1) ON CONFLICT (Id) DO UPDATE SET VersionRow = $1", versionRow);
    });

    /// <summary>How far a grant was looked at for a purpose; null where it never was.</summary>
    public Look? FindLook(GrantId grant, PurposeOfUse purpose) =>
        file.Read(session => session.Find("SELECT Sealed FROM looks WHERE Key = $1", row => row.GetBytes(0), LookKeyOf(grant, purpose))) is { } row && keys.OpenColumn("look", row) is { } plain ? Look.TryParse(plain) : null;

    /// <summary>Keeps how far a look came, and what it is to tell: neither stands without the other.</summary>
    /// <exception cref="StoreFailedException">Neither may be there.</exception>
    public void KeepLook(GrantId grant, PurposeOfUse purpose, Look look, IReadOnlyList<(long Subscription, Notice Notice)> told) => file.WriteBeside(session =>
    {
        AddNotices(session, told);
        session.Execute("INSERT INTO looks (Key, Sealed) VALUES ($1, $2) ON CONFLICT (Key) DO UPDATE SET Sealed = $2", LookKeyOf(grant, purpose), keys.SealColumn("look", look.Encode()));
    });

    /// <summary>Forgets how far all others were looked at.</summary>
    /// <exception cref="StoreFailedException">They may still be there.</exception>
    public void KeepLooksOf(IEnumerable<(GrantId Grant, PurposeOfUse Purpose)> standing)
    {
        var keep = standing.Select(one => Convert.ToHexString(LookKeyOf(one.Grant, one.Purpose))).ToHashSet(StringComparer.Ordinal);
        var ended = file.Read(session => session.Query("SELECT Id, Key FROM looks", row => (Id: row.GetInt64(0), Key: row.GetBytes(1)))).Where(look => !keep.Contains(Convert.ToHexString(look.Key))).ToList();
        if (ended.Count > 0)
        {
            file.WriteBeside(session => ended.ForEach(look => session.Execute("DELETE FROM looks WHERE Id = $1", look.Id)));
        }
    }

    /// <summary>What a subscription has still to be told, oldest first.</summary>
    public IReadOnlyList<Notice> Waiting(long subscription, int most) => [.. file.Read(session => session.Query(
        "SELECT Id, Sealed FROM notices WHERE SubscriptionId = $1 ORDER BY Id LIMIT $2",
        row => keys.OpenColumn("notice", row.GetBytes(1)) is { } plain ? Notice.TryParse(plain, row.GetInt64(0)) : null,
        subscription,
        (long)most)).OfType<Notice>()];

    /// <summary>How many wait.</summary>
    public long CountWaiting(long subscription) => file.Read(session => session.Find("SELECT COUNT(*) FROM notices WHERE SubscriptionId = $1", row => row.GetInt64(0), subscription));

    /// <summary>These were told, or are not to be told any more.</summary>
    /// <exception cref="StoreFailedException">They may be told again.</exception>
    public void Forget(IReadOnlyList<Notice> notices) => file.WriteBeside(session =>
    {
        foreach (var notice in notices)
        {
            session.Execute("DELETE FROM notices WHERE Id = $1", notice.Row);
        }
    });

    private void Write(Action<SqliteSession> work)
    {
        try
        {
            file.WriteBeside(work);
        }
        finally
        {
            Interlocked.Increment(ref _changes);
        }
    }

    // One that was removed meanwhile gets none.
    private void AddNotices(SqliteSession session, IReadOnlyList<(long Subscription, Notice Notice)> notices)
    {
        foreach (var (subscription, notice) in notices)
        {
            session.Execute("INSERT INTO notices (SubscriptionId, Sealed) SELECT Id, $2 FROM subscriptions WHERE Id = $1", subscription, keys.SealColumn("notice", notice.Encode()));
        }
    }

    private byte[] LookKeyOf(GrantId grant, PurposeOfUse purpose) => keys.LookupKey("look", $"{grant}/{purpose.Code}");

    private byte[] KeyOf(string id) => keys.LookupKey("subscription", id);

    private byte[] OwnerKeyOf(string owner) => keys.LookupKey("subscription owner", owner);

    private byte[] Seal(KeptSubscription kept) => keys.SealColumn("subscription", kept.Encode());

    private KeptSubscription? Read(SqliteRow row) => keys.OpenColumn("subscription", row.GetBytes(1)) is { } plain ? KeptSubscription.TryParse(plain, row.GetInt64(0)) : null;

    private sealed record Snapshot(long Changes, IReadOnlyList<KeptSubscription> All);
}
