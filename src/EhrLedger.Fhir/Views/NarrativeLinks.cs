using System.Text.RegularExpressions;

namespace EhrLedger.Fhir.Views;

/// <summary>Takes the targets out of a narrative's links and images; their text stays. Anchors within the narrative stay.</summary>
internal static partial class NarrativeLinks
{
    internal static string Remove(string div) => Link().Replace(div, string.Empty);

    [GeneratedRegex("""\s(?:href|src)\s*=\s*(?:"(?!#)[^"]*"|'(?!#)[^']*')""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Link();
}
