using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Fhir;

namespace EhrLedger.Node.Hosting;

/// <summary>What a caller hears of an exception: a status and a code, never its text.</summary>
internal static partial class Failures
{
    /// <summary>Catches what the calls throw.</summary>
    public static void UseProblems(this WebApplication app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more.
        }
        catch (Exception thrown) when (!context.Response.HasStarted)
        {
            var answer = context.Request.Path.StartsWithSegments("/fhir") ? FhirFeature.AnswerOf(thrown, context) : AnswerOf(thrown, context.RequestServices);
            await answer.ExecuteAsync(context).ConfigureAwait(false);
        }
    });

    private static IResult AnswerOf(Exception thrown, IServiceProvider services)
    {
        if (thrown is BadHttpRequestException bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? Http.TooLarge() : Http.Problem(bad.StatusCode, "malformed", "The request can't be read.");
        }

        if (thrown is StoreFailedException or TreeStoreException)
        {
            services.GetRequiredService<IAlarmSink>().Raise(AlarmKind.StoreFailed, "A call could not read or write the store.");
            return Http.Unavailable();
        }

        Unexpected(services.GetRequiredService<ILoggerFactory>().CreateLogger("EhrLedger"), new Fault(thrown));
        return Http.Problem(StatusCodes.Status500InternalServerError, "internal", "The node failed to answer; its log says why.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A call failed: {What}")]
    private static partial void Unexpected(ILogger logger, Fault what);
}
