using System.Globalization;
using EhrLedger.Fhir.Profiles;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Conformance;

/// <summary>What a node does for one resource type. The node lists what it has mapped, so that the statement cannot promise more.</summary>
/// <param name="Type">Resource type.</param>
/// <param name="Interactions">Instance and type level.</param>
/// <param name="SearchParameters">Codes; each has to be one that R4 has for the type.</param>
/// <param name="ConditionalCreate">If-None-Exist.</param>
/// <param name="UpdateCreate">Whether a PUT may make a new id.</param>
public sealed record ResourceCapability(
    string Type,
    IReadOnlyList<CapabilityStatement.TypeRestfulInteraction> Interactions,
    IReadOnlyList<string> SearchParameters,
    bool ConditionalCreate,
    bool UpdateCreate)
{
    /// <summary>Whether vread finds past versions, too, and not the newest alone.</summary>
    public bool ReadHistory { get; init; } = true;

    /// <summary>Type and instance level.</summary>
    public IReadOnlyList<OperationCapability> Operations { get; init; } = [];

    /// <summary>What a client could not know of the type otherwise; null for nothing.</summary>
    public string? Documentation { get; init; }
}

/// <summary>An operation.</summary>
/// <param name="Name">Without the dollar sign.</param>
/// <param name="Definition">Canonical URL of the OperationDefinition.</param>
public sealed record OperationCapability(string Name, string Definition);

/// <summary>What a node says about itself.</summary>
/// <param name="SoftwareVersion">Of the node.</param>
/// <param name="BaseUrl">Under which it answers.</param>
/// <param name="Organisation">Who runs it.</param>
/// <param name="Since">When it last changed what it can do.</param>
/// <param name="Formats">MIME types.</param>
/// <param name="SystemInteractions">System level.</param>
/// <param name="Resources">One for each type.</param>
public sealed record ServerCapability(
    string SoftwareVersion,
    string BaseUrl,
    string Organisation,
    DateTimeOffset Since,
    IReadOnlyList<string> Formats,
    IReadOnlyList<CapabilityStatement.SystemRestfulInteraction> SystemInteractions,
    IReadOnlyList<ResourceCapability> Resources)
{
    /// <summary>System level.</summary>
    public IReadOnlyList<OperationCapability> Operations { get; init; } = [];

    /// <summary>Where SMART's authorization and token endpoints are; null for none.</summary>
    public (string Authorize, string Token)? Authorization { get; init; }
}

/// <summary>Builds the CapabilityStatement.</summary>
public static class CapabilityStatementBuilder
{
    /// <summary>Parameters that every type's search understands without being looked up in the type.</summary>
    private static readonly string[] ResultParameters = ["_count", "_elements", "_include", "_revinclude", "_sort", "_summary", "_total"];

    // By the type that is pointed at.
    private static readonly ILookup<string, string> RevIncludes = ModelInfo.SupportedResources
        .Where(Search.SearchParameters.IsType)
        .SelectMany(source => Search.SearchParameters.For(source).Values.Where(IsReference).SelectMany(parameter => parameter.Targets.Select(target => (target, Include: $"{source}:{parameter.Code}"))))
        .ToLookup(pair => pair.target, pair => pair.Include, StringComparer.Ordinal);

    /// <param name="capability">What works.</param>
    /// <exception cref="ArgumentException">A parameter is listed that R4 does not have for the type.</exception>
    public static CapabilityStatement Build(ServerCapability capability)
    {
        ArgumentNullException.ThrowIfNull(capability);
        return new CapabilityStatement
        {
            Status = PublicationStatus.Active,
            Date = capability.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            Publisher = capability.Organisation,
            Kind = CapabilityStatementKind.Instance,
            Software = new CapabilityStatement.SoftwareComponent { Name = "EhrLedger", Version = capability.SoftwareVersion },
            Implementation = new CapabilityStatement.ImplementationComponent { Description = "EhrLedger node of " + capability.Organisation, Url = capability.BaseUrl },
            ImplementationGuide = ["urn:ehrledger:ImplementationGuide:ehrledger"],
            FhirVersion = FHIRVersion.N4_0_1,
            Format = [.. capability.Formats],
            Rest =
            [
                new CapabilityStatement.RestComponent
                {
                    Mode = CapabilityStatement.RestfulCapabilityMode.Server,
                    Documentation = "Records of patients are sealed; searches that patients' grants do not cover find nothing.",
                    Security = Security(capability.Authorization),
                    Interaction = [.. capability.SystemInteractions.Select(i => new CapabilityStatement.SystemInteractionComponent { Code = i })],
                    Resource = [.. capability.Resources.Select(Resource)],
                    Operation = [.. capability.Operations.Select(Operation)],
                    SearchParam = [.. ResultParameters.Select(code => new CapabilityStatement.SearchParamComponent { Name = code, Type = SearchParamType.Special })],
                    Compartment = [.. Search.Compartments.All.Select(type => $"http://hl7.org/fhir/CompartmentDefinition/{char.ToLowerInvariant(type[0])}{type[1..]}")],
                },
            ],
        };
    }

    /// <summary>As SMART clients of version 1 look for it; those of version 2 read .well-known/smart-configuration.</summary>
    private static CapabilityStatement.SecurityComponent? Security((string Authorize, string Token)? authorization) => authorization is not var (authorize, token) ? null : new()
    {
        Cors = true,
        Service = [new CodeableConcept("http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR")],
        Extension =
        [
            new Extension
            {
                Url = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                Extension = [new Extension("token", new FhirUri(token)), new Extension("authorize", new FhirUri(authorize))],
            },
        ],
    };

    private static CapabilityStatement.ResourceComponent Resource(ResourceCapability resource) => new()
    {
        Type = resource.Type,
        Documentation = resource.Documentation,
        Profile = ModelInfo.CanonicalUriForFhirCoreType(resource.Type)?.Value,
        SupportedProfile = [.. ProfileSet.Own.Of(resource.Type)],
        Interaction = [.. resource.Interactions.Select(i => new CapabilityStatement.ResourceInteractionComponent { Code = i })],
        Versioning = CapabilityStatement.ResourceVersionPolicy.Versioned,
        ReadHistory = resource.ReadHistory && resource.Interactions.Contains(CapabilityStatement.TypeRestfulInteraction.Vread),
        UpdateCreate = resource.UpdateCreate,
        ConditionalCreate = resource.ConditionalCreate,
        ReferencePolicy = [CapabilityStatement.ReferenceHandlingPolicy.Literal, CapabilityStatement.ReferenceHandlingPolicy.Local],
        SearchInclude = ["*", .. Search.SearchParameters.For(resource.Type).Values.Where(IsReference).Select(parameter => $"{resource.Type}:{parameter.Code}").Order(StringComparer.Ordinal)],
        SearchRevInclude = [.. RevIncludes[resource.Type].Order(StringComparer.Ordinal)],
        SearchParam = [.. resource.SearchParameters.Select(code => Parameter(resource.Type, code))],
        Operation = [.. resource.Operations.Select(Operation)],
    };

    private static CapabilityStatement.OperationComponent Operation(OperationCapability operation) => new() { Name = operation.Name, Definition = operation.Definition };

    private static bool IsReference(Search.SearchParameter parameter) => parameter.Kind == SearchParamType.Reference;

    private static CapabilityStatement.SearchParamComponent Parameter(string type, string code)
    {
        if (Array.Exists(ResultParameters, p => p == code))
        {
            return new CapabilityStatement.SearchParamComponent { Name = code, Type = SearchParamType.Special };
        }

        var parameter = Search.SearchParameters.Find(type, code) ?? throw new ArgumentException($"{type} has no search parameter {code}.", nameof(code));
        return new CapabilityStatement.SearchParamComponent { Name = code, Type = parameter.Kind, Definition = parameter.Url };
    }
}
