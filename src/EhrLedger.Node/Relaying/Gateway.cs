using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Keys;
using Microsoft.AspNetCore.Http.Features;

namespace EhrLedger.Node.Relaying;

/// <summary>
/// Opens what relays bring, and answers it as if it had come straight: each sealed request goes through this node's own pipeline, under the relay's address, and its answer is sealed for whoever asked. Only calls for peers and
/// wallets are to be had this way.
/// </summary>
/// <remarks>Source: RFC 9458; docs/http.md.</remarks>
internal static class Gateway
{
    /// <summary>The largest body, and what two envelopes add to it.</summary>
    public const int LargestMessage = (16 << 20) + (8 << 10);

    private static readonly string[] Reachable = ["/ledger", "/log", "/custody", "/index", "/records", "/wallet", "/agent"];
    private static readonly object Marker = new();

    /// <summary>Whether the request came out of an envelope that a relay brought.</summary>
    public static bool HasComeByRelay(HttpContext context) => context.Items.ContainsKey(Marker);

    /// <summary>Adds it, before limits are counted: what is inside counts.</summary>
    public static void UseGateway(this WebApplication app) => app.Use((context, next) =>
        HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Value is RelayMessage.GatewayPath or RelayMessage.LastGatewayPath ? AnswerAsync(context, next) : next(context));

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var bounds = context.RequestServices.GetRequiredService<GatewayBounds>();
        if (!bounds.MayBring(context))
        {
            await RateLimits.RefuseAsync(context, TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            return;
        }

        if (await context.Request.ReadBodyAsync(LargestMessage, context.RequestAborted).ConfigureAwait(false) is not { } message)
        {
            bounds.CountUseless(context);
            await Http.TooLarge().ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        using var exchange = ObliviousExchange.Open(context.RequestServices.GetRequiredService<OrganisationKeys>().Sealing, message.Span);
        if (exchange is null)
        {
            bounds.CountUseless(context);
            await Http.Malformed("Not a request that is sealed to this organisation.").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        var isLast = context.Request.Path.Value == RelayMessage.LastGatewayPath;
        var request = BinaryHttp.TryParseRequest(exchange.Request);
        if (request is null || !IsReachable(request, isLast))
        {
            bounds.CountUseless(context);
        }

        var answer = request is null ? new BinaryAnswer(StatusCodes.Status400BadRequest, "", default)
            : !IsReachable(request, isLast) ? new BinaryAnswer(StatusCodes.Status404NotFound, "", default)
            : await AskAsync(context, request, next).ConfigureAwait(false);
        await Results.Bytes(exchange.SealAnswer(BinaryHttp.Write(answer)), RelayMessage.AnswerType).ExecuteAsync(context).ConfigureAwait(false);
    }

    private static bool IsReachable(BinaryRequest request, bool isLast)
    {
        var path = new PathString(PathOf(request).Path);
        return Reachable.Any(start => path.StartsWithSegments(start, StringComparison.Ordinal)) || (!isLast && path.StartsWithSegments(RelayMessage.RelayPath, StringComparison.Ordinal));
    }

    private static async Task<BinaryAnswer> AskAsync(HttpContext outer, BinaryRequest request, RequestDelegate next)
    {
        using var body = new MemoryStream();
        var (path, query) = PathOf(request);
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = request.Method,
            Scheme = outer.Request.Scheme,
            Protocol = outer.Request.Protocol,
            Path = path,
            QueryString = query,
            RawTarget = request.Path,
            Body = new MemoryStream(request.Body.ToArray(), writable: false),
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        features.Set(outer.Features.Get<IHttpConnectionFeature>());
        features.Set(outer.Features.Get<IHttpRequestLifetimeFeature>());
        var inner = new DefaultHttpContext(features) { ServiceScopeFactory = outer.RequestServices.GetRequiredService<IServiceScopeFactory>() };
        inner.Request.Host = outer.Request.Host;
        inner.Request.ContentLength = request.Body.Length;
        inner.Request.ContentType = request.ContentType.Length == 0 ? null : request.ContentType;
        inner.Items[Marker] = true;
        await next(inner).ConfigureAwait(false);
        await inner.Response.CompleteAsync().ConfigureAwait(false);
        return new BinaryAnswer(inner.Response.StatusCode, inner.Response.ContentType ?? "", body.ToArray());
    }

    private static (string Path, string Query) PathOf(BinaryRequest request) =>
        request.Path.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? (Uri.UnescapeDataString(request.Path[..at]), request.Path[at..]) : (Uri.UnescapeDataString(request.Path), "");
}
