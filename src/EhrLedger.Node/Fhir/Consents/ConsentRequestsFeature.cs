using EhrLedger.Node.Agents;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Fhir.Consents;

/// <summary>Proposed Consents become requests in patients' wallets.</summary>
internal static class ConsentRequestsFeature
{
    public static IServiceCollection AddConsentRequests(this IServiceCollection services)
    {
        services.AddSingleton<ConsentRequestStore>().AddSingleton<ConsentIntake>().AddSingleton<ConsentRequests>();
        Loop.Add<ConsentRequests>(services, "requests to wallets", (requests, token) => requests.RunAsync(token));
        return services;
    }
}
