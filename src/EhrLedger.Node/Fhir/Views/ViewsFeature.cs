using EhrLedger.Node.Fhir.Audit;
using EhrLedger.Node.Fhir.Consents;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>What this node makes of what it knows, as FHIR.</summary>
internal static class ViewsFeature
{
    public static IServiceCollection AddViews(this IServiceCollection services) => services
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<LedgerAnchors>(provider, provider.GetRequiredService<NodeIdentity>().Organisation))
        .AddSingleton<WrittenVersions>()
        .AddSingleton<ProvenanceViews>()
        .AddSingleton<IViews>(provider => provider.GetRequiredService<ProvenanceViews>())
        .AddSingleton<AuthorEvents>()
        .AddSingleton<GranteeEvents>()
        .AddSingleton<IViews, AuditViews>()
        .AddSingleton<IViews, ConsentViews>();
}
