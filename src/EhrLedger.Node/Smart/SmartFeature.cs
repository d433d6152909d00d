using EhrLedger.Crypto;
using EhrLedger.Node.Desk;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Admin;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Launch;
using EhrLedger.Node.Smart.Storage;
using EhrLedger.Node.Smart.Tokens;
using EhrLedger.Node.Smart.Users;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace EhrLedger.Node.Smart;

/// <summary>The authorization server in the node: who may call FHIR. SMART App Launch 2.2.</summary>
internal static class SmartFeature
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(30);

    /// <summary>Adds OpenIddict over smart.db, with handlers of our own where SMART asks for something else.</summary>
    /// <exception cref="StartupException">A key can't be opened or made.</exception>
    public static IServiceCollection AddSmart(this IServiceCollection services, NodeSettings settings, OrganisationKeys keys)
    {
        var addresses = new SmartAddresses(settings);
        var key = TokenKey.Open(settings, keys);
        services
            .AddSingleton(addresses)
            .AddSingleton(_ => key)
            .AddSingleton<DevelopmentClient>()
            .AddSingleton<ClientRegistry>()
            .AddSingleton<RemoteKeySets>()
            .AddSingleton<SeenAssertions>()
            .AddSingleton<ClientAssertions>()
            .AddSingleton<AccessTokens>()
            .AddSingleton<ClientLimits>()
            .AddSingleton<AddressLimits>()
            .AddSingleton<LaunchContexts>()
            .AddSingleton<BearerCheck>()
            .AddSingleton<CrossOrigin>()
            .AddSingleton<UserStore>()
            .AddDbContext<SmartDbContext>(options => options.UseSqlite($"Data Source={settings.SmartDatabase}"));
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(antiforgery => antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        var authentication = services.AddAuthentication().AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, cookie =>
        {
            cookie.Cookie.Name = "ehrledger";
            cookie.Cookie.Path = "/auth";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = SessionLifetime;
            cookie.SlidingExpiration = false;
        }).AddDeskSession(SessionLifetime);
        if (settings.IdentityProvider is { } provider)
        {
            authentication.AddProvider(provider, addresses);
        }

        services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<SmartDbContext>())
            .AddServer(server =>
            {
                server
                    .SetIssuer(new Uri(addresses.Issuer))
                    .SetTokenEndpointUris(SmartAddresses.TokenPath.TrimStart('/'))
                    .SetJsonWebKeySetEndpointUris(SmartAddresses.KeysPath.TrimStart('/'))
                    .SetAuthorizationEndpointUris(SmartAddresses.AuthorizePath.TrimStart('/'))
                    .AllowClientCredentialsFlow()
                    .AllowAuthorizationCodeFlow()
                    .RequireProofKeyForCodeExchange()
                    .AllowRefreshTokenFlow()
                    .SetRefreshTokenReuseLeeway(TimeSpan.Zero)
                    .SetAuthorizationCodeLifetime(CodeLifetime)
                    .SetIdentityTokenLifetime(TokenLifetime)
                    .SetRefreshTokenLifetime(RefreshLifetime)
                    .AddSigningCredentials(key.Signing)
                    .AddEncryptionKey(SealingKeyOf(keys))
                    .DisableAccessTokenEncryption()
                    .SetAccessTokenLifetime(TokenLifetime)
                    .DisableScopeValidation()
                    .IgnoreScopePermissions()
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor)
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionWellknownClaims.Descriptor)
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor)
                    .AddEventHandler(AssertionHandler.Descriptor)
                    .AddEventHandler(ClientCredentialsHandler.Descriptor)
                    .AddEventHandler(UserTokenHandler.Descriptor)
                    .AddEventHandler(UnstoredTokens.Descriptor)
                    .AddEventHandler(RefreshTokenHandlers.Answer)
                    .AddEventHandler(RefreshTokenHandlers.Request)
                    .Configure(options => options.CodeChallengeMethods.Remove("plain"))
                    .AddEventHandler(ScopeAnswerHandler.Descriptor);

                // http is for loopback only: the settings see to that.
                server.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough();
            });
        return services;
    }

    /// <summary>Checks tokens before FHIR is routed, and lets OpenIddict answer under /auth; other paths pay for neither.</summary>
    public static void UseSmart(this WebApplication app)
    {
        // Otherwise the host puts it before everything else, for all paths and all addresses.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        var (bearer, origins) = (app.Services.GetRequiredService<BearerCheck>(), app.Services.GetRequiredService<CrossOrigin>());
        app.Use((context, next) => origins.InvokeAsync(context, next));
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/auth"), auth =>
        {
            var limits = app.Services.GetRequiredService<AddressLimits>();
            auth.Use((context, next) => limits.InvokeAsync(context, next));
            auth.UseAuthentication();
        });
        app.Use((context, next) => context.Request.Path.StartsWithSegments("/fhir") ? bearer.InvokeAsync(context, next) : next(context));
    }

    /// <summary>Maps what says where to get a token, and the operator's calls.</summary>
    public static IEndpointRouteBuilder MapSmart(this IEndpointRouteBuilder app)
    {
        SmartConfiguration.Map(app);
        AuthorizeEndpoints.Map(app);
        LaunchEndpoints.Map(app);
        return app.MapClientAdmin().MapUserAdmin();
    }

    /// <summary>Codes and refresh tokens are sealed for this node alone.</summary>
    private static SymmetricSecurityKey SealingKeyOf(OrganisationKeys keys)
    {
        using var derived = keys.Root.Derive("smart/code-key");
        var bytes = new byte[SymmetricKey.KeyLength];
        derived.ExportTo(bytes);
        return new SymmetricSecurityKey(bytes);
    }
}
