using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using EhrLedger.Node.Settings;
using Microsoft.AspNetCore.Antiforgery;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>The pages of a login: plain HTML, no script, nothing from elsewhere, in no frame.</summary>
internal static class LaunchPages
{
    private const string Style = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}label,button{display:block;margin:.6rem 0}input{font:inherit;width:100%;padding:.3rem}button{font:inherit;padding:.4rem 1rem}.wrong{color:#a00}";
    private static readonly string StyleHash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    /// <summary>Who are you?</summary>
    public static IResult Login(HttpContext context, string next, bool wasWrong) => Page(context, "Log in", null, $"""
        {(wasWrong ? "<p class=\"wrong\">Login and password do not fit, or the user is locked.</p>" : "")}
        <form method="post" action="/auth/login">
        {Token(context)}{Hidden("next", next)}
        <label>Login <input name="login" autocomplete="username" autofocus required></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
        <button>Log in</button>
        </form>
        {ProviderLink(context, next)}
        """);

    /// <summary>What the organisation's identity provider says gives nobody a role here.</summary>
    public static IResult NotLoggedIn(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Page(context, "Not logged in", null, "<p class=\"wrong\">You could not be logged in with that account: it may have no role here. Ask whoever runs this system.</p>");
    }

    /// <summary>It does not answer.</summary>
    public static IResult ProviderAway(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return Page(context, "Not logged in", null, "<p class=\"wrong\">The system that knows your account does not answer. Try again later.</p>");
    }

    /// <summary>Which patient is this about?</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="request">Parameters of the authorization request, which every form carries on.</param>
    /// <param name="searched">What was searched for; empty at first.</param>
    /// <param name="found">Id and description of each patient found.</param>
    public static IResult Picker(HttpContext context, IReadOnlyList<(string Name, string Value)> request, string searched, IReadOnlyList<(string Id, string Text)> found)
    {
        var list = string.Concat(found.Select(patient => $"""
            <form method="post" action="/auth/authorize">{Token(context)}{Carry(request)}{Hidden("ehr_patient", patient.Id)}<button>{Encode(patient.Text)}</button></form>
            """));
        return Page(context, "Choose a patient", null, $"""
            <form method="post" action="/auth/authorize">
            {Token(context)}{Carry(request)}
            <label>Name or number <input name="ehr_search" value="{Encode(searched)}" autofocus required></label>
            <button>Search</button>
            </form>
            {(searched.Length > 0 && found.Count == 0 ? "<p>Nobody was found.</p>" : list)}
            """);
    }

    /// <summary>May the application do this?</summary>
    public static IResult Consent(HttpContext context, IReadOnlyList<(string Name, string Value)> request, string redirectUri, string application, string user, string? patient, IEnumerable<string> scopes) =>
        Page(context, "Allow access", redirectUri, $"""
            <p><strong>{Encode(application)}</strong> asks to act for you, {Encode(user)}{(patient is null ? "" : $", with the patient {Encode(patient)}")}:</p>
            <ul>{string.Concat(scopes.Select(scope => $"<li>{Encode(scope)}</li>"))}</ul>
            <form method="post" action="/auth/authorize">
            {Token(context)}{Carry(request)}{(patient is null ? "" : Hidden("ehr_patient", patient))}
            <button name="ehr_decision" value="allow">Allow</button>
            <button name="ehr_decision" value="deny">Do not allow</button>
            </form>
            """);

    private static IResult Page(HttpContext context, string title, string? redirectUri, string body)
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
            string.Create(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{Style}</style></head><body><h1>{title}</h1>{body}</body></html>"),
            "text/html; charset=utf-8");
    }

    private static string ProviderLink(HttpContext context, string next)
    {
        var settings = context.RequestServices.GetRequiredService<NodeSettings>();
        return settings.IdentityProvider is null ? ""
            : $"<p><a href=\"{Encode($"{SmartAddresses.ProviderPath}?next={Uri.EscapeDataString(next)}")}\">Log in with your account of {Encode(settings.Name)}</a></p>";
    }

    private static string Token(HttpContext context)
    {
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        return Hidden(tokens.FormFieldName, tokens.RequestToken!);
    }

    private static string Carry(IEnumerable<(string Name, string Value)> request) => string.Concat(request.Select(pair => Hidden(pair.Name, pair.Value)));

    private static string Hidden(string name, string value) => $"<input type=\"hidden\" name=\"{Encode(name)}\" value=\"{Encode(value)}\">";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
