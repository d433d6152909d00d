namespace EhrLedger.Fhir.Search;

/// <summary>The query part of a URL, as it also stands in ifNoneExist and in conditional references.</summary>
public static class QueryText
{
    /// <summary>Decoded names and values in order. A plus is a space, as HTML forms write it.</summary>
    /// <param name="query">Without the question mark. Malformed percent signs stand for themselves.</param>
    public static IReadOnlyList<(string Name, string Value)> Parse(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var pairs = new List<(string, string)>();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            pairs.Add(equals < 0 ? (Decode(part), string.Empty) : (Decode(part[..equals]), Decode(part[(equals + 1)..])));
        }

        return pairs;
    }

    /// <summary>The reverse: percent-encoded, so that a link carries any value.</summary>
    public static string Write(IEnumerable<(string Name, string Value)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return string.Join('&', pairs.Select(p => $"{Uri.EscapeDataString(p.Name)}={Uri.EscapeDataString(p.Value)}"));
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
