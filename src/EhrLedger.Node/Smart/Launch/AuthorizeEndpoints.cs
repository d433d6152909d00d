using System.Security.Claims;
using EhrLedger.Node.Desk;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Scopes;
using EhrLedger.Node.Smart.Tokens;
using EhrLedger.Node.Smart.Users;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>App Launch: who the user is, which patient it is about, and whether the application may. OpenIddict has checked client, redirect URI and PKCE before.</summary>
internal static class AuthorizeEndpoints
{
    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods(SmartAddresses.AuthorizePath, [HttpMethods.Get, HttpMethods.Post], AuthorizeAsync);
        app.MapGet(SmartAddresses.LoginPath, (HttpContext context, string? next) => LaunchPages.Login(context, LocalOf(next), wasWrong: false));
        app.MapPost(SmartAddresses.LoginPath, LogInAsync);
        app.MapGet(SmartAddresses.ProviderPath, (HttpContext context, NodeSettings settings, string? next) =>
            settings.IdentityProvider is null ? Task.FromResult(Results.NotFound()) : ProviderLogin.GoAsync(context, LocalOf(next)));
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
        HttpContext context, UserStore users, ClientRegistry clients, LaunchContexts launches, SmartAddresses addresses, NodeSettings settings, IAntiforgery antiforgery, CancellationToken cancellationToken)
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

        var (launch, about) = ((string?)request["launch"] ?? "", (LaunchContext?)null);
        if (ScopeGrant.Split(request.Scope).Contains(LaunchEndpoints.Scope) && (about = launches.Find(launch, client.Id)) is null)
        {
            return Refuse(Errors.InvalidRequest, "The launch is not known here, was used, is older than five minutes, or is another application's.");
        }

        var session = await context.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme).ConfigureAwait(false);
        if (session.Principal?.GetClaim(Claims.Subject) is not { } userId || await users.FindAsync(userId, cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return Results.Redirect($"{SmartAddresses.LoginPath}?next={Uri.EscapeDataString(SmartAddresses.AuthorizePath + QueryString.Create(parameters.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))))}");
        }

        var role = (UserRole)user.Role;
        if (LaunchScopes.Find(ScopeGrant.Split(request.Scope), client.Terms.Scopes, role) is not { } granted)
        {
            return Refuse(Errors.InvalidScope, "These scopes can't be had by this application and this user.");
        }

        // Only what came from a page of ours decides.
        var isOurs = HttpMethods.IsPost(context.Request.Method) && await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false);
        string Answer(string name) => isOurs ? (string?)request[name] ?? "" : "";
        var search = new UserSearch(context, user);
        if (about is not null)
        {
            if (!await search.SeesPatientAsync(about.Patient, cancellationToken).ConfigureAwait(false)
                || (about.Encounter is { } encounter && !await search.SeesEncounterAsync(encounter, about.Patient, cancellationToken).ConfigureAwait(false)))
            {
                return Refuse(Errors.AccessDenied, "The user may not see whom the application was launched for.");
            }
        }
        else if (granted.Contains("launch/patient"))
        {
            if (Answer("ehr_patient") is not { Length: > 0 } chosen || !await search.SeesPatientAsync(chosen, cancellationToken).ConfigureAwait(false))
            {
                var searched = Answer("ehr_search");
                var found = searched.Length == 0 ? [] : await search.FindPatientsAsync(searched, cancellationToken).ConfigureAwait(false);
                return LaunchPages.Picker(context, parameters, searched, found);
            }

            about = new LaunchContext(chosen, Encounter: null);
        }

        if (Answer("ehr_decision") is not ("allow" or "deny"))
        {
            return LaunchPages.Consent(context, parameters, request.RedirectUri!, client.Name, user.Name, about?.Patient, granted);
        }

        // Whatever the user decides, the launch has been used; of two answers at once the first counts.
        if (granted.Contains(LaunchEndpoints.Scope) && !launches.TryUse(launch, client.Id))
        {
            return Refuse(Errors.InvalidRequest, "The launch was used before.");
        }

        return Answer("ehr_decision") == "allow"
            ? Results.SignIn(PrincipalOf(user, role, granted, about, addresses, settings), properties: null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)
            : Refuse(Errors.AccessDenied, "The user did not allow it.");
    }

    private static ClaimsPrincipal PrincipalOf(UserRow user, UserRole role, IReadOnlyList<string> granted, LaunchContext? about, SmartAddresses addresses, NodeSettings settings)
    {
        var identity = new ClaimsIdentity("SMART", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, user.Id);
        identity.SetScopes(granted);
        identity.SetResources(addresses.Fhir);
        identity.AddClaim(new Claim(ActingClaims.Claim, new ActingClaims(user.Name, role.ToText(), role.PurposeOf()).Write(settings.Name, about?.Patient).ToJsonString(), "JSON"));
        identity.SetClaim("fhirUser", $"{addresses.Fhir}/{user.FhirUser}");
        if (about is not null)
        {
            identity.SetClaim("patient", about.Patient).SetClaim("encounter", about.Encounter);
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

    /// <summary>A login leads on to an authorization request of this node or to the staff's pages, and nowhere else.</summary>
    private static string LocalOf(string? next) =>
        next is not null && (next.StartsWith(SmartAddresses.AuthorizePath + "?", StringComparison.Ordinal) || next == DeskSession.EnterPath) ? next : SmartAddresses.LoginPath;
}
