using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace EhrLedger.Fhir.Conformance;

/// <summary>The operations of a CapabilityStatement as resources, each under the id that ends its canonical URL.</summary>
internal static class OperationDefinitions
{
    internal static IEnumerable<OperationDefinition> Of(CapabilityStatement statement)
    {
        var system = statement.Rest.SelectMany(rest => rest.Operation).ToLookup(operation => operation.Definition!, operation => operation.Name!, StringComparer.Ordinal);
        var typed = statement.Rest.SelectMany(rest => rest.Resource).SelectMany(resource => resource.Operation.Select(operation => (Operation: operation, resource.Type)))
            .ToLookup(line => line.Operation.Definition!, line => (Name: line.Operation.Name!, line.Type), StringComparer.Ordinal);
        foreach (var url in system.Select(lines => lines.Key).Union(typed.Select(lines => lines.Key), StringComparer.Ordinal))
        {
            var name = system[url].Concat(typed[url].Select(line => line.Name)).First();
            yield return new OperationDefinition
            {
                Id = url[(url.LastIndexOf('/') + 1)..],
                Url = url,
                Version = StructureDefinitions.Version,
                Name = name,
                Status = PublicationStatus.Active,
                Kind = OperationDefinition.OperationKind.Operation,
                Code = name.TrimStart('$'),
                Resource = [.. typed[url].Select(line => EnumUtility.ParseLiteral<ResourceType>(line.Type)).Distinct()],
                System = system.Contains(url),
                Type = typed.Contains(url) && name.TrimStart('$') is not ("everything" or "meta-add" or "meta-delete") && !url.EndsWith("/group-export", StringComparison.Ordinal),
                Instance = typed.Contains(url) && !url.EndsWith("/patient-export", StringComparison.Ordinal),
            };
        }
    }
}
