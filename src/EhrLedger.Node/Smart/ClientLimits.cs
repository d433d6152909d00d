using System.Globalization;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Settings;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Smart;

/// <summary>How much one registered client may ask, of FHIR and of the token endpoint, each for itself.</summary>
internal sealed class ClientLimits(NodeSettings settings) : IDisposable
{
    private readonly Buckets _fhir = new(settings.ClientRate);
    private readonly Buckets _tokens = new(settings.TokenRate);

    /// <summary>Counts a FHIR request. Null if it may go on; otherwise when to try again.</summary>
    public TimeSpan? FindFhirWait(string clientId) => _fhir.FindWait(clientId);

    /// <summary>Counts a token. Null if it may be had; otherwise when to try again.</summary>
    public TimeSpan? FindTokenWait(string clientId) => _tokens.FindWait(clientId);

    /// <summary>The answer to a client that asks too often.</summary>
    public static IResult Refuse(TimeSpan wait) => new Refusal(wait);

    /// <inheritdoc/>
    public void Dispose()
    {
        _fhir.Dispose();
        _tokens.Dispose();
    }

    private sealed class Refusal(TimeSpan wait) : IResult
    {
        public System.Threading.Tasks.Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Math.Max((int)Math.Ceiling(wait.TotalSeconds), 1).ToString(CultureInfo.InvariantCulture);
            return FhirAnswer.Failed(StatusCodes.Status429TooManyRequests, OperationOutcome.IssueType.Throttled, "This client asks too often; wait a moment.").ExecuteAsync(httpContext);
        }
    }
}
