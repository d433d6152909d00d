using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>One compartment, as far as it holds resources of one type: <c>Patient/1</c> and the parameters by which an Observation points at it.</summary>
public sealed class SearchCompartment
{
    private readonly IReadOnlyList<SearchParameter> parameters;

    private SearchCompartment(string type, string id, IReadOnlyList<SearchParameter> parameters, bool isItself) =>
        (Type, Id, this.parameters, IsItself) = (type, id, parameters, isItself);

    /// <summary>Of the resource whose compartment it is.</summary>
    public string Type { get; }

    /// <summary>Of the resource whose compartment it is.</summary>
    public string Id { get; }

    /// <summary>Whether the one resource that it can hold is the one whose compartment it is.</summary>
    public bool IsItself { get; }

    /// <returns>Null if there is no such compartment, or if it never holds resources of the type.</returns>
    public static SearchCompartment? Find(string compartment, string id, string resourceType)
    {
        if (!FhirReference.IsId(id) || Compartments.Find(compartment, resourceType) is not { } codes)
        {
            return null;
        }

        var itself = compartment == resourceType;
        return new SearchCompartment(compartment, id, itself ? [] : [.. codes.Select(code => SearchParameters.Find(resourceType, code)).OfType<SearchParameter>()], itself);
    }

    internal bool Holds(Resource resource, ServerBase server) => IsItself
        ? resource.Id == Id
        : parameters.Any(parameter => IndexValues.Extract(resource, parameter).Any(value => value is SearchValue.Reference { Literal: { } literal }
            && literal.Type == Type && literal.Id == Id && server.Owns(literal)));

    /// <summary>What the index can be asked for; null if it can't narrow. A patient's records lie together, so theirs need no token.</summary>
    internal IReadOnlyList<string>? Tokens(string resourceType)
    {
        if (IsItself || Type == "Patient" || parameters.Count == 0 || !parameters.All(parameter => Array.Exists(TokenTable.Parameters(resourceType), known => known.Code == parameter.Code)))
        {
            return null;
        }

        return [.. parameters.SelectMany(parameter => (string[])[SearchTokens.OfReference(parameter.Code, $"{Type}/{Id}"), $"{parameter.Code}|{SearchTokens.Overflow}"])];
    }
}
