using System.Text.RegularExpressions;

namespace EhrLedger.Fhir.Views;

/// <summary>
/// Takes the targets out of a narrative's links, whose text stays, and its images out as a whole, because XHTML has none without a source. Anchors
/// within the narrative stay.
/// </summary>
internal static partial class NarrativeLinks
{
    internal static string Remove(string div) => Link().Replace(Image().Replace(div, string.Empty), string.Empty);

    [GeneratedRegex("""<img\b(?>[^<>"']|"[^"]*"|'[^']*')*>(?:\s*</img\s*>)?""", RegexOptions.CultureInvariant)]
    private static partial Regex Image();

    [GeneratedRegex("""\s(?:href|src)\s*=\s*(?:"(?!#)[^"]*"|'(?!#)[^']*')""", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
