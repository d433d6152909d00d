using EhrLedger.Crypto;

namespace EhrLedger.Node.Storage.Vault;

/// <summary>The hot path of vault.db: wraps, shares and named secrets. Committed before the records that need them: what is left over after a crash harms nobody.</summary>
internal sealed class VaultStore(SqliteFile file, StorageKeys keys)
{
    /// <summary>Runs in one durable transaction.</summary>
    public void Write(Action<SqliteSession> work) => file.Write(work);

    /// <inheritdoc cref="SqliteFile.TryScrub"/>
    public bool TryScrub() => file.TryScrub();

    /// <summary>Adds the author's own wrap of both halves of a content key.</summary>
    public static void AddWrap(SqliteSession session, Digest header, ReadOnlyMemory<byte> wrapped) =>
        session.Execute("INSERT OR REPLACE INTO wraps (HeaderDigest, Wrapped) VALUES ($1, $2)", header.ToArray(), wrapped.ToArray());

    /// <summary>Null where the author has none (any more).</summary>
    public byte[]? FindWrap(Digest header) =>
        file.Read(session => session.Find("SELECT Wrapped FROM wraps WHERE HeaderDigest = $1", row => row.GetBytes(0), header.ToArray()));

    /// <summary>Destroys a wrap.</summary>
    public static void RemoveWrap(SqliteSession session, Digest header) => session.Execute("DELETE FROM wraps WHERE HeaderDigest = $1", header.ToArray());

    /// <summary>Adds a share that this node keeps as a custodian, as it is sealed to this node's own key.</summary>
    public static void AddShare(SqliteSession session, Digest header, ReadOnlyMemory<byte> sealedShare) =>
        session.Execute("INSERT OR IGNORE INTO shares (HeaderDigest, Wrapped) VALUES ($1, $2)", header.ToArray(), sealedShare.ToArray());

    /// <summary>Destroys a share.</summary>
    public static void RemoveShare(SqliteSession session, Digest header) => session.Execute("DELETE FROM shares WHERE HeaderDigest = $1", header.ToArray());

    /// <summary>The sealed share; null where this node has none (any more).</summary>
    public byte[]? FindShare(Digest header) =>
        file.Read(session => session.Find("SELECT Wrapped FROM shares WHERE HeaderDigest = $1", row => row.GetBytes(0), header.ToArray()));

    /// <summary>Keeps a named secret; one of the same name is replaced.</summary>
    public void KeepSecret(SecretKind kind, string name, ReadOnlySpan<byte> secret)
    {
        var (key, wrapped) = (keys.LookupKey(KindName(kind), name), keys.SealSecret(KindName(kind), secret));
        file.Write(session => session.Execute("INSERT OR REPLACE INTO secrets (Name, Kind, Wrapped) VALUES ($1, $2, $3)", key, (long)kind, wrapped));
    }

    /// <summary>Null where there is none.</summary>
    public byte[]? FindSecret(SecretKind kind, string name) =>
        file.Read(session => session.Find("SELECT Wrapped FROM secrets WHERE Name = $1", row => row.GetBytes(0), keys.LookupKey(KindName(kind), name))) is { } wrapped
            ? keys.OpenSecret(KindName(kind), wrapped)
            : null;

    /// <summary>Destroys a named secret.</summary>
    /// <returns>False where there was none.</returns>
    public bool RemoveSecret(SecretKind kind, string name) =>
        file.Write(session => session.Execute("DELETE FROM secrets WHERE Name = $1", keys.LookupKey(KindName(kind), name))) > 0;

    /// <summary>All secrets of one kind, opened; for start-up.</summary>
    public IReadOnlyList<byte[]> ReadSecrets(SecretKind kind) =>
        [.. file.Read(session => session.Query("SELECT Wrapped FROM secrets WHERE Kind = $1", row => row.GetBytes(0), (long)kind))
            .Select(wrapped => keys.OpenSecret(KindName(kind), wrapped))
            .OfType<byte[]>()];

    private static string KindName(SecretKind kind) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"secret/{(int)kind}");

}
