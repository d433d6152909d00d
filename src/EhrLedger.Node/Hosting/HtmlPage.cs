using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;

namespace EhrLedger.Node.Hosting;

/// <summary>The node's own pages: plain HTML, no script, nothing from elsewhere, in no frame.</summary>
internal static class HtmlPage
{
    private const string Style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere}label,button{display:block;margin:.6rem 0}input,select,textarea{font:inherit;width:100%;padding:.3rem;box-sizing:border-box}button{font:inherit;padding:.4rem 1rem}.wrong{color:#a00}.code{font:600 1.6rem/1.4 ui-monospace,monospace;letter-spacing:.06em}.check{margin:.2rem 0}.check input{width:auto}fieldset{border:1px solid #999}svg{width:16rem;height:16rem}.dense svg{width:100%;height:auto}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;vertical-align:top}@media print{form,nav{display:none}}";
    private static readonly string StyleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>A page.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="title">Its heading; not encoded.</param>
    /// <param name="body">HTML. Whatever is not ours in it has gone through <see cref="Encode"/>.</param>
    /// <param name="redirectUri">Where the answer to its form may lead; null for nowhere else.</param>
    public static IResult Of(HttpContext context, string title, string body, string? redirectUri = null)
    {
        // A browser follows the answer to the form to the application, and counts that as an action of the form.
        var target = redirectUri is not null && Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? $" {new Uri(redirectUri!).GetLeftPart(UriPartial.Authority)}" : "";
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{StyleHash}'; form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return Results.Content(
            string.Create(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{Style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"),
            "text/html; charset=utf-8");
    }

    /// <summary>The field that makes a form this page's.</summary>
    public static string Token(HttpContext context)
    {
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        return Hidden(tokens.FormFieldName, tokens.RequestToken!);
    }

    /// <summary>A field that goes along.</summary>
    public static string Hidden(string name, string value) => $"<input type=\"hidden\" name=\"{Encode(name)}\" value=\"{Encode(value)}\">";

    /// <summary>Text as HTML.</summary>
    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
