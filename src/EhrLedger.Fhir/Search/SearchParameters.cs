using System.Collections.Concurrent;
using System.Collections.Frozen;
using EhrLedger.Fhir.Views.Provenances;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>One search parameter of one resource type, ready to be evaluated.</summary>
public sealed class SearchParameter
{
    internal SearchParameter(string code, SearchParamType kind, string resourceType, string expression, IReadOnlyList<string> targets, string? url, IReadOnlyList<SearchComponent>? components = null)
    {
        Code = code;
        Kind = kind;
        Targets = targets;
        Url = url;
        Components = components ?? [];
        IsWholeResource = expression == resourceType;
        Path = ElementPath.Compile(expression, resourceType);
        IsSingle = ModelInfo.ModelInspector.FindClassMapping(resourceType) is { } type && Path.IsSingle(type);
    }

    /// <summary>The name in a URL, such as <c>birthdate</c>.</summary>
    public string Code { get; }

    /// <summary>The specification's type of the parameter.</summary>
    public SearchParamType Kind { get; }

    /// <summary>Resource types that a reference parameter may point at; empty for other kinds.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>Canonical URL of the definition; null if the SDK does not carry it.</summary>
    public string? Url { get; }

    /// <summary>Whether a resource has one element at most that the parameter looks at, so that two ranges asked for can be joined into one.</summary>
    internal bool IsSingle { get; }

    /// <summary>Whether a query may ask by it: all but the special ones, such as <c>near</c>, whose values are no element's.</summary>
    public bool IsSearchable => Kind switch
    {
        SearchParamType.Special => false,
        SearchParamType.Composite => Components.Count > 0,
        SearchParamType.Number or SearchParamType.Date or SearchParamType.String or SearchParamType.Token or SearchParamType.Reference or SearchParamType.Quantity or SearchParamType.Uri => true,
    };

    /// <summary>The parts of a composite parameter, in the order of its values; empty for other kinds.</summary>
    internal IReadOnlyList<SearchComponent> Components { get; }

    /// <summary>Whether a composite's parts are looked for in the resource itself, and so where parameters of their own look.</summary>
    internal bool IsWholeResource { get; }

    internal ElementPath Path { get; }
}

/// <summary>A part of a composite parameter.</summary>
/// <param name="Parameter">Under the code of the parameter that defines it; its path starts at the element that the composite's path finds, or at the resource.</param>
/// <param name="FromResource">Whether the path starts at the resource.</param>
internal sealed record SearchComponent(SearchParameter Parameter, bool FromResource);

/// <summary>The search parameters of R4 by resource type, from the SDK's ModelInfo, compiled when a type is first asked for.</summary>
public static class SearchParameters
{
    // A cache of what never changes; two threads that race make the same thing twice.
    private static readonly ConcurrentDictionary<string, FrozenDictionary<string, SearchParameter>> Compiled = new(StringComparer.Ordinal);

    // Names are told apart by case: to the SDK "observation" is known as well.
    private static readonly FrozenSet<string> Types = ModelInfo.SupportedResources.Where(type => type is not ("Resource" or "DomainResource")).ToFrozenSet(StringComparer.Ordinal);

    private static readonly ILookup<string, SearchParamDefinition> Definitions =
        ModelInfo.SearchParameters.Where(p => p.Resource is not null && p.Code is not null).ToLookup(p => p.Resource!, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, SearchParamDefinition> ByUrl =
        ModelInfo.SearchParameters.Where(p => p.Url is not null).DistinctBy(p => p.Url).ToFrozenDictionary(p => p.Url!, StringComparer.Ordinal);

    /// <summary>All parameters of a type, those of every resource (<c>_id</c>, <c>_lastUpdated</c>, <c>_tag</c>, ...) included.</summary>
    /// <param name="resourceType">A resource type of R4; throws for any other.</param>
    public static FrozenDictionary<string, SearchParameter> For(string resourceType)
    {
        ArgumentNullException.ThrowIfNull(resourceType);
        return Compiled.TryGetValue(resourceType, out var known) ? known : Compiled.GetOrAdd(resourceType, Compile);
    }

    /// <summary>Whether R4 has a resource type of exactly this name.</summary>
    public static bool IsType(string name) => Types.Contains(name);

    /// <returns>Null if the type has no such parameter.</returns>
    public static SearchParameter? Find(string resourceType, string code) => For(resourceType).GetValueOrDefault(code);

    private static FrozenDictionary<string, SearchParameter> Compile(string type)
    {
        if (!ModelInfo.IsKnownResource(type))
        {
            throw new ArgumentException("Not a resource type of R4.", nameof(type));
        }

        var parameters = new Dictionary<string, SearchParameter>(StringComparer.Ordinal)
        {
            ["_id"] = Common("_id", SearchParamType.Token, "Resource.id"),
            ["_lastUpdated"] = Common("_lastUpdated", SearchParamType.Date, "Resource.meta.lastUpdated"),
            ["_profile"] = Common("_profile", SearchParamType.Uri, "Resource.meta.profile"),
            ["_security"] = Common("_security", SearchParamType.Token, "Resource.meta.security"),
            ["_source"] = Common("_source", SearchParamType.Uri, "Resource.meta.source"),
            ["_tag"] = Common("_tag", SearchParamType.Token, "Resource.meta.tag"),
        };
        foreach (var definition in Definitions[type])
        {
            parameters.TryAdd(
                definition.Code!,
                new SearchParameter(
                    definition.Code!,
                    definition.Type,
                    type,
                    ExpressionOf(type, definition),
                    TargetsOf(definition),
                    definition.Url,
                    [.. (definition.Component ?? []).Select(Component).OfType<SearchComponent>()]));
        }

        return parameters.ToFrozenDictionary(StringComparer.Ordinal);

        // R4's Provenance names a patient only where its target is one; whose the target is stands in R5's element.
        static string ExpressionOf(string type, SearchParamDefinition definition) => type == "Provenance" && definition.Code == "patient"
            ? $"{definition.Expression} | Provenance.extension.where(url='{RecordProvenance.PatientUrl}').value"
            : definition.Expression ?? string.Empty;

        static IReadOnlyList<string> TargetsOf(SearchParamDefinition definition) => [.. (definition.Target ?? []).Select(t => t.ToString()).Order(StringComparer.Ordinal)];

        static SearchComponent? Component(SearchParamComponent component)
        {
            const string root = "Element";
            const string resource = "%resource.";
            var fromResource = component.Expression.StartsWith(resource, StringComparison.Ordinal);

            // The specification writes the type's name with a capital letter in one of them.
            var terms = PathGrammar.Split(component.Expression[(fromResource ? resource.Length : 0)..].Replace("as(DateTime)", "as(dateTime)", StringComparison.Ordinal));
            return ByUrl.TryGetValue(component.Definition, out var definition)
                ? new SearchComponent(
                    new SearchParameter(definition.Code!, definition.Type, root, string.Join(" | ", terms.Select(term => $"{root}.{term}")), TargetsOf(definition), definition.Url),
                    fromResource)
                : null;
        }

        SearchParameter Common(string code, SearchParamType kind, string expression) =>
            new(code, kind, type, expression, [], "http://hl7.org/fhir/SearchParameter/Resource-" + code.TrimStart('_'));
    }
}
