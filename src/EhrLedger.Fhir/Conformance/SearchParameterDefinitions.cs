using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace EhrLedger.Fhir.Conformance;

/// <summary>R4's search parameters as resources. One parameter of several types is one resource, under the id that the specification gives it.</summary>
internal static class SearchParameterDefinitions
{
    private const string Prefix = "http://hl7.org/fhir/SearchParameter/";

    internal static IEnumerable<SearchParameter> All() => ModelInfo.SearchParameters
        .Where(definition => definition is { Url: not null, Resource: not null })
        .GroupBy(definition => definition.Url!, StringComparer.Ordinal)
        .Select(Define)
        .Concat(Search.SearchParameters.For("Basic").Values
            .Where(parameter => parameter.Code is "_id" or "_lastUpdated" or "_profile" or "_security" or "_source" or "_tag")
            .Select(Define))
        .DistinctBy(definition => definition.Id, StringComparer.Ordinal);

    private static SearchParameter Define(IGrouping<string, SearchParamDefinition> types)
    {
        var one = types.First();
        return new SearchParameter
        {
            Id = IdOf(types.Key),
            Url = types.Key,
            Version = StructureDefinitions.Version,
            Name = one.Code,
            Status = PublicationStatus.Active,
            Description = one.Description?.Value is { Length: > 0 } text ? text : one.Code,
            Code = one.Code,
            Base = [.. types.Select(type => Named(type.Resource!)).OfType<ResourceType>().Order().Select(type => (ResourceType?)type)],
            Type = one.Type,
            Expression = one.Expression is { Length: > 0 } expression ? expression : null,
            Target = [.. types.SelectMany(type => type.Target ?? []).Select(type => Named(type.GetLiteral()!)).OfType<ResourceType>().Distinct().Order().Select(type => (ResourceType?)type)],
            Component = [.. (one.Component ?? []).Select(part => new SearchParameter.ComponentComponent { Definition = part.Definition, Expression = part.Expression })],
        };
    }

    private static SearchParameter Define(Search.SearchParameter common) => new()
    {
        Id = IdOf(common.Url!),
        Url = common.Url,
        Version = StructureDefinitions.Version,
        Name = common.Code,
        Status = PublicationStatus.Active,
        Description = $"{common.Code} of any resource",
        Code = common.Code,
        Base = [Named("Resource")],
        Type = common.Kind,
        Expression = common.Code == "_id" ? "Resource.id" : "Resource.meta." + common.Code[1..],
    };

    private static string IdOf(string url) => url.StartsWith(Prefix, StringComparison.Ordinal) ? url[Prefix.Length..] : url[(url.LastIndexOf('/') + 1)..];

    private static ResourceType? Named(string type) => EnumUtility.ParseLiteral<ResourceType>(type);
}
