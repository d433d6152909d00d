using System.Text.RegularExpressions;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>
/// Rewrites what points from one entry at another: references, elements of type uri, url, oid and uuid, and href and src in narratives. Canonical
/// URLs stay (FHIR R4 §3.1.0.11.2).
/// </summary>
/// <param name="targets">fullUrl of an entry → <c>Type/id</c>.</param>
internal sealed partial class ReferenceRewriter(IReadOnlyDictionary<string, string> targets)
{
    /// <param name="resource">Changed in place.</param>
    /// <param name="fullUrl">Of the resource's own entry, against whose base relative references are resolved first; null if it has none.</param>
    /// <param name="left">Takes each reference that is not a literal one and was not rewritten: conditional, or leading nowhere.</param>
    internal void Rewrite(Resource resource, string? fullUrl, Action<ResourceReference> left)
    {
        var origin = FhirReference.Parse(fullUrl)?.Base;
        ElementWalk.Visit(resource, element =>
        {
            switch (element)
            {
                case ResourceReference { Reference: { Length: > 0 } text } reference when text[0] != '#':
                    if (Find(text, origin) is { } target)
                    {
                        reference.Reference = target;
                    }
                    else if (text.StartsWith("urn:", StringComparison.Ordinal) || text.Contains('?', StringComparison.Ordinal))
                    {
                        left(reference);
                    }

                    break;
                case Canonical:
                    return false;
                case FhirUri or FhirUrl or Oid or Uuid:
                    var primitive = (PrimitiveType)element;
                    if (primitive.JsonValue is string uri && targets.TryGetValue(uri, out var found))
                    {
                        primitive.JsonValue = found;
                    }

                    break;
                case Narrative { Div: { } div } narrative:
                    if (targets.Count > 0 && Link().IsMatch(div))
                    {
                        narrative.Div = RewriteLinks(div, origin);
                    }

                    return false;
                default:
                    break;
            }

            return true;
        });
    }

    /// <summary>The same of a narrative alone.</summary>
    internal string RewriteLinks(string div, string? origin) => Link().Replace(div, m => m.Groups[1].Value + (Find(m.Groups[2].Value, origin) ?? m.Groups[2].Value) + m.Groups[3].Value);

    /// <summary>What a reference comes to; null if it leads to no entry.</summary>
    /// <param name="text">The reference.</param>
    /// <param name="origin">Base of the entry that it stands in; null if there is none.</param>
    internal string? Find(string text, string? origin)
    {
        if (targets.TryGetValue(text, out var target))
        {
            return target;
        }

        if (origin is not null && FhirReference.Parse(text) is { Base: null } relative && targets.TryGetValue($"{origin}/{relative.Relative}", out target))
        {
            return relative.Version is null ? target : $"{target}/_history/{relative.Version}";
        }

        var fragment = text.IndexOf('#');
        return fragment > 0 && targets.TryGetValue(text[..fragment], out target) ? target + text[fragment..] : null;
    }

    [GeneratedRegex("""(\b(?:href|src)\s*=\s*["'])([^"']*)(["'])""", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
