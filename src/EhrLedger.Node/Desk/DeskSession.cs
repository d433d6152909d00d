using System.Security.Claims;
using EhrLedger.Node.Smart;
using EhrLedger.Node.Smart.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace EhrLedger.Node.Desk;

/// <summary>Who is at the staff's pages: a session of its own, which its own paths alone are told of, entered through the login that applications use too.</summary>
internal static class DeskSession
{
    /// <summary>Where the pages are.</summary>
    public const string Path = "/console";

    /// <summary>Where a login leads: from the session of /auth into that of the pages.</summary>
    public const string EnterPath = "/auth/console";

    private const string Scheme = "console";

    /// <summary>Adds the session.</summary>
    public static AuthenticationBuilder AddDeskSession(this AuthenticationBuilder authentication, TimeSpan lifetime) => authentication.AddCookie(Scheme, cookie =>
    {
        cookie.Cookie.Name = "ehrledger-console";
        cookie.Cookie.Path = Path;
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = lifetime;
        cookie.SlidingExpiration = true;
    });

    /// <summary>Goes from a login into the pages.</summary>
    public static async Task<IResult> EnterAsync(HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        var session = await context.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme).ConfigureAwait(false);
        if (await FindAsync(session, users, cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return ToLogin();
        }

        await context.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity([new Claim(Claims.Subject, user.Id)], Scheme))).ConfigureAwait(false);
        return Results.Redirect(Path);
    }

    /// <summary>The user, as the operator has her now; null for nobody.</summary>
    public static async Task<UserRow?> FindAsync(HttpContext context, UserStore users, CancellationToken cancellationToken) =>
        await FindAsync(await context.AuthenticateAsync(Scheme).ConfigureAwait(false), users, cancellationToken).ConfigureAwait(false);

    /// <summary>Ends the session.</summary>
    public static async Task<IResult> LeaveAsync(HttpContext context)
    {
        await context.SignOutAsync(Scheme).ConfigureAwait(false);
        return ToLogin();
    }

    /// <summary>To the login, and back.</summary>
    public static IResult ToLogin() => Results.Redirect($"{SmartAddresses.LoginPath}?next={Uri.EscapeDataString(EnterPath)}");

    private static async Task<UserRow?> FindAsync(AuthenticateResult session, UserStore users, CancellationToken cancellationToken) =>
        session.Principal?.FindFirst(Claims.Subject)?.Value is { } id ? await users.FindAsync(id, cancellationToken).ConfigureAwait(false) : null;
}
