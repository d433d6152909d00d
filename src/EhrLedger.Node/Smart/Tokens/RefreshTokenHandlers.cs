using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>
/// A refresh token begins with the id of its client and a tilde, because SMART's refresh request has no client_id, and OpenIddict asks for one. It saves the client from naming itself, and proves nothing:
/// whose the token is stands sealed in the rest.
/// </summary>
/// <remarks>Source: SMART App Launch 2.2, "Refresh access token"; RFC 6749 §6.</remarks>
internal sealed class RefreshTokenHandlers : IOpenIddictServerHandler<ProcessSignInContext>, IOpenIddictServerHandler<ExtractTokenRequestContext>
{
    private const char Mark = '~';

    /// <summary>Of answers: after OpenIddict's own.</summary>
    public static OpenIddictServerHandlerDescriptor Answer { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<RefreshTokenHandlers>()
        .SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order + 600)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <summary>Of requests: as soon as the form is read.</summary>
    public static OpenIddictServerHandlerDescriptor Request { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ExtractTokenRequestContext>()
        .UseSingletonHandler<RefreshTokenHandlers>()
        .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractPostRequest<ExtractTokenRequestContext>.Descriptor.Order + 100)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <inheritdoc/>
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.Response.RefreshToken is { } token && context.Request?.ClientId is { } client)
        {
            context.Response.RefreshToken = client + Mark + token;
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask HandleAsync(ExtractTokenRequestContext context)
    {
        if (context.Request?.RefreshToken?.Split(Mark, 2) is [var client, var token])
        {
            context.Request.RefreshToken = token;
            context.Request.ClientId ??= client;
        }

        return default;
    }
}
