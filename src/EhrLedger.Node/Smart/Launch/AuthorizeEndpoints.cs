using System.Security.Claims;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Scopes;
using EhrLedger.Node.Smart.Tokens;
using EhrLedger.Node.Smart.Users;
using Hl7.Fhir.Model;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Claim = System.Security.Claims.Claim;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>App Launch: who the user is, which patient it is about, and whether the application may. OpenIddict has checked client, redirect URI and PKCE before.</summary>
internal static class AuthorizeEndpoints
{
    private const int MostFound = 20;

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods(SmartAddresses.AuthorizePath, [HttpMethods.Get, HttpMethods.Post], AuthorizeAsync);
        app.MapGet("/auth/login", (HttpContext context, string? next) => LaunchPages.Login(context, LocalOf(next), wasWrong: false));
        app.MapPost("/auth/login", LogInAsync);
    }

    private static async Task<IResult> LogInAsync(HttpContext context, UserStore users, IAntiforgery antiforgery, CancellationToken cancellationToken)
    {
        if (!await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false))
        {
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        }

        var form = await context.Request.ReadFormAsync(cancellationToken).ConfigureAwait(false);
        var next = LocalOf(form["next"]);
        if (await users.CheckAsync(form["login"].ToString(), form["password"].ToString(), cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return LaunchPages.Login(context, next, wasWrong: true);
        }

        var identity = new ClaimsIdentity([new Claim(Claims.Subject, user.Id)], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity)).ConfigureAwait(false);
        return Results.Redirect(next);
    }

    private static async Task<IResult> AuthorizeAsync(
        HttpContext context, UserStore users, ClientRegistry clients, SmartAddresses addresses, NodeSettings settings, IAntiforgery antiforgery, CancellationToken cancellationToken)
    {
        var request = context.GetOpenIddictServerRequest()!;
        var parameters = ParametersOf(request);
        if (((string?)request["aud"])?.TrimEnd('/') != addresses.Fhir)
        {
            return Refuse(Errors.InvalidRequest, "aud has to be the FHIR base of this node.");
        }

        if (await clients.FindAsync(request.ClientId!, cancellationToken).ConfigureAwait(false) is not { } client)
        {
            return Refuse(Errors.UnauthorizedClient, "The client is not active.");
        }

        var session = await context.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme).ConfigureAwait(false);
        if (session.Principal?.GetClaim(Claims.Subject) is not { } userId || await users.FindAsync(userId, cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return Results.Redirect($"/auth/login?next={Uri.EscapeDataString(SmartAddresses.AuthorizePath + QueryString.Create(parameters.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))))}");
        }

        var role = (UserRole)user.Role;
        if (LaunchScopes.Find(ScopeGrant.Split(request.Scope), client.Terms.Scopes, role) is not { } granted)
        {
            return Refuse(Errors.InvalidScope, "These scopes can't be had by this application and this user.");
        }

        // Only what came from a page of ours decides.
        var isOurs = HttpMethods.IsPost(context.Request.Method) && await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false);
        string Answer(string name) => isOurs ? (string?)request[name] ?? "" : "";
        string? patient = null;
        if (granted.Contains("launch/patient"))
        {
            var finder = context.RequestServices.GetRequiredService<FhirSearch>();
            if (Answer("ehr_patient") is not { Length: > 0 } chosen || (await FindAsync(context, finder, user, "_id", chosen, cancellationToken).ConfigureAwait(false)).Count != 1)
            {
                var searched = Answer("ehr_search");
                var found = searched.Length == 0 ? [] : await SearchAsync(context, finder, user, searched, cancellationToken).ConfigureAwait(false);
                return LaunchPages.Picker(context, parameters, searched, found);
            }

            patient = chosen;
        }

        return Answer("ehr_decision") switch
        {
            "allow" => Results.SignIn(PrincipalOf(user, role, granted, patient, addresses, settings), properties: null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme),
            "deny" => Refuse(Errors.AccessDenied, "The user did not allow it."),
            _ => LaunchPages.Consent(context, parameters, request.RedirectUri!, client.Name, user.Name, patient, granted),
        };
    }

    private static async Task<IReadOnlyList<(string Id, string Text)>> SearchAsync(HttpContext context, FhirSearch finder, UserRow user, string text, CancellationToken cancellationToken)
    {
        var byName = await FindAsync(context, finder, user, "name", text, cancellationToken).ConfigureAwait(false);
        return byName.Count > 0 ? byName : await FindAsync(context, finder, user, "identifier", text, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Patients whom the user may see, by FHIR's own search: what it shows is logged in the user's name like any other read.</summary>
    private static async Task<IReadOnlyList<(string Id, string Text)>> FindAsync(HttpContext context, FhirSearch finder, UserRow user, string parameter, string value, CancellationToken cancellationToken)
    {
        var services = context.RequestServices;
        var role = (UserRole)user.Role;
        var scope = string.Join(' ', role.ScopesOf(ScopeContext.User).Select(one => one.ToString()));
        if (FhirAccess.Parse(scope, null, services.GetRequiredService<ServerBase>(), services.GetRequiredService<TimeProvider>().GetUtcNow()) is not { } access)
        {
            return [];
        }

        var inner = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        inner.Request.Method = HttpMethods.Get;
        inner.Request.Path = "/fhir/Patient";
        inner.Features.Set(new SmartCaller("login", scope, role.PurposeOf(), user.Name, role.ToText(), null, user.FhirUser) { Access = access });
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
        var answer = await finder.SearchAsync(new SearchScope("Patient"), [(parameter, escaped), ("_count", MostFound.ToString(System.Globalization.CultureInfo.InvariantCulture))], inner.Request, cancellationToken).ConfigureAwait(false);
        return answer.ResourceFor(inner.Request) is Bundle bundle
            ? [.. bundle.Entry.Select(entry => entry.Resource).OfType<Patient>().Select(found => (found.Id!, $"{found.Name.FirstOrDefault()?.Family}, {string.Join(' ', found.Name.FirstOrDefault()?.Given ?? [])}, {found.BirthDate}"))]
            : [];
    }

    private static ClaimsPrincipal PrincipalOf(UserRow user, UserRole role, IReadOnlyList<string> granted, string? patient, SmartAddresses addresses, NodeSettings settings)
    {
        var identity = new ClaimsIdentity("SMART", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, user.Id);
        identity.SetScopes(granted);
        identity.SetResources(addresses.Fhir);
        identity.AddClaim(new Claim(ActingClaims.Claim, new ActingClaims(user.Name, role.ToText(), role.PurposeOf()).Write(settings.Name, patient).ToJsonString(), "JSON"));
        identity.SetClaim("fhirUser", $"{addresses.Fhir}/{user.FhirUser}");
        if (patient is not null)
        {
            identity.SetClaim("patient", patient);
        }

        identity.SetDestinations(claim => claim.Type switch
        {
            "fhirUser" => granted.Contains("fhirUser") ? [Destinations.AccessToken, Destinations.IdentityToken] : [Destinations.AccessToken],
            Claims.Subject => [Destinations.AccessToken, Destinations.IdentityToken],
            _ => [Destinations.AccessToken],
        });
        return new ClaimsPrincipal(identity);
    }

    private static IResult Refuse(string error, string why) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = why,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    /// <summary>The application's own parameters, without the answers of our pages.</summary>
    private static List<(string Name, string Value)> ParametersOf(OpenIddictRequest request) =>
        [.. request.GetParameters().Where(pair => !pair.Key.StartsWith("ehr_", StringComparison.Ordinal) && !pair.Key.StartsWith("__", StringComparison.Ordinal)).Select(pair => (pair.Key, (string?)pair.Value)).Where(pair => pair.Item2 is not null).Select(pair => (pair.Key, pair.Item2!))];

    /// <summary>A login leads on to an authorization request of this node, and nowhere else.</summary>
    private static string LocalOf(string? next) => next is not null && next.StartsWith(SmartAddresses.AuthorizePath + "?", StringComparison.Ordinal) ? next : "/auth/login";
}
