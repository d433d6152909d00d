using EhrLedger.Fhir.Access;
using System.Security.Claims;
using EhrLedger.Consent.Grants;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Scopes;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>What a client gets that asks in its own name: SMART Backend Services.</summary>
internal sealed class ClientCredentialsHandler(SmartAddresses addresses, NodeSettings settings, ClientLimits limits) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    /// <summary>Before OpenIddict's own.</summary>
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleTokenRequestContext>()
        .UseSingletonHandler<ClientCredentialsHandler>()
        .SetOrder(500_000)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    /// <inheritdoc/>
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType())
        {
            return;
        }

        // A client is only authenticated by an assertion here: there are no secrets to share.
        if (!context.Transaction.Properties.TryGetValue(AssertionHandler.Property, out var property) || property is not AssertionCheck.Passed(var client, var acting))
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, "Backend services sign an assertion.");
            return;
        }

        if (limits.FindTokenWait(client.Id) is { } wait && context.Transaction.GetHttpRequest() is { } request)
        {
            await ClientLimits.Refuse(wait).ExecuteAsync(request.HttpContext).ConfigureAwait(false);
            context.HandleRequest();
            return;
        }

        if (ScopeGrant.Find(ScopeContext.System, ScopeGrant.Split(context.Request.Scope), client.Terms.Scopes) is not { Count: > 0 } granted)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidScope, "Backend services ask for system scopes that they are registered for, in SMART v2's form and without modifiers.");
            return;
        }

        var purpose = acting.Purpose ?? client.UsualPurpose;
        if (!client.Terms.Purposes.Contains(purpose.Code, StringComparer.Ordinal))
        {
            context.Reject(OpenIddictConstants.Errors.UnauthorizedClient, "The client is not registered for this purpose of use.");
            return;
        }

        if (!client.Terms.NamesPersons && (acting.Person is not null || acting.Role is not null))
        {
            context.Reject(OpenIddictConstants.Errors.UnauthorizedClient, "The client is not registered to name persons.");
            return;
        }

        context.SignIn(PrincipalOf(client, granted, acting, purpose));
    }

    private ClaimsPrincipal PrincipalOf(RegisteredClient client, IReadOnlyList<SmartScope> granted, ActingClaims acting, PurposeOfUse purpose)
    {
        var identity = new ClaimsIdentity("SMART", OpenIddictConstants.Claims.Name, OpenIddictConstants.Claims.Role);
        identity.SetClaim(OpenIddictConstants.Claims.Subject, client.Id);
        identity.SetScopes(granted.Select(scope => scope.ToString()));
        identity.SetResources(addresses.Fhir);
        var named = new ActingClaims(acting.Person ?? client.Name, acting.Role, purpose);
        identity.AddClaim(new Claim(ActingClaims.Claim, named.Write(settings.Name, patientId: null).ToJsonString(), "JSON"));
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
