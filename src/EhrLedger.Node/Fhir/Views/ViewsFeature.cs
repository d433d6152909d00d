using EhrLedger.Node.Fhir.Audit;
using EhrLedger.Node.Fhir.Consents;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>What this node makes of what it knows, as FHIR.</summary>
internal static class ViewsFeature
{
    /// <summary>What the CapabilityStatement says of a type beside its interactions; null for nothing.</summary>
    public static string? DocumentationOf(string type) => type switch
    {
        "Provenance" => "Beside stored ones, one for every version of a patient's record, read-only, made when asked for. X-Provenance is taken with create, update and patch.",
        "AuditEvent" => "Beside stored ones, this organisation's own log of reads, searches, writes and grants, read-only, made when asked for. Name a patient or a date.",
        "Consent" => "Beside stored ones, the grants in force that this organisation holds, read-only, made when asked for. With status proposed: a request to the patient.",
        _ => null,
    };

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
