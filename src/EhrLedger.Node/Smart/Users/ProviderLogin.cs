using System.Security.Claims;
using System.Security.Cryptography;
using EhrLedger.Node.Smart.Launch;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace EhrLedger.Node.Smart.Users;

/// <summary>A login at the organisation's own OpenID Connect provider: code flow with PKCE. What comes of it is a session of this node, as of a password.</summary>
internal static class ProviderLogin
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string Scheme = "provider";

    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromMinutes(2);

    // What a key of the provider signs with; a secret that is shared with it signs nothing here.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Adds it. The provider is asked for nothing before somebody logs in.</summary>
    public static void AddProvider(this AuthenticationBuilder authentication, IdentityProvider provider, SmartAddresses addresses)
    {
        authentication.Services.AddSingleton(provider).AddSingleton<ProviderUsers>();
        authentication.AddOpenIdConnect(Scheme, options =>
        {
            options.Authority = provider.Issuer;
            options.RequireHttpsMetadata = !new Uri(provider.Issuer).IsLoopback;
            options.ClientId = provider.ClientId;
            options.ClientSecret = provider.Secret;
            options.ResponseType = OpenIdConnectResponseType.Code;

            // A form from another site would need cookies that go with any request of other sites.
            options.ResponseMode = OpenIdConnectResponseMode.Query;
            options.UsePkce = true;
            options.PushedAuthorizationBehavior = PushedAuthorizationBehavior.Disable;
            options.CallbackPath = SmartAddresses.ProviderCallbackPath;
            options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            options.MapInboundClaims = false;
            options.SaveTokens = false;
            options.GetClaimsFromUserInfoEndpoint = false;
            options.Scope.Clear();
            foreach (var scope in provider.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                options.Scope.Add(scope);
            }

            options.TokenValidationParameters.ValidIssuer = provider.Issuer;
            options.TokenValidationParameters.ValidAlgorithms = Algorithms;
            options.BackchannelHttpHandler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(3) };
            options.BackchannelTimeout = TimeSpan.FromSeconds(10);
            foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
            {
                cookie.SameSite = SameSiteMode.Lax;
                cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            }

            options.Events = new OpenIdConnectEvents
            {
                OnRedirectToIdentityProvider = context =>
                {
                    context.ProtocolMessage.RedirectUri = addresses.Root + SmartAddresses.ProviderCallbackPath;
                    return Task.CompletedTask;
                },
                OnAuthorizationCodeReceived = context => SignAsync(context, provider),
                OnTokenValidated = AcceptAsync,
                OnRemoteFailure = async context =>
                {
                    context.HandleResponse();
                    await LaunchPages.NotLoggedIn(context.HttpContext).ExecuteAsync(context.HttpContext).ConfigureAwait(false);
                },
            };
        });
    }

    /// <summary>Sends the browser to the provider, and back to an authorization request then.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="next">A path of this node.</param>
    public static async Task<IResult> GoAsync(HttpContext context, string next)
    {
        try
        {
            await context.ChallengeAsync(Scheme, new AuthenticationProperties { RedirectUri = next }).ConfigureAwait(false);
            return Results.Empty;
        }
        catch (Exception absent) when (absent is InvalidOperationException or HttpRequestException or IOException)
        {
            // Its configuration can't be read.
            return LaunchPages.ProviderAway(context);
        }
    }

    private static async Task SignAsync(AuthorizationCodeReceivedContext context, IdentityProvider provider)
    {
        if (provider.Key is not { } key || context.TokenEndpointRequest is not { } request)
        {
            return;
        }

        var configuration = await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted).ConfigureAwait(false);
        var now = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        request.ClientAssertionType = AssertionType;
        request.ClientAssertion = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = provider.ClientId,
            Audience = configuration.TokenEndpoint,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + AssertionLifetime,
            Claims = new Dictionary<string, object> { [Claims.Subject] = provider.ClientId, [Claims.JwtId] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)) },
            SigningCredentials = key,
        });
    }

    private static async Task AcceptAsync(TokenValidatedContext context)
    {
        // The handler lets tokens without a signature through that come from the token endpoint itself (OpenID Connect Core 1.0 §3.1.3.7 allows it): then a connection's word would be enough.
        if (context.SecurityToken.RawSignature is not { Length: > 0 })
        {
            context.Fail("The identity token has no signature.");
            return;
        }

        var services = context.HttpContext.RequestServices;
        if (await services.GetRequiredService<ProviderUsers>().FindAsync(context.Principal!, context.HttpContext.RequestAborted).ConfigureAwait(false) is not { } user)
        {
            context.Fail("The user gets nothing here.");
            return;
        }

        context.Principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(Claims.Subject, user.Id)], CookieAuthenticationDefaults.AuthenticationScheme));
    }
}
