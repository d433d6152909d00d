using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>One <c>_include</c> or <c>_revinclude</c>: references from resources of one type, followed forwards or backwards (FHIR R4 §3.1.1.5.7).</summary>
/// <param name="SourceType">The type that has the reference; null for any.</param>
/// <param name="Parameter">The reference parameter; null for all of the type.</param>
/// <param name="TargetType">Of the resource that is pointed at; null for any.</param>
/// <param name="Iterate">Whether what was included is followed as well.</param>
/// <param name="IsReverse">True for <c>_revinclude</c>.</param>
public sealed record SearchInclude(string? SourceType, SearchParameter? Parameter, string? TargetType, bool Iterate, bool IsReverse)
{
    /// <summary>The reference parameters that it looks at in resources of a type; empty if it does not look at the type.</summary>
    public IEnumerable<SearchParameter> ParametersOf(string type) =>
        SourceType is not null && SourceType != type ? []
        : Parameter is not null ? [Parameter]
        : SearchParameters.For(type).Values.Where(parameter => parameter.Kind == SearchParamType.Reference).OrderBy(parameter => parameter.Code, StringComparer.Ordinal);

    /// <summary>What a resource points at on this server, as far as the include asks for it.</summary>
    /// <param name="resource">With its references as they are to be read.</param>
    /// <param name="server">References to it equal relative ones.</param>
    public IEnumerable<FhirReference> TargetsOf(Resource resource, ServerBase server)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(server);
        return ParametersOf(resource.TypeName)
            .SelectMany(parameter => IndexValues.Extract(resource, parameter))
            .OfType<SearchValue.Reference>()
            .Select(value => value.Literal)
            .OfType<FhirReference>()
            .Where(literal => server.Owns(literal) && (TargetType is null || literal.Type == TargetType));
    }

    /// <summary>Backwards: the parameters of the source type by which resources of a type are pointed at; empty if the include does not ask for those.</summary>
    public IEnumerable<SearchParameter> ParametersTo(string type) => !IsReverse || SourceType is null || (TargetType is not null && TargetType != type)
        ? []
        : ParametersOf(SourceType).Where(parameter => parameter.Targets.Contains(type));

    /// <summary>Reads one value, <c>*</c> or <c>Type:parameter</c> or <c>Type:parameter:Target</c>.</summary>
    /// <returns>Null if R4 has no such reference, and for <c>_revinclude=*</c>, which would look through every type there is.</returns>
    internal static SearchInclude? Parse(string value, bool iterate, bool reverse)
    {
        var parts = value.Split(':');
        if (parts is ["*"])
        {
            return reverse ? null : new SearchInclude(null, null, null, iterate, IsReverse: false);
        }

        if (parts is not [var source, var code, ..] || parts.Length > 3 || !SearchParameters.IsType(source) || (parts is [_, _, var named] && !SearchParameters.IsType(named)))
        {
            return null;
        }

        var target = parts is [_, _, var given] ? given : null;
        var parameter = code == "*" ? null : SearchParameters.Find(source, code);
        return code == "*" || (parameter is { Kind: SearchParamType.Reference } && (target is null || parameter.Targets.Contains(target)))
            ? new SearchInclude(source, parameter, target, iterate, reverse)
            : null;
    }
}
