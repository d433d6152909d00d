using System.Collections.Frozen;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Profiles;

/// <summary>The codes of a ValueSet that lists them, or takes whole CodeSystems that list theirs.</summary>
internal sealed class CodeSet
{
    private readonly FrozenSet<(string System, string Code)> _codes;
    private readonly FrozenSet<string> _bare;

    private CodeSet(string url, IEnumerable<(string System, string Code)> codes)
    {
        Url = url;
        _codes = codes.ToFrozenSet();
        _bare = _codes.Select(code => code.Code).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Canonical URL of the ValueSet.</summary>
    public string Url { get; }

    /// <param name="valueSet">With a compose.</param>
    /// <param name="systems">By URL.</param>
    /// <exception cref="ArgumentException">It is made in a way that can't be followed here.</exception>
    public static CodeSet Of(ValueSet valueSet, IReadOnlyDictionary<string, CodeSystem> systems)
    {
        if (valueSet.Compose is not { Exclude.Count: 0, LockedDate: null, Include.Count: > 0 } compose)
        {
            throw Refusal(valueSet, "it has no compose, or one that excludes");
        }

        return new CodeSet(valueSet.Url!, [.. compose.Include.SelectMany(include => CodesOf(valueSet, include, systems))]);
    }

    /// <summary>A code, a text, a Coding, or a CodeableConcept of which one coding is in the set. False for any other element.</summary>
    public bool Has(Base value) => value switch
    {
        CodeableConcept concept => concept.Coding.Any(Has),
        Coding { System: { } system, Code: { } code } => _codes.Contains((system, code)),
        PrimitiveType { JsonValue: string code } => _bare.Contains(code),
        _ => false,
    };

    private static IEnumerable<(string, string)> CodesOf(ValueSet valueSet, ValueSet.ConceptSetComponent include, IReadOnlyDictionary<string, CodeSystem> systems)
    {
        if (include is not { System: { } system, Filter.Count: 0 } || include.ValueSet.Any())
        {
            throw Refusal(valueSet, "it includes by filter, or another set");
        }

        if (include.Concept.Count > 0)
        {
            return include.Concept.Select(concept => (system, concept.Code!));
        }

        return systems.GetValueOrDefault(system) is { Content: CodeSystemContentMode.Complete } whole && whole.Concept.All(concept => concept.Concept.Count == 0)
            ? whole.Concept.Select(concept => (system, concept.Code!))
            : throw Refusal(valueSet, "it takes the whole of a system whose codes are not listed here, one beside the other");
    }

    private static ArgumentException Refusal(ValueSet valueSet, string why) => new($"The ValueSet {valueSet.Url} can't be followed: {why}.");
}
