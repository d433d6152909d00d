using EhrLedger.Ledger.Replication;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Envelopes;
using EhrLedger.Node.Hosting;
using Microsoft.Net.Http.Headers;

namespace EhrLedger.Node.Agents;

/// <summary>Where other agents send their envelopes (RFC 0025).</summary>
internal static class AgentEndpoints
{
    /// <summary>Under the node's address.</summary>
    public const string Path = "/agent";

    public static IEndpointRouteBuilder MapAgentWire(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, ReceiveAsync);
        return app;
    }

    private static async Task<IResult> ReceiveAsync(HttpRequest request, AgentDesk desk, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        if (type is not (Envelope.MediaType or Envelope.OlderMediaType))
        {
            return Http.Problem(StatusCodes.Status415UnsupportedMediaType, "not-an-envelope", $"Send {Envelope.MediaType}.");
        }

        if (await request.ReadBodyAsync(Envelope.MostBytes, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        try
        {
            return await desk.ReceiveAsync(body, cancellationToken) switch
            {
                (Received.NoEnvelope, _) => Http.Malformed("Not an envelope of Aries RFC 0019."),
                (Received.NotForUs, _) => Http.NotFound("envelope-not-opened"),
                (_, { } back) => Results.Bytes(back, Envelope.MediaType),
                _ => Results.StatusCode(StatusCodes.Status202Accepted),
            };
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }
}
