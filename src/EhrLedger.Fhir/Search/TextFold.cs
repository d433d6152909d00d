using System.Text;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The form in which strings are compared: lower case, without accents and punctuation, runs of white space as one space (FHIR R4 §3.1.1.4.7).
/// The table is our own because the invariant globalisation that the nodes run with leaves Unicode decomposition out, and because index tokens must
/// not change with a library's Unicode version.
/// </summary>
internal static class TextFold
{
    // U+00C0 to U+017F, one ASCII letter (or two, by the switch below) for each.
    private const string Latin =
        "AAAAAA?CEEEEIIII" + "DNOOOOO?OUUUUY??" + "aaaaaa?ceeeeiiii" + "dnooooo?ouuuuy?y"
        + "AaAaAaCcCcCcCcDd" + "DdEeEeEeEeEeGgGg" + "GgGgHhHhIiIiIiIi" + "Ii??JjKkkLlLlLlL"
        + "lLlNnNnNnnNnOoOo" + "Oo??RrRrRrSsSsSs" + "SsTtTtTtUuUuUuUu" + "UuUuWwYyYZzZzZzs";

    internal static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        var space = false;
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                space = folded.Length > 0;
                continue;
            }

            var before = folded.Length;
            if (space)
            {
                folded.Append(' ');
            }

            var start = folded.Length;
            Append(folded, c);
            if (folded.Length == start)
            {
                folded.Length = before; // punctuation or a combining mark: no trace, no space
                continue;
            }

            space = false;
        }

        return folded.ToString();
    }

    private static void Append(StringBuilder folded, char c)
    {
        if (char.IsAsciiLetterOrDigit(c))
        {
            folded.Append(char.ToLowerInvariant(c));
            return;
        }

        switch (c)
        {
            case 'ß':
                folded.Append("ss");
                return;
            case 'Æ' or 'æ':
                folded.Append("ae");
                return;
            case 'Œ' or 'œ':
                folded.Append("oe");
                return;
            case 'Þ' or 'þ':
                folded.Append("th");
                return;
            case 'Ĳ' or 'ĳ':
                folded.Append("ij");
                return;
            default:
                break;
        }

        if (c is >= '\u00C0' and <= '\u017F' && Latin[c - 0xC0] is not '?' and var letter)
        {
            folded.Append(char.ToLowerInvariant(letter));
        }
        else if (char.IsLetterOrDigit(c) || char.IsSurrogate(c))
        {
            folded.Append(char.ToLowerInvariant(c));
        }
    }
}
