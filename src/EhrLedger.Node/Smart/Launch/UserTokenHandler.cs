using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Tokens;
using EhrLedger.Node.Smart.Users;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>Codes and refresh tokens become tokens only while the user is one, and a client that has a key has signed with it.</summary>
internal sealed class UserTokenHandler(UserStore users, ClientRegistry clients, NodeSettings settings, TimeProvider time) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    /// <summary>After OpenIddict has read the code.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleTokenRequestContext>()
        .UseSingletonHandler<UserTokenHandler>()
        .SetOrder(400_000)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <inheritdoc/>
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Request.IsClientCredentialsGrantType())
        {
            return;
        }

        var client = await clients.FindAsync(context.ClientId ?? "", context.CancellationToken).ConfigureAwait(false);
        if (client is null || (!client.IsPublic && !context.Transaction.Properties.ContainsKey(AssertionHandler.Property)))
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, "The client signs an assertion.");
        }
        else if (context.Principal?.GetClaim(OpenIddictConstants.Claims.Subject) is not { } subject || await users.FindAsync(subject, context.CancellationToken).ConfigureAwait(false) is not { } user)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidGrant, "The user is not active.");
        }
        else if (!ProviderUsers.StillCounts(user, settings.IdentityProvider, time.GetUtcNow()))
        {
            context.Reject(OpenIddictConstants.Errors.InvalidGrant, "The user has to log in again.");
        }
    }
}
