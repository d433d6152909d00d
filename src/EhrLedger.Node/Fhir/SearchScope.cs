using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Where a search looks: among the resources of one type, or within a compartment.</summary>
/// <param name="Type">Null for all types of the compartment.</param>
/// <param name="CompartmentType">Null for no compartment.</param>
/// <param name="CompartmentId">Null for no compartment.</param>
internal sealed record SearchScope(string? Type, string? CompartmentType = null, string? CompartmentId = null)
{
    /// <summary>Whether R4 has such a compartment, which may hold such resources.</summary>
    public bool IsKnown => CompartmentType is null || (Type is null ? Compartments.TypesIn(CompartmentType).Count > 0 : Compartments.Find(CompartmentType, Type) is not null);

    /// <summary>The types that it looks among.</summary>
    public IReadOnlyList<string> Types => Type is not null ? [Type] : CompartmentType is null ? [] : [.. Compartments.TypesIn(CompartmentType)];

    /// <summary>Where it is asked for, below the base.</summary>
    public string Path => CompartmentType is null ? Type! : $"{CompartmentType}/{CompartmentId}/{Type ?? "*"}";

    /// <summary>One query for each type, all with the same result parameters; or why there is none.</summary>
    public (IReadOnlyList<SearchQuery> Queries, IReadOnlyList<OperationOutcome.IssueComponent> Issues) Parse(
        IReadOnlyList<(string Name, string Value)> parameters, bool strict, ServerBase server, DateTimeOffset now)
    {
        if (Type is null && parameters.FirstOrDefault(parameter => !parameter.Name.StartsWith('_')) is { Name: { } name })
        {
            return ([], [Outcome.Error(OperationOutcome.IssueType.NotSupported, $"Over all types there are only parameters that every type has, not '{(name.Length <= 64 ? name : name[..64])}'.")]);
        }

        var queries = new List<SearchQuery>();
        foreach (var type in Type is null ? Compartments.TypesIn(CompartmentType!) : [Type])
        {
            var within = CompartmentType is null ? null : SearchCompartment.Find(CompartmentType, CompartmentId!, type);
            if (CompartmentType is not null && within is null)
            {
                return ([], [Outcome.Error(OperationOutcome.IssueType.Value, "The compartment's id is none.")]);
            }

            if (SearchQuery.Parse(type, parameters, strict, server, now, within) is not SearchQueryResult.Accepted(var query))
            {
                return ([], ((SearchQueryResult.Refused)SearchQuery.Parse(type, parameters, strict, server, now, within)).Issues);
            }

            queries.Add(query);
        }

        return (queries, []);
    }
}
