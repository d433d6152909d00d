using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Ownership;

/// <summary>The patients that a resource names anywhere, contained resources and extensions included: none of them may end up in the directory.</summary>
internal static class MentionedPatients
{
    internal static IReadOnlySet<string> Find(Resource resource, ServerBase? server)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        ElementWalk.Visit(resource, element =>
        {
            if (element is ResourceReference { Reference: { Length: > 0 } text })
            {
                var literal = FhirReference.Parse(text);
                if (literal?.Type == "Patient" || text.StartsWith("Patient?", StringComparison.Ordinal))
                {
                    named.Add(Name(literal, text, server));
                }
            }

            return true;
        });
        return named;
    }

    /// <summary>One text for one patient, so that a second one is told from a second way to write it. A condition stays as written.</summary>
    internal static string Name(FhirReference? patient, string written, ServerBase? server) => patient switch
    {
        null => written,
        { Base: null } => patient.Relative,
        _ when server?.Owns(patient) is true => patient.Relative,
        _ => $"{patient.Base}/{patient.Relative}",
    };

    internal static OwnerOf.Refused Refuse(Resource resource) => new(Outcome.Error(
        OperationOutcome.IssueType.BusinessRule,
        $"The {resource.TypeName} names a patient and is no record of one patient: it can be kept neither for that patient nor in the directory.",
        resource.TypeName));
}
