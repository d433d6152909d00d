using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Tells what the launch is about, and the granted scopes in every answer: SMART asks for it even where they are the requested ones, which is where OpenIddict leaves them out.</summary>
internal sealed class ScopeAnswerHandler : IOpenIddictServerHandler<ProcessSignInContext>
{
    /// <summary>After OpenIddict's own.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .AddFilter<OpenIddictServerHandlerFilters.RequireAccessTokenGenerated>()
        .UseSingletonHandler<ScopeAnswerHandler>()
        .SetOrder(OpenIddictServerHandlers.AttachSignInParameters.Descriptor.Order + 500)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <inheritdoc/>
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        context.Response.Scope = string.Join(' ', context.AccessTokenPrincipal!.GetScopes());
        foreach (var name in (string[])["patient", "encounter"])
        {
            if (context.AccessTokenPrincipal!.GetClaim(name) is { } id)
            {
                context.Response[name] = id;
            }
        }

        return default;
    }
}
