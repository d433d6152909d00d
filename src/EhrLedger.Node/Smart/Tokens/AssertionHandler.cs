using System.Security.Claims;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>
/// In place of OpenIddict's own handlers of client assertions, which contradict SMART: they refuse typ JWT and the token endpoint's URL as aud, take a jti twice and an exp an hour ahead, and fetch no key set.
/// </summary>
internal sealed class AssertionHandler(ClientAssertions assertions) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    /// <summary>Name of the transaction's property that has the <see cref="AssertionCheck.Passed"/>.</summary>
    public const string Property = "ehrledger:assertion";

    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>In the place of OpenIddict's.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .AddFilter<OpenIddictServerHandlerFilters.RequireClientAssertionValidated>()
        .UseSingletonHandler<AssertionHandler>()
        .SetOrder(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor.Order)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <inheritdoc/>
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        // Who brings none is judged by what comes after: an application without a key has none, any other client is refused.
        if (context.ClientAssertion is not { Length: > 0 } assertion)
        {
            return;
        }

        if (context.ClientAssertionType != AssertionType)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, "The assertion's type has to be jwt-bearer.");
            return;
        }

        switch (await assertions.CheckAsync(assertion, context.ClientId, context.CancellationToken).ConfigureAwait(false))
        {
            case AssertionCheck.Passed passed:
                context.Transaction.Properties[Property] = passed;
                context.Request!.ClientId = passed.Client.Id;
                var identity = new ClaimsIdentity("client assertion");
                identity.SetClaim(OpenIddictConstants.Claims.Issuer, passed.Client.Id);
                identity.SetClaim(OpenIddictConstants.Claims.Subject, passed.Client.Id);
                context.ClientAssertionPrincipal = new ClaimsPrincipal(identity);
                break;
            case AssertionCheck.Refused refused:
                context.Reject(OpenIddictConstants.Errors.InvalidClient, refused.Reason);
                break;
        }
    }
}
