using System.Text;
using EhrLedger.Node.Fhir;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Task = System.Threading.Tasks.Task;

namespace EhrLedger.Node.Hosting;

/// <summary>
/// How long a request's line and headers may be. Kestrel answers by itself, and with an empty body, what goes beyond its limits; they are set to twice these, so that whoever exceeds them a little hears of it in
/// the form of the API that was called.
/// </summary>
internal static class RequestLimits
{
    /// <summary>Bytes of a request's first line.</summary>
    public const int LargestLine = 16 << 10;

    private const int LargestHeaders = 32 << 10;
    private const int MostHeaders = 64;

    /// <summary>Sets Kestrel's own.</summary>
    public static void SetLineAndHeaders(this KestrelServerLimits limits)
    {
        limits.MaxRequestLineSize = 2 * LargestLine;
        limits.MaxRequestHeadersTotalSize = 2 * LargestHeaders;
        limits.MaxRequestHeaderCount = 2 * MostHeaders;
    }

    /// <summary>Refuses what is beyond ours: 414 or 431.</summary>
    public static void UseRequestLimits(this WebApplication app) => app.Use((context, next) =>
        IsLineTooLong(context) ? RefuseAsync(context, StatusCodes.Status414UriTooLong, "uri-too-long", "The URL is longer than this node takes: send a search as POST to _search.")
        : AreHeadersTooLarge(context.Request) ? RefuseAsync(context, StatusCodes.Status431RequestHeaderFieldsTooLarge, "headers-too-large", "The headers are more, or longer, than this node takes.")
        : next(context));

    private static Task RefuseAsync(HttpContext context, int status, string code, string sentence) =>
        (context.Request.Path.StartsWithSegments("/fhir") ? FhirAnswer.Failed(status, OperationOutcome.IssueType.TooLong, sentence) : Http.Problem(status, code, sentence)).ExecuteAsync(context);

    private static bool IsLineTooLong(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>() is var request && Encoding.UTF8.GetByteCount(request.RawTarget) + request.Method.Length + " HTTP/1.1\r\n".Length + 1 > LargestLine;

    private static bool AreHeadersTooLarge(HttpRequest request)
    {
        // As they came over the line: name, colon, space, value, end of line.
        var (count, length) = (0, 0);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                count++;
                length += name.Length + Encoding.UTF8.GetByteCount(value ?? "") + 4;
            }
        }

        return count > MostHeaders || length > LargestHeaders;
    }
}
