using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Ownership;

/// <summary>
/// Whose a Bundle is that is stored as such (a document, a message, a collection). R4's compartment leaves Bundles out, yet a discharge letter is its
/// patient's: so it belongs to the one patient that its entries belong to.
/// </summary>
internal static class BundleOwner
{
    internal static OwnerOf Find(Bundle bundle, Func<ResourceReference, OwnerOf?>? ownerOfTarget, ServerBase? server)
    {
        var entries = new Dictionary<string, Resource>(StringComparer.Ordinal);
        foreach (var entry in bundle.Entry)
        {
            if (entry is { FullUrl: { Length: > 0 } fullUrl, Resource: { } resource })
            {
                entries.TryAdd(fullUrl, resource);
            }
        }

        string? owner = null;
        OwnerOf.Refused? refused = null;
        foreach (var resource in bundle.Entry.Select(e => e.Resource).OfType<Resource>())
        {
            var found = resource is Bundle ? null : OwnershipTable.Find(resource, Resolve, server) switch
            {
                OwnerOf.Itself => Name(resource),
                OwnerOf.Patient patient => patient.Reference,
                OwnerOf.Refused issue => Refuse(issue),
                _ => null,
            };
            if (found is not null && owner is not null && found != owner)
            {
                return new OwnerOf.Refused(Outcome.Error(
                    OperationOutcome.IssueType.BusinessRule,
                    "The Bundle holds records of a second patient. A record belongs to one patient; write one for each.",
                    "Bundle.entry"));
            }

            if (refused is { NamesNobody: false })
            {
                return refused; // an entry of two patients is nobody's, whoever the others belong to
            }

            owner ??= found;
        }

        // A resource that names nobody is carried by the others; alone, it decides.
        return owner is not null ? new OwnerOf.Patient(owner) : refused is not null ? refused : new OwnerOf.Directory();

        string? Refuse(OwnerOf.Refused issue)
        {
            refused = refused is null || !issue.NamesNobody ? issue : refused;
            return null;
        }

        OwnerOf? Resolve(ResourceReference reference) =>
            reference.Reference is not { } text || !entries.TryGetValue(text, out var target) ? ownerOfTarget?.Invoke(reference)
            : target is Patient ? (Name(target) is { } name ? new OwnerOf.Patient(name) : null)
            : target is Bundle ? null
            : OwnershipTable.Find(target, null, server);

        static string? Name(Resource patient) => patient.Id is { Length: > 0 } id ? $"Patient/{id}" : null;
    }
}
