using System.Globalization;
using EhrLedger.Crypto;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>What the caller whose export it is can do with it: ask how far it is, download its files, remove it. For everybody else there is none.</summary>
/// <remarks>Source: Bulk Data Access IG 2.0.0, export, status, output file and delete requests.</remarks>
internal sealed class ExportStatus(ExportStore store, Exports exports, ServerBase server)
{
    private const int RetrySeconds = 1;

    // A write gets its time before it is on the disk: one that was on its way when the export began belongs to the next one too.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    public static string UrlOf(ServerBase server, ExportJob job) => $"{server.Url}/$export/{job.Name}";

    public IResult Show(string name, HttpRequest request)
    {
        var (job, refusal) = Find(name, request);
        if (job is null)
        {
            return refusal!;
        }

        var headers = request.HttpContext.Response.Headers;
        switch (job.State)
        {
            case ExportState.Running:
                headers["X-Progress"] = exports.ProgressOf(name);
                headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
                return FhirAnswer.Empty(StatusCodes.Status202Accepted);
            case ExportState.Failed:
                return FhirAnswer.Failed(StatusCodes.Status500InternalServerError, OperationOutcome.IssueType.Exception, "The export failed. The node's log has the kind of the fault. Ask anew.");
            case ExportState.Done:
                headers.Expires = store.ExpiryOf(job)!.Value.ToString("R", CultureInfo.InvariantCulture);
                return Results.Json(ManifestOf(job), ExportManifestJson.Default.ExportManifest, "application/json");
            default:
                throw new InvalidOperationException("ExportState is closed.");
        }
    }

    public IResult Remove(string name, HttpRequest request)
    {
        var (job, refusal) = Find(name, request);
        if (job is null)
        {
            return refusal!;
        }

        exports.Remove(name);
        return FhirAnswer.Empty(StatusCodes.Status202Accepted);
    }

    /// <summary>Sends a file. What it shows was logged before it stood in the manifest.</summary>
    public async Task<IResult> DownloadAsync(string name, string file, HttpRequest request, CancellationToken cancellationToken)
    {
        var (job, refusal) = Find(name, request);
        if (job is null)
        {
            return refusal!;
        }

        if (job.State != ExportState.Done || job.Files.FirstOrDefault(one => one.Name == file) is not { } found)
        {
            return FhirAnswer.NotFound();
        }

        var response = request.HttpContext.Response;
        using var key = SymmetricKey.FromBytes(job.Key.Span);
        try
        {
            var stored = new FileStream(Path.Combine(store.FolderOf(name), found.Name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            await using (stored)
            {
                response.ContentType = "application/fhir+ndjson";
                response.ContentLength = found.Bytes;
                response.Headers.Expires = store.ExpiryOf(job)!.Value.ToString("R", CultureInfo.InvariantCulture);
                response.Headers.CacheControl = "no-store";
                if (!HttpMethods.IsHead(request.Method))
                {
                    await ExportFileReader.CopyAsync(stored, found, key, response.Body, cancellationToken);
                }
            }

            return Results.Empty;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException && !response.HasStarted)
        {
            response.Headers.ContentLength = null;
            return FhirAnswer.Damaged();
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            // The length is announced: whoever reads on sees that something is missing.
            request.HttpContext.Abort();
            return Results.Empty;
        }
    }

    private (ExportJob? Job, FhirAnswer? Refusal) Find(string name, HttpRequest request) => FhirCaller.Find(request) is not { } asking ? (null, FhirWriter.BadCaller())
        : name.Length == 32 && store.Find(name) is { } job && store.OwnerOf(job) == CallerName.OwnerOf(asking) ? (job, null)
        : (null, FhirAnswer.NotFound());

    private ExportManifest ManifestOf(ExportJob job)
    {
        return new ExportManifest(
            (job.Started - Overlap).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            job.Request,
            RequiresAccessToken: true,
            Of(ExportFileKind.Output),
            Of(ExportFileKind.Deleted),
            Of(ExportFileKind.Error));

        List<ExportManifest.Item> Of(ExportFileKind kind) =>
            [.. job.Files.Where(file => file.Kind == kind).Select(file => new ExportManifest.Item(file.Type, $"{UrlOf(server, job)}/{file.Name}", file.Count))];
    }
}
