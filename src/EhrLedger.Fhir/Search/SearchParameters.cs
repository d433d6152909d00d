using System.Collections.Concurrent;
using System.Collections.Frozen;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>One search parameter of one resource type, ready to be evaluated.</summary>
public sealed class SearchParameter
{
    internal SearchParameter(string code, SearchParamType kind, string resourceType, string expression, IReadOnlyList<string> targets, string? url)
    {
        Code = code;
        Kind = kind;
        Targets = targets;
        Url = url;
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

    /// <summary>Whether a search understands it; what it does not is refused, and not listed in the CapabilityStatement.</summary>
    public bool IsSupported => Kind is not (SearchParamType.Composite or SearchParamType.Special);

    /// <summary>Whether a resource has one element at most that the parameter looks at, so that two ranges asked for can be joined into one.</summary>
    internal bool IsSingle { get; }

    internal ElementPath Path { get; }
}

/// <summary>The search parameters of R4 by resource type, from the SDK's ModelInfo, compiled when a type is first asked for.</summary>
public static class SearchParameters
{
    // A cache of what never changes; two threads that race make the same thing twice.
    private static readonly ConcurrentDictionary<string, FrozenDictionary<string, SearchParameter>> Compiled = new(StringComparer.Ordinal);

    private static readonly ILookup<string, SearchParamDefinition> Definitions =
        ModelInfo.SearchParameters.Where(p => p.Resource is not null && p.Code is not null).ToLookup(p => p.Resource!, StringComparer.Ordinal);

    /// <summary>All parameters of a type, those of every resource (<c>_id</c>, <c>_lastUpdated</c>, <c>_tag</c>, ...) included.</summary>
    /// <param name="resourceType">A resource type of R4; throws for any other.</param>
    public static FrozenDictionary<string, SearchParameter> For(string resourceType)
    {
        ArgumentNullException.ThrowIfNull(resourceType);
        return Compiled.TryGetValue(resourceType, out var known) ? known : Compiled.GetOrAdd(resourceType, Compile);
    }

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
                    definition.Expression ?? string.Empty,
                    [.. (definition.Target ?? []).Select(t => t.ToString()).Order(StringComparer.Ordinal)],
                    definition.Url));
        }

        return parameters.ToFrozenDictionary(StringComparer.Ordinal);

        SearchParameter Common(string code, SearchParamType kind, string expression) =>
            new(code, kind, type, expression, [], "http://hl7.org/fhir/SearchParameter/Resource-" + code.TrimStart('_'));
    }
}
