using EhrLedger.Fhir.Conformance;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>$validate, $meta and its two writes, $everything.</summary>
internal static class OperationsFeature
{
    public static IServiceCollection AddOperations(this IServiceCollection services) =>
        services.AddSingleton<ValidateOperation>().AddSingleton<MetaOperations>().AddSingleton<EverythingOperation>();

    public static void MapOperations(this RouteGroupBuilder fhir)
    {
        fhir.MapPost("/{type}/$validate", (string type, HttpRequest request, ValidateOperation operation, CancellationToken token) =>
            FhirFeature.IfType(type, () => operation.AnswerAsync(type, null, request, token)));
        fhir.MapMethods("/{type}/{id}/$validate", ["GET", "POST"], (string type, string id, HttpRequest request, ValidateOperation operation, CancellationToken token) =>
            FhirFeature.IfType(type, () => operation.AnswerAsync(type, id, request, token)));
        fhir.MapGet("/{type}/{id}/$meta", (string type, string id, HttpRequest request, MetaOperations operation, CancellationToken token) =>
            FhirFeature.IfType(type, () => operation.ShowAsync(type, id, request, token)));
        fhir.MapPost("/{type}/{id}/$meta-add", (string type, string id, HttpRequest request, MetaOperations operation, CancellationToken token) =>
            FhirFeature.IfType(type, () => operation.ChangeAsync(type, id, MetaChange.Add, request, token)));
        fhir.MapPost("/{type}/{id}/$meta-delete", (string type, string id, HttpRequest request, MetaOperations operation, CancellationToken token) =>
            FhirFeature.IfType(type, () => operation.ChangeAsync(type, id, MetaChange.Delete, request, token)));
        foreach (var type in EverythingOperation.Types)
        {
            fhir.MapMethods($"/{type}/{{id}}/$everything", ["GET", "POST"], (string id, HttpRequest request, EverythingOperation operation, CancellationToken token) =>
                operation.AnswerAsync(type, id, request, token));
        }
    }

    /// <summary>What of it a type has.</summary>
    public static IReadOnlyList<OperationCapability> Of(string type) =>
    [
        new("validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate"),
        new("meta", "http://hl7.org/fhir/OperationDefinition/Resource-meta"),
        new("meta-add", "http://hl7.org/fhir/OperationDefinition/Resource-meta-add"),
        new("meta-delete", "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete"),
        .. EverythingOperation.Types.Contains(type) ? [new OperationCapability("everything", $"http://hl7.org/fhir/OperationDefinition/{type}-everything")] : (OperationCapability[])[],
    ];
}
