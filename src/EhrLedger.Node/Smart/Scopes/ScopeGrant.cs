using EhrLedger.Fhir.Access;

namespace EhrLedger.Node.Smart.Scopes;

/// <summary>What a client gets of what it asks for.</summary>
internal static class ScopeGrant
{
    /// <summary>Most scopes in one request, and in one registration.</summary>
    public const int Most = 100;

    /// <summary>Splits scopes at spaces.</summary>
    public static string[] Split(string? scope) => (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What both the request and the registration allow, for scopes of one level.</summary>
    /// <param name="level">Only scopes of this level may be asked for: contexts are not mixed.</param>
    /// <param name="requested">As the request has them.</param>
    /// <param name="registered">As the client was registered.</param>
    /// <returns>Null where a requested scope is of another kind, can't be read, or there are too many. Empty where nothing of it is allowed.</returns>
    public static IReadOnlyList<SmartScope>? Find(ScopeContext level, IReadOnlyList<string> requested, IReadOnlyList<string> registered)
    {
        if (requested.Count > Most)
        {
            return null;
        }

        var allowed = registered.Select(SmartScope.Parse).OfType<SmartScope>().ToList();
        var granted = new List<SmartScope>();
        foreach (var text in requested)
        {
            if (SmartScope.Parse(text) is not { } asked || asked.Context != level)
            {
                return null;
            }

            granted.AddRange(allowed.Select(asked.And).OfType<SmartScope>().Where(both => !granted.Contains(both)));
        }

        return [.. granted.Distinct()];
    }
}
