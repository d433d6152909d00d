using System.Collections;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Profiles;

/// <summary>The children of an element by name, as the SDK has them.</summary>
internal static class Elements
{
    /// <summary>The values under a name, each a copy of nothing; a text that the SDK keeps bare (the url of an extension) becomes a uri.</summary>
    /// <returns>Values, and whether R4 lets the element repeat, as far as this one shows.</returns>
    public static (IReadOnlyList<Base> Values, bool IsList) Of(Base parent, string name)
    {
        foreach (var (key, value) in parent.EnumerateElements())
        {
            if (key == name)
            {
                return value switch
                {
                    Base one => ([one], false),
                    IList list => ([.. list.OfType<Base>()], true),
                    string text => ([new FhirUri(text)], false),
                    _ => ([], false),
                };
            }
        }

        return ([], false);
    }

    /// <summary>All values at the end of a path of names; <c>$this</c> is the element itself.</summary>
    public static IEnumerable<Base> At(Base element, string path) => path == "$this"
        ? [element]
        : path.Split('.').Aggregate((IEnumerable<Base>)[element], (from, name) => from.SelectMany(one => Of(one, name).Values));

    /// <summary>
    /// Whether an element has all that a pattern has (FHIR R4, ElementDefinition.pattern[x]): primitives are equal, each item of the pattern's lists matches one of the element's.
    /// </summary>
    public static bool Match(Base element, Base pattern)
    {
        if (element is PrimitiveType one && pattern is PrimitiveType other)
        {
            return Equals(one.JsonValue, other.JsonValue);
        }

        return element.TypeName == pattern.TypeName && pattern.EnumerateElements().All(part =>
        {
            var wanted = Of(pattern, part.Key).Values;
            var found = Of(element, part.Key).Values;
            return wanted.All(want => found.Any(have => Match(have, want)));
        });
    }
}
