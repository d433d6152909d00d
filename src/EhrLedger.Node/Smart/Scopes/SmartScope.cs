namespace EhrLedger.Node.Smart.Scopes;

/// <summary>A SMART v2 scope for data, such as <c>system/Observation.rs?category=laboratory</c>.</summary>
/// <remarks>Source: HL7 SMART App Launch 2.2, "Scopes for requesting FHIR Resources".</remarks>
/// <param name="Level">patient, user or system.</param>
/// <param name="Type">A resource type, or *.</param>
/// <param name="Letters">Some of c, r, u, d, s in this order.</param>
/// <param name="Query">Search parameters without the question mark; null for none.</param>
internal sealed record SmartScope(string Level, string Type, string Letters, string? Query)
{
    private const string AllLetters = "cruds";
    private const int Longest = 1_000;

    /// <summary>Null for anything that is not such a scope. SMART v1's read, write and * are taken as rs, cud and cruds.</summary>
    public static SmartScope? TryParse(string text)
    {
        if (text.Length > Longest)
        {
            return null;
        }

        var mark = text.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = mark < 0 ? (text, null) : (text[..mark], text[(mark + 1)..]);
        if (path.Split('/') is not [("patient" or "user" or "system") and var level, var rest] || rest.Split('.') is not [var type, var letters])
        {
            return null;
        }

        letters = letters switch
        {
            "read" when query is null => "rs",
            "write" when query is null => "cud",
            "*" when query is null => AllLetters,
            _ => letters,
        };
        return IsType(type) && AreLetters(letters) && (query is null || IsQuery(query)) ? new SmartScope(level, type, letters, query) : null;
    }

    /// <summary>What both allow; null for nothing, or where two queries differ: what both of them allow can't be said in one scope.</summary>
    public SmartScope? And(SmartScope other)
    {
        var letters = string.Concat(Letters.Where(other.Letters.Contains));
        var type = Type == "*" ? other.Type : other.Type == "*" || other.Type == Type ? Type : null;
        return Level == other.Level && type is not null && letters.Length > 0 && (Query is null || other.Query is null || Query == other.Query)
            ? new SmartScope(Level, type, letters, Query ?? other.Query)
            : null;
    }

    /// <summary>As it was read.</summary>
    public override string ToString() => $"{Level}/{Type}.{Letters}{(Query is null ? "" : "?" + Query)}";

    private static bool IsType(string type) => type == "*" || (type.Length is > 0 and <= 64 && char.IsAsciiLetterUpper(type[0]) && type.All(char.IsAsciiLetter));

    private static bool AreLetters(string letters)
    {
        var last = -1;
        foreach (var letter in letters)
        {
            var place = AllLetters.IndexOf(letter, StringComparison.Ordinal);
            if (place <= last)
            {
                return false;
            }

            last = place;
        }

        return letters.Length > 0;
    }

    // Modifiers and chains would make a permission depend on more than the resource itself.
    private static bool IsQuery(string query) => query.Length > 0 && query.Split('&').All(pair =>
        pair.Split('=') is [{ Length: > 0 } name, { Length: > 0 } value]
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && value.All(c => c is > ' ' and < '\x7f' and not ('"' or '\\')));
}
