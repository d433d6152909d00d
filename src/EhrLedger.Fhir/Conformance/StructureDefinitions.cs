using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Conformance;

/// <summary>
/// R4's types as the node validates them: elements with their cardinality, types and targets of references. Bindings, invariants and texts are the specification's own; this says where it is.
/// </summary>
internal static class StructureDefinitions
{
    internal const string Version = "4.0.1";

    private const string Prefix = "http://hl7.org/fhir/StructureDefinition/";

    internal static IEnumerable<StructureDefinition> All() => ModelInfo.ModelInspector.ClassMappings
        .Where(type => type.IsBackboneType is not true && type.IsCodeOfT is not true && !type.Name.Contains('.', StringComparison.Ordinal) && ModelInfo.GetTypeForFhirType(type.Name) is not null)
        .DistinctBy(type => type.Name, StringComparer.Ordinal)
        .Select(Define);

    private static StructureDefinition Define(ClassMapping type)
    {
        var elements = new List<ElementDefinition> { Element(type.Name, 0, "*") };
        AddElements(elements, type, type.Name, new Dictionary<string, string>(StringComparer.Ordinal));
        return new StructureDefinition
        {
            Id = type.Name,
            Url = Prefix + type.Name,
            Version = Version,
            Name = type.Name,
            Status = PublicationStatus.Active,
            Description = $"Elements, cardinalities and types of {type.Name}, as this server validates them. The whole definition: http://hl7.org/fhir/R4/{type.Name.ToLowerInvariant()}.html",
            FhirVersion = FHIRVersion.N4_0_1,
            Kind = type.IsResource ? StructureDefinition.StructureDefinitionKind.Resource
                : type.IsFhirPrimitive ? StructureDefinition.StructureDefinitionKind.PrimitiveType
                : StructureDefinition.StructureDefinitionKind.ComplexType,
            Abstract = type.IsAbstract is true,
            Type = type.Name,
            BaseDefinition = BaseOf(type) is { } parent ? Prefix + parent : null,
            Derivation = BaseOf(type) is null ? null : StructureDefinition.TypeDerivationRule.Specialization,
            Snapshot = new StructureDefinition.SnapshotComponent { Element = elements },
        };
    }

    private static string? BaseOf(ClassMapping type) => type.Name switch
    {
        "Resource" or "Element" => null,
        "DomainResource" => "Resource",
        _ when type.IsResource => typeof(DomainResource).IsAssignableFrom(type.NativeType) ? "DomainResource" : "Resource",
        _ => "Element",
    };

    /// <param name="elements">Added to.</param>
    /// <param name="type">A type or a backbone of one.</param>
    /// <param name="path">Of it.</param>
    /// <param name="above">Paths of the backbones that this one stands in, by name: one that stands in itself is named, not repeated.</param>
    private static void AddElements(List<ElementDefinition> elements, ClassMapping type, string path, Dictionary<string, string> above)
    {
        foreach (var property in type.PropertyMappings.OrderBy(property => property.Order))
        {
            if (property.RepresentsValueElement)
            {
                continue;
            }

            var element = Element(
                $"{path}.{property.Name}{(property.Choice == ChoiceType.DatatypeChoice ? "[x]" : "")}", property.IsMandatoryElement ? 1u : 0, property.IsCollection ? "*" : "1");
            elements.Add(element);
            if (property.FhirTypeMappings is [{ IsBackboneType: true } backbone])
            {
                if (above.TryGetValue(backbone.Name, out var same))
                {
                    element.ContentReference = "#" + same;
                    continue;
                }

                element.Type = [new ElementDefinition.TypeRefComponent { Code = type.IsResource || above.Count > 0 ? "BackboneElement" : "Element" }];
                AddElements(elements, backbone, element.Path!, new Dictionary<string, string>(above, StringComparer.Ordinal) { [backbone.Name] = element.Path! });
                continue;
            }

            var targets = (property.NativeProperty?.GetCustomAttributes(typeof(ReferencesAttribute), inherit: true) ?? []).OfType<ReferencesAttribute>().SelectMany(attribute => attribute.Resources ?? []).ToList();
            element.Type = [.. property.FhirTypeMappings.Select(allowed => new ElementDefinition.TypeRefComponent
            {
                Code = allowed.Name,
                TargetProfile = allowed.Name == "Reference" ? [.. targets.Select(target => Prefix + target)] : [],
            })];
        }
    }

    private static ElementDefinition Element(string path, uint min, string max) => new()
    {
        ElementId = path,
        Path = path,
        Min = (int)min,
        Max = max,
        Definition = path,
        Base = new ElementDefinition.BaseComponent { Path = path, Min = (int)min, Max = max },
    };
}
