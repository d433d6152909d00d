using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.References;

/// <summary>
/// A literal reference to a resource on a RESTful server, taken apart (FHIR R4 §2.3.0.1): <c>[base/]Type/id[/_history/version]</c>.
/// </summary>
/// <param name="Base">Absolute URL before the type, without its slash; null for a relative reference.</param>
/// <param name="Type">A resource type of R4.</param>
/// <param name="Id">1 to 64 of <c>[A-Za-z0-9.-]</c>.</param>
/// <param name="Version">The version asked for; null for any.</param>
public sealed record FhirReference(string? Base, string Type, string Id, string? Version)
{
    /// <summary><c>Type/id</c>.</summary>
    public string Relative => $"{Type}/{Id}";

    /// <returns>Null for everything else: fragments, urn:, conditional references, canonical URLs, unknown types, ids that break the rule.</returns>
    public static FhirReference? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text[0] == '#' || text.Contains('?'))
        {
            return null;
        }

        var rest = text.AsSpan();
        string? version = null;
        var history = rest.IndexOf("/_history/", StringComparison.Ordinal);
        if (history >= 0)
        {
            var asked = rest[(history + "/_history/".Length)..];
            if (!IsId(asked))
            {
                return null;
            }

            version = asked.ToString();
            rest = rest[..history];
        }

        var slash = rest.LastIndexOf('/');
        if (slash <= 0 || !IsId(rest[(slash + 1)..]))
        {
            return null;
        }

        var id = rest[(slash + 1)..];
        rest = rest[..slash];
        var before = rest.LastIndexOf('/');
        var type = rest[(before + 1)..].ToString();
        if (!ModelInfo.IsKnownResource(type))
        {
            return null;
        }

        if (before < 0)
        {
            return new FhirReference(null, type, id.ToString(), version);
        }

        var origin = rest[..before];
        return origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            ? new FhirReference(origin.ToString(), type, id.ToString(), version)
            : null;
    }

    /// <summary>Whether text may be a resource id (FHIR R4 §2.24.0.1, type id).</summary>
    public static bool IsId(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 64)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
            {
                return false;
            }
        }

        return true;
    }
}
