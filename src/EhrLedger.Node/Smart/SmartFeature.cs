using EhrLedger.Node.Keys;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Admin;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Storage;
using EhrLedger.Node.Smart.Tokens;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Server;

namespace EhrLedger.Node.Smart;

/// <summary>The authorization server in the node: who may call FHIR. SMART App Launch 2.2.</summary>
internal static class SmartFeature
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

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
            .AddSingleton<BearerCheck>()
            .AddDbContext<SmartDbContext>(options => options.UseSqlite($"Data Source={settings.SmartDatabase}"));
        services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<SmartDbContext>())
            .AddServer(server =>
            {
                server
                    .SetIssuer(new Uri(addresses.Issuer))
                    .SetTokenEndpointUris(SmartAddresses.TokenPath.TrimStart('/'))
                    .SetJsonWebKeySetEndpointUris(SmartAddresses.KeysPath.TrimStart('/'))
                    .AllowClientCredentialsFlow()
                    .AddSigningCredentials(key.Signing)
                    .AddEphemeralEncryptionKey()
                    .DisableAccessTokenEncryption()
                    .SetAccessTokenLifetime(TokenLifetime)
                    .DisableScopeValidation()
                    .IgnoreScopePermissions()
                    .DisableTokenStorage()
                    .DisableAuthorizationStorage()
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor)
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionWellknownClaims.Descriptor)
                    .RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor)
                    .AddEventHandler(AssertionHandler.Descriptor)
                    .AddEventHandler(ClientCredentialsHandler.Descriptor)
                    .AddEventHandler(ScopeAnswerHandler.Descriptor);

                // http is for loopback only: the settings see to that.
                server.UseAspNetCore().DisableTransportSecurityRequirement();
            });
        return services;
    }

    /// <summary>Checks tokens before FHIR is routed, and lets OpenIddict answer under /auth; other paths pay for neither.</summary>
    public static void UseSmart(this WebApplication app)
    {
        var bearer = app.Services.GetRequiredService<BearerCheck>();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/auth"), auth => auth.UseAuthentication());
        app.Use((context, next) => context.Request.Path.StartsWithSegments("/fhir") ? bearer.InvokeAsync(context, next) : next(context));
    }

    /// <summary>Maps what says where to get a token, and the operator's calls.</summary>
    public static IEndpointRouteBuilder MapSmart(this IEndpointRouteBuilder app)
    {
        SmartConfiguration.Map(app);
        return app.MapClientAdmin();
    }
}
