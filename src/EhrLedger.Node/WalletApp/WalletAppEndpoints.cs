using Microsoft.Net.Http.Headers;

namespace EhrLedger.Node.WalletApp;

/// <summary>
/// Serves the patient's wallet under /wallet/: static files that the build has put beside the node's assemblies. The node knows nothing of them. Where there are none, /wallet/ answers 404 and all else goes on.
/// </summary>
internal static class WalletAppEndpoints
{
    private const string Prefix = "/wallet";

    /// <summary>Maps what no wallet call of docs/http.md has taken.</summary>
    /// <param name="app">The node.</param>
    /// <param name="folder">Where the files are; null for where the build puts them.</param>
    public static WebApplication MapWalletApp(this WebApplication app, string? folder = null)
    {
        var files = WalletAppFiles.In(folder ?? Path.Combine(AppContext.BaseDirectory, "wallet"));
        app.MapMethods(Prefix + "/{**path}", [HttpMethods.Get, HttpMethods.Head], (string? path, HttpContext context) => Answer(files, path ?? "", context));
        return app;
    }

    private static IResult Answer(WalletAppFiles files, string path, HttpContext context)
    {
        if (files.Find(path) is not { } file)
        {
            return Results.NotFound();
        }

        if (path.Length == 0 && context.Request.Path == Prefix)
        {
            // Everything that the page names is relative to its folder.
            return Results.Redirect(Prefix + "/" + context.Request.QueryString);
        }

        Protect(context.Response.Headers);
        if (files.Runtime is { } runtime && files.IsFirstPage(file))
        {
            // It comes while the page and its scripts are still read, and is compiled while everything else comes.
            context.Response.Headers.Link = $"<{Prefix}/{runtime}>; rel=preload; as=fetch; crossorigin=anonymous; fetchpriority=high";
        }

        var (stored, encoding) = file.For(context.Request.Headers.AcceptEncoding);
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        context.Response.Headers.CacheControl = file.IsFingerprinted ? "public, max-age=31536000, immutable" : "no-cache";
        if (encoding.Length > 0)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        return Results.File(stored.FullName, file.ContentType, lastModified: stored.LastWriteTimeUtc, entityTag: file.TagOf(stored, encoding));
    }

    // No origin but this one, no script and no style that stands in the page itself; WebAssembly is allowed to be compiled, and nothing else is.
    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
            + "form-action 'none'; frame-ancestors 'none'; base-uri 'self'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
