using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// Searches that can be paged through, for an hour, also after a restart: sealed rows of records.db, under a key of the key store. What has expired is dropped within minutes, also where
/// nobody searches any more; the oldest go where there are too many, or too large ones.
/// </summary>
/// <remarks>A page's token is sealed as well: random to whoever holds it, of one length, and good for this node alone.</remarks>
internal sealed class SearchSessions : IDisposable
{
    /// <summary>How long a search can be paged through.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Most searches that are kept.</summary>
    public const int MostSessions = 2_000;

    /// <summary>Most matches of all searches that are kept, but for one search alone.</summary>
    public const int MostMatches = 1_000_000;

    private const int NameLength = 16;
    private const int MostCharacters = 200;
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(5);

    private readonly Lock _sweeping = new();
    private readonly SqliteFile _file;
    private readonly StorageKeys _keys;
    private readonly TimeProvider _time;
    private readonly int _mostSessions;
    private readonly int _mostMatches;
    private readonly ITimer _sweeper;
    private bool _disposed;

    public SearchSessions(SqliteFile file, StorageKeys keys, TimeProvider time, int mostSessions = MostSessions, int mostMatches = MostMatches)
    {
        (_file, _keys, _time, _mostSessions, _mostMatches) = (file, keys, time, mostSessions, mostMatches);
        _sweeper = time.CreateTimer(_ => DropExpired(), null, Sweep, Sweep);
    }

    /// <summary>Searches that are kept now.</summary>
    public int Count => (int)_file.Read(session => session.Find("SELECT COUNT(*) FROM searches", row => row.GetInt64(0)));

    /// <summary>Keeps a search after its first page.</summary>
    /// <returns>Its name, of which the tokens of its pages are made.</returns>
    /// <exception cref="StoreFailedException">It is not kept.</exception>
    public byte[] Keep(SearchSession search)
    {
        var name = RandomNumberGenerator.GetBytes(NameLength);
        var row = _keys.SealColumn("search/2", search.Encode());
        var now = _time.GetUtcNow();
        _file.WriteBeside(session =>
        {
            Drop(session, now);
            session.Execute(
                "INSERT INTO searches (Key, Until, Matches, Sealed) VALUES ($1, $2, $3, $4)", KeyOf(name), (now + Lifetime).ToUnixTimeMilliseconds(), (long)search.Matches.Count, row);
            while (session.Find("SELECT COUNT(*), SUM(Matches) FROM searches", kept => (Searches: kept.GetInt64(0), Matches: kept.GetInt64(1))) is var all
                && all.Searches > 1
                && (all.Searches > _mostSessions || all.Matches > _mostMatches))
            {
                session.Execute("DELETE FROM searches WHERE Id = (SELECT MIN(Id) FROM searches)");
            }
        });
        return name;
    }

    /// <summary>The token of a page.</summary>
    /// <param name="name">As <see cref="Keep"/> gave it.</param>
    /// <param name="page">From 0.</param>
    public string TokenOf(ReadOnlySpan<byte> name, int page)
    {
        Span<byte> plain = stackalloc byte[NameLength + sizeof(int)];
        name.CopyTo(plain);
        BinaryPrimitives.WriteInt32BigEndian(plain[NameLength..], page);
        return Base64Url.EncodeToString(_keys.SealColumn("page", plain));
    }

    /// <summary>Null for a token that is unknown, expired or another node's.</summary>
    public KeptPage? Find(string token)
    {
        if (token.Length > MostCharacters || !Base64Url.IsValid(token) || _keys.OpenColumn("page", Base64Url.DecodeFromChars(token)) is not { Length: NameLength + sizeof(int) } plain)
        {
            return null;
        }

        var name = plain[..NameLength];
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return _file.Read(session => session.Find("SELECT Sealed FROM searches WHERE Key = $1 AND Until > $2", row => row.GetBytes(0), KeyOf(name), now)) is { } row
            && _keys.OpenColumn("search/2", row) is { } opened
            && SearchSession.TryParse(opened) is { } search
                ? new KeptPage(search, name, BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(NameLength)))
                : null;
    }

    public void Dispose()
    {
        lock (_sweeping)
        {
            _disposed = true;
            _sweeper.Dispose();
        }
    }

    private void DropExpired()
    {
        lock (_sweeping)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                var now = _time.GetUtcNow();
                _file.WriteBeside(session => Drop(session, now));
            }
            catch (StoreFailedException)
            {
                // Expired ones are not found any more; the next time drops them.
            }
        }
    }

    private static void Drop(SqliteSession session, DateTimeOffset now) => session.Execute("DELETE FROM searches WHERE Until <= $1", now.ToUnixTimeMilliseconds());

    private byte[] KeyOf(ReadOnlySpan<byte> name) => _keys.LookupKey("search", Convert.ToHexStringLower(name));
}

/// <summary>A page of a kept search.</summary>
/// <param name="Search">What is kept.</param>
/// <param name="Name">Of the search.</param>
/// <param name="Page">From 0.</param>
internal sealed record KeptPage(SearchSession Search, byte[] Name, int Page);
