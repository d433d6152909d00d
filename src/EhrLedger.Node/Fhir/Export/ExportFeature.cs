using EhrLedger.Fhir.Conformance;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>$export of Bulk Data Access (FHIR IG 2.0): of the system, of Patient, of a Group.</summary>
internal static class ExportFeature
{
    private const string Definitions = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";

    private static readonly string[] Asked = [HttpMethods.Get, HttpMethods.Post];
    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Of the system.</summary>
    public static OperationCapability OfSystem { get; } = new("export", $"{Definitions}/export");

    public static IServiceCollection AddExport(this IServiceCollection services)
    {
        services.AddSingleton<ExportStore>().AddSingleton<ExportRun>().AddSingleton<Exports>().AddSingleton<ExportOperation>().AddSingleton<ExportStatus>();
        Loop.Add<Exports>(services, "exports", (exports, token) => exports.RunAsync(token));
        return services;
    }

    /// <param name="fhir">Of the API.</param>
    public static void MapExport(this RouteGroupBuilder fhir)
    {
        var export = fhir.MapGroup("").AddEndpointFilter(RefuseInBundlesAsync);
        export.MapMethods("/$export", Asked, (HttpRequest request, ExportOperation operation, CancellationToken token) => operation.BeginAsync(ExportLevel.System, null, request, token));
        export.MapMethods("/Patient/$export", Asked, (HttpRequest request, ExportOperation operation, CancellationToken token) => operation.BeginAsync(ExportLevel.Patients, null, request, token));
        export.MapMethods("/Group/{id}/$export", Asked, (string id, HttpRequest request, ExportOperation operation, CancellationToken token) => operation.BeginAsync(ExportLevel.Group, id, request, token));
        export.MapGet("/$export/{name}", (string name, HttpRequest request, ExportStatus status) => status.Show(name, request));
        export.MapDelete("/$export/{name}", (string name, HttpRequest request, ExportStatus status) => status.Remove(name, request));
        export.MapMethods("/$export/{name}/{file}", Read, (string name, string file, HttpRequest request, ExportStatus status, CancellationToken token) => status.DownloadAsync(name, file, request, token))
            .WithMetadata(new AnswersInItsOwnForm());
    }

    /// <summary>What of it a type has.</summary>
    public static IReadOnlyList<OperationCapability> Of(string type) => type switch
    {
        "Patient" => [new("export", $"{Definitions}/patient-export")],
        "Group" => [new("export", $"{Definitions}/group-export")],
        _ => [],
    };

    // Its answer is in headers, of which an entry of a Bundle has none.
    private static async ValueTask<object?> RefuseInBundlesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) => context.HttpContext.Features.Get<AnswerSink>() is null
        ? await next(context)
        : FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.NotSupported, "An export is a request of its own, not an entry of a Bundle.");
}

/// <summary>An endpoint whose answers have one form, whatever is accepted.</summary>
internal sealed class AnswersInItsOwnForm;
