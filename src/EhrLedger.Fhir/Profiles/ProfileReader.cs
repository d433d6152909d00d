using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Profiles;

/// <summary>
/// Reads a StructureDefinition's differential. Whatever the checker could not hold a resource to is refused here: a rule that nobody checks is worse than none.
/// </summary>
/// <param name="valueSets">That may be bound to, by URL.</param>
internal sealed class ProfileReader(IReadOnlyDictionary<string, CodeSet> valueSets)
{
    private const string Core = "http://hl7.org/fhir/StructureDefinition/";

    // What a StructureDefinition may say: names and texts, and what is read below.
    private static readonly HashSet<string> OfStructure = new(StringComparer.Ordinal)
    {
        "id", "meta", "text", "extension", "url", "identifier", "version", "name", "title", "status", "experimental", "date", "publisher", "contact", "description", "purpose", "copyright",
        "fhirVersion", "kind", "abstract", "context", "type", "baseDefinition", "derivation", "differential",
    };

    private static readonly HashSet<string> OfElement = new(StringComparer.Ordinal)
    {
        "id", "path", "sliceName", "slicing", "short", "definition", "comment", "min", "max", "type", "fixed", "pattern", "constraint", "mustSupport", "binding",
    };

    /// <exception cref="ArgumentException">It says what the checker does not understand, or speaks of elements that R4 does not have.</exception>
    public Profile Read(StructureDefinition definition)
    {
        var url = definition.Url ?? throw new ArgumentException("A StructureDefinition has no url.");
        if (definition.EnumerateElements().FirstOrDefault(part => !OfStructure.Contains(part.Key)).Key is { } other)
        {
            throw new ArgumentException($"{url}: '{other}' is not understood.");
        }

        if (definition is not { Derivation: StructureDefinition.TypeDerivationRule.Constraint, Differential.Element: [var first, .. var rest] }
            || ModelInfo.ModelInspector.FindClassMapping(definition.Type ?? "") is not { } type
            || first.ElementId != definition.Type)
        {
            throw new ArgumentException($"{url}: no differential of a type of R4, which begins with the type.");
        }

        var root = new ElementRule { Name = definition.Type! };
        Fill(root, first, url);
        var made = new Dictionary<string, (ElementRule Rule, ClassMapping? Type)>(StringComparer.Ordinal) { [definition.Type!] = (root, type) };
        foreach (var element in rest)
        {
            Add(made, element, url);
        }

        if (made.Values.FirstOrDefault(one => one.Rule.Slices.Count > 0 && one.Rule.Discriminators.Count == 0).Rule is { } unsliced)
        {
            throw new ArgumentException($"{url}: {unsliced.Name} has slices that nothing tells apart.");
        }

        foreach (var (rule, _) in made.Values)
        {
            foreach (var (slice, path) in rule.Slices.SelectMany(slice => rule.Discriminators.Select(path => (slice, path))))
            {
                _ = WantedAt(slice, path) ?? throw new ArgumentException($"{url}: the slice {slice.SliceName} of {rule.Name} does not say what its {path} is.");
            }
        }

        var below = definition.BaseDefinition == Core + definition.Type ? null : definition.BaseDefinition ?? throw new ArgumentException($"{url}: no base.");
        return new Profile(url, definition.Version ?? "", definition.Type!, below, root);
    }

    /// <summary>What a slice says that is at a discriminator's path; null where it says nothing.</summary>
    internal static DataType? WantedAt(ElementRule slice, string path)
    {
        if (path == "url" && slice.ExtensionProfile is { } profile)
        {
            return new FhirUri(profile);
        }

        var at = path == "$this" ? slice : path.Split('.').Aggregate((ElementRule?)slice, (rule, name) => rule?.Children.Find(child => child.Name == name));
        return at?.Fixed ?? at?.Pattern;
    }

    private void Add(Dictionary<string, (ElementRule Rule, ClassMapping? Type)> made, ElementDefinition element, string url)
    {
        var id = element.ElementId ?? "";
        if (string.Join('.', id.Split('.').Select(segment => segment.Split(':')[0])) != element.Path)
        {
            throw new ArgumentException($"{url}: the id '{id}' is not that of the path '{element.Path}'.");
        }

        var rule = Ensure(made, id, url).Rule;
        if (rule.SliceName != element.SliceName)
        {
            throw new ArgumentException($"{url}: the id '{id}' is not that of the slice '{element.SliceName}'.");
        }

        Fill(rule, element, url);
    }

    // Parents that the differential leaves out are made: they say nothing.
    private static (ElementRule Rule, ClassMapping? Type) Ensure(Dictionary<string, (ElementRule Rule, ClassMapping? Type)> made, string id, string url)
    {
        if (made.TryGetValue(id, out var known))
        {
            return known;
        }

        var dot = id.LastIndexOf('.');
        if (dot < 0)
        {
            throw new ArgumentException($"{url}: '{id}' is not below the type.");
        }

        if (id.LastIndexOf(':') is var colon && colon > dot)
        {
            var sliced = Ensure(made, id[..colon], url);
            var slice = new ElementRule { Name = sliced.Rule.Name, SliceName = id[(colon + 1)..] };
            sliced.Rule.Slices.Add(slice);
            return made[id] = (slice, sliced.Type);
        }

        var parent = Ensure(made, id[..dot], url);
        var name = id[(dot + 1)..];
        var property = parent.Type?.FindMappedElementByName(name.Replace("[x]", "", StringComparison.Ordinal));
        if (property is null || property.Choice == ChoiceType.DatatypeChoice != name.EndsWith("[x]", StringComparison.Ordinal))
        {
            throw new ArgumentException($"{url}: R4 has no '{id}'.");
        }

        var rule = new ElementRule { Name = property.Name };
        parent.Rule.Children.Add(rule);
        return made[id] = (rule, property.FhirTypeMappings is [var single] ? single : null);
    }

    private void Fill(ElementRule rule, ElementDefinition element, string url)
    {
        var where = $"{url}: {element.ElementId}:";
        if (element.EnumerateElements().FirstOrDefault(part => !OfElement.Contains(part.Key)).Key is { } other)
        {
            throw new ArgumentException($"{where} '{other}' is not understood.");
        }

        rule.Min = element.Min ?? 0;
        rule.Max = element.Max is null or "*" ? null : int.Parse(element.Max, System.Globalization.CultureInfo.InvariantCulture);
        rule.Fixed = element.Fixed;
        rule.Pattern = element.Pattern;
        ReadTypes(rule, element, where);
        ReadSlicing(rule, element.Slicing, where);
        if (element.Binding is { Strength: BindingStrength.Required } binding)
        {
            rule.Binding = valueSets.GetValueOrDefault(binding.ValueSet ?? "") ?? throw new ArgumentException($"{where} the ValueSet of a required binding has to be here.");
        }

        rule.Invariants = [.. element.Constraint.Select(constraint => InvariantReader.Read(constraint) ?? throw new ArgumentException($"{where} the constraint {constraint.Key} is not understood."))];
    }

    private static void ReadTypes(ElementRule rule, ElementDefinition element, string where)
    {
        if (element.Type.FirstOrDefault(type => type.EnumerateElements().Any(part => part.Key is not ("code" or "profile" or "targetProfile"))) is not null
            || element.Type.Any(type => type.Profile.Any() && (type.Code != "Extension" || type.Profile.Count() > 1 || element.Type.Count > 1))
            || element.Type.Any(type => type.TargetProfile.Any(target => target?.StartsWith(Core, StringComparison.Ordinal) is not true)))
        {
            throw new ArgumentException($"{where} one of the types is not understood.");
        }

        rule.Types = [.. element.Type.Select(type => type.Code!)];
        rule.Targets = [.. element.Type.SelectMany(type => type.TargetProfile).Select(target => target![Core.Length..])];
        rule.ExtensionProfile = element.Type.SelectMany(type => type.Profile).FirstOrDefault();
    }

    private static void ReadSlicing(ElementRule rule, ElementDefinition.SlicingComponent? slicing, string where)
    {
        if (slicing is null)
        {
            return;
        }

        if (slicing is not { Ordered: null or false, Rules: ElementDefinition.SlicingRules.Open or ElementDefinition.SlicingRules.Closed, Discriminator.Count: > 0 }
            || slicing.Discriminator.Any(one => one.Type is not (ElementDefinition.DiscriminatorType.Value or ElementDefinition.DiscriminatorType.Pattern) || one.Path is null || one.Path.Contains('(', StringComparison.Ordinal)))
        {
            throw new ArgumentException($"{where} the slicing is not understood.");
        }

        rule.Discriminators = [.. slicing.Discriminator.Select(one => one.Path!)];
        rule.IsClosed = slicing.Rules == ElementDefinition.SlicingRules.Closed;
    }
}
