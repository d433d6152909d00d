using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// What the first page of a search froze, for an hour: the ordered matches, who may go on, and for what purpose. In memory only: after a restart a client searches again. What has expired is
/// dropped within minutes, also where nobody searches any more; the oldest go where there are too many, or too large ones.
/// </summary>
internal sealed class SearchSessions : IDisposable
{
    /// <summary>How long a search can be paged through.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Most searches that are kept.</summary>
    public const int MostSessions = 2_000;

    /// <summary>Most matches of all searches that are kept, but for one search alone.</summary>
    public const int MostMatches = 1_000_000;

    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    // All live equally long, so that the order of arrival is the order of the end.
    private readonly Queue<(string Name, DateTimeOffset Until)> _order = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private int _matches;

    public SearchSessions(TimeProvider time)
    {
        _time = time;
        _sweeper = time.CreateTimer(_ => Drop(), null, Sweep, Sweep);
    }

    /// <summary>Searches that are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>Keeps a search after its first page.</summary>
    /// <returns>The token of the second page.</returns>
    public string Keep(SearchQuery query, IReadOnlyList<Match> matches, int size, PurposeOfUse purpose)
    {
        var name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_lock)
        {
            _sessions[name] = new Session(query, matches, 0, size, purpose);
            _order.Enqueue((name, _time.GetUtcNow() + Lifetime));
            _matches += matches.Count;
        }

        Drop();
        return TokenOf(name, size);
    }

    /// <summary>Null for a token that is unknown, expired or out of range.</summary>
    public Session? Find(string token)
    {
        Drop();
        lock (_lock)
        {
            return Read(token) is var (name, offset) && _sessions.TryGetValue(name, out var session) && offset < session.Matches.Count ? session with { Offset = offset } : null;
        }
    }

    /// <summary>The token of the page after this one; null on the last.</summary>
    public string? Next(string token) =>
        Find(token) is { } session && Read(token) is var (name, offset) && offset + session.Size < session.Matches.Count ? TokenOf(name, offset + session.Size) : null;

    public void Dispose() => _sweeper.Dispose();

    private void Drop()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count > MostSessions || (_matches > MostMatches && _order.Count > 1)))
            {
                _order.Dequeue();
                _sessions.Remove(oldest.Name, out var dropped);
                _matches -= dropped!.Matches.Count;
            }
        }
    }

    private static string TokenOf(string name, int offset) => string.Create(CultureInfo.InvariantCulture, $"{name}.{offset}");

    private static (string Name, int Offset)? Read(string token) =>
        token.Split('.') is [var name, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? (name, offset) : null;

    /// <summary>A match in its place.</summary>
    /// <param name="Id">FHIR id, or record id of another author's.</param>
    /// <param name="Version">Null for another author's record, whose current version is shown.</param>
    /// <param name="Told">Own records that it tells of, because a chain leads to them.</param>
    internal sealed record Match(string Id, uint? Version, IReadOnlyList<StoredResource> Told);

    internal sealed record Session(SearchQuery Query, IReadOnlyList<Match> Matches, int Offset, int Size, PurposeOfUse Purpose);
}
