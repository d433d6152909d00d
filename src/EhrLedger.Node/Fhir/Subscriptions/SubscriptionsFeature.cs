using EhrLedger.Fhir.Conformance;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>Subscriptions of FHIR R4: a criteria search, and a rest-hook.</summary>
internal static class SubscriptionsFeature
{
    private const string Type = "Subscription";

    public static IServiceCollection AddSubscriptions(this IServiceCollection services)
    {
        services
            .AddSingleton<SubscriptionStore>()
            .AddSingleton<Subscribers>()
            .AddSingleton<SubscriberNetworks>()
            .AddSingleton<SubscriptionMatching>()
            .AddSingleton<SubscriptionLooks>()
            .AddSingleton<SubscriptionHook>()
            .AddSingleton<SubscriptionDelivery>()
            .AddSingleton<Deliveries>()
            .AddSingleton<SubscriptionWriter>()
            .AddSingleton<IViews, SubscriptionViews>();
        Loop.Add<SubscriptionMatching>(services, "matching of subscriptions", (matching, token) => matching.RunAsync(token));
        Loop.Add<SubscriptionLooks>(services, "looks for subscriptions", (looks, token) => looks.RunAsync(token));
        Loop.Add<Deliveries>(services, "notifications", (deliveries, token) => deliveries.RunAsync(token));
        return services;
    }

    /// <param name="fhir">Of the API.</param>
    public static void MapSubscriptions(this RouteGroupBuilder fhir)
    {
        fhir.MapPost($"/{Type}", (HttpRequest request, SubscriptionWriter writer, CancellationToken token) => writer.CreateAsync(request, token));
        fhir.MapPut($"/{Type}/{{id}}", (string id, HttpRequest request, SubscriptionWriter writer, CancellationToken token) => writer.UpdateAsync(id, request, token));
        fhir.MapDelete($"/{Type}/{{id}}", (string id, HttpRequest request, SubscriptionWriter writer, CancellationToken token) => writer.DeleteAsync(id, request, token));
    }

    /// <summary>What the CapabilityStatement says of the type: of a Subscription there is the version that stands.</summary>
    public static ResourceCapability Of(ResourceCapability stored) => stored.Type != Type ? stored : stored with
    {
        Interactions =
        [
            CapabilityStatement.TypeRestfulInteraction.Read,
            CapabilityStatement.TypeRestfulInteraction.Vread,
            CapabilityStatement.TypeRestfulInteraction.Create,
            CapabilityStatement.TypeRestfulInteraction.Update,
            CapabilityStatement.TypeRestfulInteraction.Delete,
            CapabilityStatement.TypeRestfulInteraction.SearchType,
        ],
        ReadHistory = false,
        UpdateCreate = false,
        Operations = [.. stored.Operations.Where(operation => operation.Name == "validate")],
        Documentation = "Channel rest-hook, payload application/fhir+json or none. The caller's own alone, each sent by a request of its own. Criteria without chains and result parameters; with _tag=urn:ehrledger:tag|foreign, what comes under patients' grants, without a payload.",
    };
}
