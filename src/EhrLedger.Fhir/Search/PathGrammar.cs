namespace EhrLedger.Fhir.Search;

/// <summary>
/// Reads the part of FHIRPath that R4's search parameters are written in:
/// <c>term | term</c>, <c>Type.a.b</c>, <c>(Type.a as T)</c>, <c>.as(T)</c>, <c>.where(resolve() is T)</c>, <c>.where(a='v')</c>, <c>[n]</c>.
/// </summary>
internal static class PathGrammar
{
    internal sealed record Term(string Root, ElementPath.Step[] Steps);

    /// <summary>The terms of a union; a bar inside parentheses or quotes does not part.</summary>
    internal static List<string> Split(string expression)
    {
        var terms = new List<string>();
        var depth = 0;
        var quoted = false;
        var start = 0;
        for (var i = 0; i < expression.Length; i++)
        {
            switch (expression[i])
            {
                case '\'':
                    quoted = !quoted;
                    break;
                case '(' when !quoted:
                    depth++;
                    break;
                case ')' when !quoted:
                    depth--;
                    break;
                case '|' when !quoted && depth == 0:
                    terms.Add(expression[start..i].Trim());
                    start = i + 1;
                    break;
                default:
                    break;
            }
        }

        terms.Add(expression[start..].Trim());
        return terms;
    }

    /// <returns>Null if the term uses more of FHIRPath.</returns>
    internal static Term? Parse(string text)
    {
        var steps = new List<ElementPath.Step>();
        string? root = null;
        var rest = text;
        if (rest.StartsWith('('))
        {
            var end = Matching(rest);
            if (end < 0 || ParseCast(rest[1..end], steps) is not { } inner)
            {
                return null;
            }

            root = inner;
            rest = rest[(end + 1)..];
            if (rest.Length == 0)
            {
                return new Term(root, [.. steps]);
            }

            if (rest[0] != '.')
            {
                return null;
            }

            rest = rest[1..];
        }

        if (root is null)
        {
            root = ParseCast(rest, steps);
            return root is null ? null : new Term(root, [.. steps]);
        }

        return ParseSteps(rest, steps) ? new Term(root, [.. steps]) : null;
    }

    private static string? ParseCast(string text, List<ElementPath.Step> steps)
    {
        string? cast = null;
        var at = text.IndexOf(" as ", StringComparison.Ordinal);
        if (at >= 0)
        {
            cast = text[(at + 4)..].Trim();
            text = text[..at].Trim();
            if (!IsName(cast))
            {
                return null;
            }
        }

        var dot = text.IndexOf('.');
        var root = dot < 0 ? text : text[..dot];
        if (!IsName(root) || !char.IsAsciiLetterUpper(root[0]) || (dot >= 0 && !ParseSteps(text[(dot + 1)..], steps)))
        {
            return null;
        }

        if (cast is not null)
        {
            steps.Add(new ElementPath.Step.OfType(cast));
        }

        return root;
    }

    private static bool ParseSteps(string text, List<ElementPath.Step> steps)
    {
        while (text.Length > 0)
        {
            var end = 0;
            var depth = 0;
            while (end < text.Length && (text[end] != '.' || depth > 0))
            {
                depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
                end++;
            }

            if (!ParseStep(text[..end], steps))
            {
                return false;
            }

            text = end < text.Length ? text[(end + 1)..] : string.Empty;
        }

        return true;
    }

    private static bool ParseStep(string text, List<ElementPath.Step> steps)
    {
        const string resolves = "resolve() is ";
        if (text.StartsWith("as(", StringComparison.Ordinal) && text.EndsWith(')') && IsName(text[3..^1]))
        {
            steps.Add(new ElementPath.Step.OfType(text[3..^1]));
            return true;
        }

        if (text.StartsWith("where(", StringComparison.Ordinal) && text.EndsWith(')'))
        {
            var inner = text[6..^1];
            if (inner.StartsWith(resolves, StringComparison.Ordinal) && IsName(inner[resolves.Length..]))
            {
                steps.Add(new ElementPath.Step.RefersTo(inner[resolves.Length..]));
                return true;
            }

            var sides = inner.Split('=', 2);
            if (sides.Length == 2 && IsName(sides[0].Trim()) && sides[1].Trim() is ['\'', .. var value, '\''] && !value.Contains('\''))
            {
                steps.Add(new ElementPath.Step.Equal(sides[0].Trim(), value));
                return true;
            }

            return false;
        }

        if (text.EndsWith(']') && text.IndexOf('[') is > 0 and var open && int.TryParse(text[(open + 1)..^1], out var index) && index is >= 0 and < 1000
            && IsName(text[..open]))
        {
            steps.Add(new ElementPath.Step.Child(text[..open], index));
            return true;
        }

        if (!IsName(text))
        {
            return false;
        }

        steps.Add(new ElementPath.Step.Child(text));
        return true;
    }

    private static int Matching(string text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsName(string text) => text.Length > 0 && text.All(char.IsAsciiLetterOrDigit) && char.IsAsciiLetter(text[0]);
}
