using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;
using static EhrLedger.Node.Hosting.HtmlPage;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>The pages of a login: plain HTML, no script, nothing from elsewhere, in no frame.</summary>
internal static class LaunchPages
{
    /// <summary>Who are you?</summary>
    public static IResult Login(HttpContext context, string next, bool wasWrong) => HtmlPage.Of(context, "Log in", $"""
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
        return HtmlPage.Of(context, "Not logged in", "<p class=\"wrong\">You could not be logged in with that account: it may have no role here. Ask whoever runs this system.</p>");
    }

    /// <summary>It does not answer.</summary>
    public static IResult ProviderAway(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return HtmlPage.Of(context, "Not logged in", "<p class=\"wrong\">The system that knows your account does not answer. Try again later.</p>");
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
        return HtmlPage.Of(context, "Choose a patient", $"""
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
        HtmlPage.Of(context, "Allow access", $"""
            <p><strong>{Encode(application)}</strong> asks to act for you, {Encode(user)}{(patient is null ? "" : $", with the patient {Encode(patient)}")}:</p>
            <ul>{string.Concat(scopes.Select(scope => $"<li>{Encode(scope)}</li>"))}</ul>
            <form method="post" action="/auth/authorize">
            {Token(context)}{Carry(request)}{(patient is null ? "" : Hidden("ehr_patient", patient))}
            <button name="ehr_decision" value="allow">Allow</button>
            <button name="ehr_decision" value="deny">Do not allow</button>
            </form>
            """, redirectUri);

    private static string ProviderLink(HttpContext context, string next)
    {
        var settings = context.RequestServices.GetRequiredService<NodeSettings>();
        return settings.IdentityProvider is null ? ""
            : $"<p><a href=\"{Encode($"{SmartAddresses.ProviderPath}?next={Uri.EscapeDataString(next)}")}\">Log in with your account of {Encode(settings.Name)}</a></p>";
    }

    private static string Carry(IEnumerable<(string Name, string Value)> request) => string.Concat(request.Select(pair => Hidden(pair.Name, pair.Value)));
}
