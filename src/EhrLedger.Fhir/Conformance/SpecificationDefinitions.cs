using System.Collections.Frozen;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Conformance;

/// <summary>
/// The definitions that a server refers to, as resources: R4's search parameters and types, as the SDK knows them, the operations that the server's own CapabilityStatement lists, and those of the
/// project itself (fhir-profiles). Nobody writes them.
/// </summary>
public sealed class SpecificationDefinitions
{
    private static readonly string[] Types = ["SearchParameter", "StructureDefinition", "OperationDefinition", "CodeSystem", "ValueSet", "ImplementationGuide"];

    private readonly Lazy<FrozenDictionary<(string Type, string Id), Resource>> _all;

    /// <param name="statement">Of this server.</param>
    public SpecificationDefinitions(CapabilityStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        _all = new(() => SearchParameterDefinitions.All().Concat<Resource>(StructureDefinitions.All()).Concat(OperationDefinitions.Of(statement)).Concat(OwnDefinitions.All)
            .ToFrozenDictionary(resource => (resource.TypeName, resource.Id!)));
    }

    /// <summary>Whether definitions are of this type at all.</summary>
    public static bool AreOf(string type) => Array.IndexOf(Types, type) >= 0;

    /// <summary>Null where there is none of this id. What comes back is shared: it is not to be changed.</summary>
    public Resource? Find(string type, string id) => AreOf(type) ? _all.Value.GetValueOrDefault((type, id)) : null;

    /// <summary>All that match, by id.</summary>
    public IReadOnlyList<Resource> Find(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return AreOf(query.ResourceType)
            ? [.. _all.Value.Values.Where(resource => SearchEvaluator.Matches(resource, query)).OrderBy(resource => resource.Id, StringComparer.Ordinal)]
            : [];
    }
}
