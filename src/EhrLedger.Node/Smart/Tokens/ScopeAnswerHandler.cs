using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Tells the granted scopes in every answer: SMART asks for it even where they are the requested ones, which is where OpenIddict leaves them out.</summary>
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
        if (context.AccessTokenPrincipal!.GetClaim("patient") is { } patient)
        {
            context.Response["patient"] = patient;
        }
        return default;
    }
}
