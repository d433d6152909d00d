using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Search;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// What the first page of a search froze, for an hour: the ordered matches, who may go on, and for what purpose. In memory only: after a restart a client searches again.
/// </summary>
internal sealed class SearchSessions(TimeProvider time)
{
    private const int MostSessions = 2_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (Session Session, DateTimeOffset Until)> _sessions = new(StringComparer.Ordinal);

    /// <summary>Keeps a search after its first page.</summary>
    /// <returns>The token of the second page.</returns>
    public string Keep(SearchQuery query, IReadOnlyList<Match> matches, int size, PurposeOfUse purpose)
    {
        var now = time.GetUtcNow();
        if (_sessions.Count >= MostSessions)
        {
            foreach (var (old, _) in _sessions.OrderBy(pair => pair.Value.Until).Take(MostSessions / 10))
            {
                _sessions.TryRemove(old, out _);
            }
        }

        var name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _sessions[name] = (new Session(query, matches, 0, size, purpose), now + Lifetime);
        return TokenOf(name, size);
    }

    /// <summary>Null for a token that is unknown, expired or out of range.</summary>
    public Session? Find(string token) =>
        Read(token) is var (name, offset) && _sessions.TryGetValue(name, out var kept) && kept.Until > time.GetUtcNow() && offset < kept.Session.Matches.Count
            ? kept.Session with { Offset = offset }
            : null;

    /// <summary>The token of the page after this one; null on the last.</summary>
    public string? Next(string token) =>
        Find(token) is { } session && Read(token) is var (name, offset) && offset + session.Size < session.Matches.Count ? TokenOf(name, offset + session.Size) : null;

    private static string TokenOf(string name, int offset) => string.Create(CultureInfo.InvariantCulture, $"{name}.{offset}");

    private static (string Name, int Offset)? Read(string token) =>
        token.Split('.') is [var name, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? (name, offset) : null;

    /// <summary>A match in its place.</summary>
    /// <param name="Id">FHIR id, or record id of another author's.</param>
    /// <param name="Version">Null for another author's record, whose current version is shown.</param>
    internal sealed record Match(string Id, uint? Version);

    internal sealed record Session(SearchQuery Query, IReadOnlyList<Match> Matches, int Offset, int Size, PurposeOfUse Purpose);
}
