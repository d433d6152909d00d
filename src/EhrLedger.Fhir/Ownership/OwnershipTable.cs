using System.Collections.Frozen;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Ownership;

/// <summary>
/// The published table of who owns a resource. One resource has one owner; types without a row (Organization, Practitioner, Location, Medication,
/// ValueSet, ...) are the directory's. A stored Bundle is owned by whoever owns its entries. Where the elements of a row name nobody, the one patient that is named anywhere else in the resource
/// owns it, then the one that its <see cref="RecordTag"/> names. What names a patient never goes to the directory.
/// </summary>
/// <remarks>Source: HL7 FHIR R4 CompartmentDefinition/patient, read as elements instead of search parameters.</remarks>
public static class OwnershipTable
{
    /// <summary>All rows, by type. Patient has none: it owns itself.</summary>
    public static IReadOnlyList<OwnershipRow> Rows { get; } =
    [
        Must("Account", "subject"),
        Must("AdverseEvent", "subject"),
        Must("AllergyIntolerance", "patient", "recorder", "asserter"),
        Must("Appointment", "participant.actor"),
        Must("AppointmentResponse", "actor", "appointment"),
        May("AuditEvent", "entity.what", "agent.who"),
        May("Basic", "subject", "author"),
        May("Binary", "securityContext"),
        May("BiologicallyDerivedProduct", "collection.source"),
        Must("BodyStructure", "patient"),
        Must("CarePlan", "subject", "activity.detail.performer"),
        Must("CareTeam", "subject", "participant.member"),
        Must("ChargeItem", "subject"),
        Must("Claim", "patient", "payee.party"),
        Must("ClaimResponse", "patient"),
        Must("ClinicalImpression", "subject"),
        May("Communication", "subject", "sender", "recipient"),
        May("CommunicationRequest", "subject", "sender", "recipient", "requester"),
        May("Composition", "subject", "author", "attester.party"),
        Must("Condition", "subject", "asserter"),
        May("Consent", "patient"),
        May("Contract", "subject"),
        Must("Coverage", "beneficiary", "policyHolder", "subscriber", "payor"),
        Must("CoverageEligibilityRequest", "patient"),
        Must("CoverageEligibilityResponse", "patient"),
        May("DetectedIssue", "patient"),
        May("Device", "patient"),
        May("DeviceMetric", "source", "parent"),
        Must("DeviceRequest", "subject", "performer"),
        Must("DeviceUseStatement", "subject"),
        Must("DiagnosticReport", "subject"),
        May("DocumentManifest", "subject", "author", "recipient"),
        May("DocumentReference", "subject", "author"),
        Must("Encounter", "subject"),
        Must("EnrollmentRequest", "candidate"),
        Paperwork("EnrollmentResponse", "request"),
        Must("EpisodeOfCare", "patient"),
        Must("ExplanationOfBenefit", "patient", "payee.party"),
        Must("FamilyMemberHistory", "patient"),
        Must("Flag", "subject"),
        Must("Goal", "subject"),
        May("Group", "member.entity"),
        May("GuidanceResponse", "subject"),
        Must("ImagingStudy", "subject"),
        Must("Immunization", "patient"),
        Must("ImmunizationEvaluation", "patient"),
        Must("ImmunizationRecommendation", "patient"),
        May("Invoice", "subject", "recipient"),
        May("Linkage", "item.resource", "author"),
        May("List", "subject", "source"),
        May("MeasureReport", "subject"),
        May("Media", "subject"),
        Must("MedicationAdministration", "subject", "performer.actor"),
        Must("MedicationDispense", "subject", "receiver"),
        Must("MedicationRequest", "subject"),
        Must("MedicationStatement", "subject"),
        May("MessageHeader", "focus"),
        May("MolecularSequence", "patient"),
        Must("NutritionOrder", "patient"),
        Must("Observation", "subject", "performer"),
        Paperwork("PaymentNotice", "request", "response"),
        Paperwork("PaymentReconciliation", "request"),
        May("Person", "link.target"),
        Must("Procedure", "subject", "performer.actor"),
        May("Provenance", "target"),
        May("QuestionnaireResponse", "subject", "author"),
        Must("RelatedPerson", "patient"),
        May("RequestGroup", "subject", "action.participant"),
        Must("ResearchSubject", "individual"),
        Must("RiskAssessment", "subject"),
        May("Schedule", "actor"),
        Must("ServiceRequest", "subject", "performer"),
        May("Specimen", "subject"),
        May("SupplyDelivery", "patient"),
        May("SupplyRequest", "deliverTo"),
        May("Task", "for", "focus"),
        May("VerificationResult", "target"),
        Must("VisionPrescription", "patient"),
    ];

    private const string AuditEntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type";

    private static readonly FrozenDictionary<string, (OwnershipRow Row, ElementPath[] Paths)> Compiled = Rows.ToFrozenDictionary(
        r => r.Type,
        r => (r, r.Elements.Select(e => ElementPath.Compile($"{r.Type}.{e}", r.Type)).ToArray()),
        StringComparer.Ordinal);

    /// <summary>Finds the owner.</summary>
    /// <param name="resource">With the references that it is to be stored with.</param>
    /// <param name="ownerOfTarget">
    /// Asked for references of the table's elements that do not say by themselves whether they lead to a patient: to a resource of another type
    /// (Provenance.target, a Device that may be a patient's), by identifier, by urn:uuid. Answers with the owner of the target, null if it is not known.
    /// Without it such references count as not known.
    /// </param>
    /// <param name="server">Absolute references to it equal relative ones; null if there is none to know.</param>
    public static OwnerOf Find(Resource resource, Func<ResourceReference, OwnerOf?>? ownerOfTarget = null, ServerBase? server = null)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return RecordTag.Apply(resource, FindByElements(resource, ownerOfTarget, server), resource is Bundle || Compiled.ContainsKey(resource.TypeName));
    }

    /// <summary>Whether a resource of the type can be a patient's.</summary>
    public static bool MayHaveOwner(string type) => type is "Patient" or "Bundle" || Compiled.ContainsKey(type);

    private static OwnerOf FindByElements(Resource resource, Func<ResourceReference, OwnerOf?>? ownerOfTarget, ServerBase? server)
    {
        if (resource is Hl7.Fhir.Model.Patient)
        {
            return new OwnerOf.Itself();
        }

        if (resource is Bundle bundle)
        {
            return BundleOwner.Find(bundle, ownerOfTarget, server);
        }

        if (!Compiled.TryGetValue(resource.TypeName, out var compiled))
        {
            return MentionedPatients.Find(resource, server) is { Count: > 0 } ? MentionedPatients.Refuse(resource) : new OwnerOf.Directory();
        }

        var (row, paths) = compiled;
        var search = new OwnerSearch(row, ownerOfTarget, server);
        var found = new List<Base>(4);
        for (var i = 0; i < paths.Length; i++)
        {
            found.Clear();
            paths[i].Collect(resource, found);
            foreach (var element in found)
            {
                if (element is ResourceReference reference && !NamesNoPatient(resource, reference) && search.Add(reference, i) is { } refusal)
                {
                    return refusal;
                }
            }
        }

        var result = search.Result();
        return result is not OwnerOf.Directory ? result : MentionedPatients.Find(resource, server) switch
        {
            { Count: 0 } => result,
            { Count: 1 } one => new OwnerOf.Patient(one.First()),
            _ => MentionedPatients.Refuse(resource),
        };
    }

    /// <summary>What an AuditEvent says by an identifier alone is a patient's, unless its codes say that it is a thing, an organisation or a system.</summary>
    private static bool NamesNoPatient(Resource resource, ResourceReference reference) =>
        resource is AuditEvent audit
        && reference.Reference is null
        && audit.Entity.Find(entity => ReferenceEquals(entity.What, reference)) is { Type: { System: AuditEntityType, Code: "2" or "3" or "4" } } entity
        && entity.Role is not { Code: "1" };

    private static OwnershipRow Must(string type, params string[] elements) => new(type, elements, WithoutPatient.Refused);

    private static OwnershipRow Paperwork(string type, params string[] elements) => new(type, elements, WithoutPatient.Directory) { IsPaperwork = true };

    private static OwnershipRow May(string type, params string[] elements) => new(type, elements, WithoutPatient.Directory);

    /// <summary>Gathers what the elements say.</summary>
    private sealed class OwnerSearch(OwnershipRow row, Func<ResourceReference, OwnerOf?>? ownerOfTarget, ServerBase? server)
    {
        private string? owner;
        private bool namesOther;
        private bool unknown;

        internal OwnerOf.Refused? Add(ResourceReference reference, int element)
        {
            var literal = FhirReference.Parse(reference.Reference);
            if (literal?.Type == "Patient" || (reference.Reference?.StartsWith("Patient?", StringComparison.Ordinal) ?? false))
            {
                return Take(MentionedPatients.Name(literal, reference.Reference!, server), element);
            }

            if (reference.Reference is ['#', ..])
            {
                // What is contained has no identity of its own, so it owns nothing; a contained practitioner does no harm.
                return null;
            }

            if (element > 0 || (reference.Reference is null && reference.Identifier is null))
            {
                // Further elements are only held against a second patient; a display alone says nothing.
                return null;
            }

            if (literal is not null && !Compiled.ContainsKey(literal.Type))
            {
                namesOther = true; // a type that no patient ever owns
                return null;
            }

            if (literal is null && row.IsPaperwork && IsOutside(reference.Reference))
            {
                namesOther = true;
                return null;
            }

            switch (ownerOfTarget?.Invoke(reference))
            {
                case OwnerOf.Patient patient:
                    return Take(patient.Reference, element);
                case OwnerOf.Directory:
                    namesOther = true;
                    return null;
                default:
                    // Better refused than filed where members may look: the target may well be a patient's.
                    unknown = true;
                    return null;
            }
        }

        internal OwnerOf Result()
        {
            if (owner is not null)
            {
                return new OwnerOf.Patient(owner);
            }

            if (row.Without == WithoutPatient.Directory ? !unknown : namesOther && !unknown)
            {
                return new OwnerOf.Directory();
            }

            return new OwnerOf.Refused(Outcome.Error(
                OperationOutcome.IssueType.BusinessRule,
                unknown
                    ? "The reference does not lead to a patient that this node knows."
                    : $"{row.Type} has to name the patient whose record it is.",
                $"{row.Type}.{row.Elements[0]}"))
            {
                NamesNobody = true,
            };
        }

        private bool IsOutside(string? url) =>
            url is not null
            && (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            && !(server is not null && url.StartsWith(server.Url, StringComparison.OrdinalIgnoreCase));

        private OwnerOf.Refused? Take(string reference, int element)
        {
            if (owner is not null && owner != reference)
            {
                return new OwnerOf.Refused(Outcome.Error(
                    OperationOutcome.IssueType.BusinessRule,
                    "The resource names a second patient. A record belongs to one patient; write one for each.",
                    $"{row.Type}.{row.Elements[element]}"));
            }

            owner = reference;
            return null;
        }
    }
}
