using EhrLedger.Ledger.Following;
using EhrLedger.MerkleLog.Witnessing;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.LedgerApi;

/// <summary>What logs ask of this node: the sequencer for replication, and whoever runs the log for the cosignature of a C2SP witness.</summary>
internal static class PeerEndpoints
{
    private const int LargestReplicate = 8 << 20;

    /// <summary>Maps replication.</summary>
    public static WebApplication MapPeers(this WebApplication app)
    {
        app.MapPost("/peer/replicate", ReplicateAsync);
        return app;
    }

    /// <summary>Maps the witness.</summary>
    public static WebApplication MapWitness(this WebApplication app)
    {
        app.MapPost("/witness/add-checkpoint", AddCheckpointAsync);
        return app;
    }

    private static async Task<IResult> ReplicateAsync(HttpRequest request, IServiceProvider services, CancellationToken cancellationToken)
    {
        if (services.GetService<Follower>() is not { } follower)
        {
            return Http.NotFound("sequencer");
        }

        if (await request.ReadBodyAsync(LargestReplicate, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            return Http.TooLarge();
        }

        return ReplicateRequest.TryParse(body) is { } parsed && await follower.ReplicateAsync(parsed, cancellationToken).ConfigureAwait(false) is { } answer
            ? Http.Cbor(answer.Encode())
            : Http.Malformed("Not a replicate-request.");
    }

    private static async Task<IResult> AddCheckpointAsync(HttpRequest request, Witness witness, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(AddCheckpointRequest.MaxBytes, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            return Http.TooLarge();
        }

        var outcome = await witness.AddCheckpointAsync(body, cancellationToken).ConfigureAwait(false);
        return new WitnessAnswer(outcome);
    }

    private sealed class WitnessAnswer(AddCheckpointOutcome outcome) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = outcome.StatusCode;
            httpContext.Response.ContentType = outcome.ContentType;
            await httpContext.Response.Body.WriteAsync(outcome.Body, httpContext.RequestAborted).ConfigureAwait(false);
        }
    }
}
