using System.Collections.Frozen;

namespace EhrLedger.Fhir.Search;

/// <summary>The compartments of R4: for each type that one may hold, the parameters that make a resource part of it.</summary>
/// <remarks>
/// Source: HL7 FHIR R4, CompartmentDefinition/patient, /encounter, /relatedPerson, /practitioner and /device (resource.code, resource.param). The resource itself is always in its own. A
/// Patient that links to another stays out of the other's: a record is one patient's here.
/// </remarks>
public static class Compartments
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string[]>> Tables = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Patient"] = """
            Account subject; AdverseEvent subject; AllergyIntolerance patient recorder asserter; Appointment actor; AppointmentResponse actor; AuditEvent patient;
            Basic patient author; BodyStructure patient; CarePlan patient performer; CareTeam patient participant; ChargeItem subject; Claim patient payee;
            ClaimResponse patient; ClinicalImpression subject; Communication subject sender recipient; CommunicationRequest subject sender recipient requester;
            Composition subject author attester; Condition patient asserter; Consent patient; Coverage policy-holder subscriber beneficiary payor;
            CoverageEligibilityRequest patient; CoverageEligibilityResponse patient; DetectedIssue patient; DeviceRequest subject performer; DeviceUseStatement subject;
            DiagnosticReport subject; DocumentManifest subject author recipient; DocumentReference subject author; Encounter patient; EnrollmentRequest subject;
            EpisodeOfCare patient; ExplanationOfBenefit patient payee; FamilyMemberHistory patient; Flag patient; Goal patient; Group member; ImagingStudy patient;
            Immunization patient; ImmunizationEvaluation patient; ImmunizationRecommendation patient; Invoice subject patient recipient; List subject source;
            MeasureReport patient; Media subject; MedicationAdministration patient performer subject; MedicationDispense subject patient receiver;
            MedicationRequest subject; MedicationStatement subject; MolecularSequence patient; NutritionOrder patient; Observation subject performer; Patient;
            Person patient; Procedure patient performer; Provenance patient; QuestionnaireResponse subject author; RelatedPerson patient;
            RequestGroup subject participant; ResearchSubject individual; RiskAssessment subject; Schedule actor; ServiceRequest subject performer; Specimen subject;
            SupplyDelivery patient; SupplyRequest subject; VisionPrescription patient
            """,
        ["Encounter"] = """
            CarePlan encounter; CareTeam encounter; ChargeItem context; Claim encounter; ClinicalImpression encounter; Communication encounter;
            CommunicationRequest encounter; Composition encounter; Condition encounter; DeviceRequest encounter; DiagnosticReport encounter;
            DocumentManifest related-ref; DocumentReference encounter; Encounter; ExplanationOfBenefit encounter; Media encounter; MedicationAdministration context;
            MedicationRequest encounter; NutritionOrder encounter; Observation encounter; Procedure encounter; QuestionnaireResponse encounter; RequestGroup encounter;
            ServiceRequest encounter; VisionPrescription encounter
            """,
        ["RelatedPerson"] = """
            AdverseEvent recorder; AllergyIntolerance asserter; Appointment actor; AppointmentResponse actor; Basic author; CarePlan performer; CareTeam participant;
            ChargeItem enterer performer-actor; Claim payee; Communication sender recipient; CommunicationRequest sender recipient requester; Composition author;
            Condition asserter; Coverage policy-holder subscriber payor; DocumentManifest author recipient; DocumentReference author; Encounter participant;
            ExplanationOfBenefit payee; Invoice recipient; MedicationAdministration performer; MedicationStatement source; Observation performer; Patient link;
            Person link; Procedure performer; Provenance agent; QuestionnaireResponse author source; RelatedPerson; RequestGroup participant; Schedule actor;
            ServiceRequest performer; SupplyRequest requester
            """,
        ["Practitioner"] = """
            Account subject; AdverseEvent recorder; AllergyIntolerance recorder asserter; Appointment actor; AppointmentResponse actor; AuditEvent agent; Basic author;
            CarePlan performer; CareTeam participant; ChargeItem enterer performer-actor; Claim enterer provider payee care-team; ClaimResponse requestor;
            ClinicalImpression assessor; Communication sender recipient; CommunicationRequest sender recipient requester; Composition subject author attester;
            Condition asserter; CoverageEligibilityRequest enterer provider; CoverageEligibilityResponse requestor; DetectedIssue author;
            DeviceRequest requester performer; DiagnosticReport performer; DocumentManifest subject author recipient; DocumentReference subject author authenticator;
            Encounter practitioner participant; EpisodeOfCare care-manager; ExplanationOfBenefit enterer provider payee care-team; Flag author; Group member;
            Immunization performer; Invoice participant; Linkage author; List source; Media subject operator; MedicationAdministration performer;
            MedicationDispense performer receiver; MedicationRequest requester; MedicationStatement source; MessageHeader receiver author responsible enterer;
            NutritionOrder provider; Observation performer; Patient general-practitioner; PaymentNotice provider; PaymentReconciliation requestor;
            Person practitioner; Practitioner; PractitionerRole practitioner; Procedure performer; Provenance agent; QuestionnaireResponse author source;
            RequestGroup participant author; ResearchStudy principalinvestigator; RiskAssessment performer; Schedule actor; ServiceRequest performer requester;
            Specimen collector; SupplyDelivery supplier receiver; SupplyRequest requester; VisionPrescription prescriber
            """,
        ["Device"] = """
            Account subject; Appointment actor; AppointmentResponse actor; AuditEvent agent; ChargeItem enterer performer-actor;
            Claim procedure-udi item-udi detail-udi subdetail-udi; Communication sender recipient; CommunicationRequest sender recipient; Composition author;
            DetectedIssue author; Device; DeviceRequest device subject requester performer; DeviceUseStatement device; DiagnosticReport subject;
            DocumentManifest subject author; DocumentReference subject author; ExplanationOfBenefit procedure-udi item-udi detail-udi subdetail-udi; Flag author;
            Group member; Invoice participant; List subject source; Media subject; MedicationAdministration device; MessageHeader target; Observation subject device;
            Provenance agent; QuestionnaireResponse author; RequestGroup author; RiskAssessment performer; Schedule actor; ServiceRequest performer requester;
            Specimen subject; SupplyRequest requester
            """,
    }.ToFrozenDictionary(table => table.Key, table => Read(table.Value), StringComparer.Ordinal);

    /// <summary>The types that have compartments.</summary>
    public static IReadOnlyList<string> All { get; } = ["Patient", "Encounter", "RelatedPerson", "Practitioner", "Device"];

    /// <summary>The types that a compartment may hold, in the order of their names; empty if there is no such compartment.</summary>
    public static IReadOnlyList<string> TypesIn(string compartment) =>
        Tables.TryGetValue(compartment, out var table) ? [.. table.Keys.Order(StringComparer.Ordinal)] : [];

    /// <summary>The parameters that make a resource part of it; empty for the type whose compartment it is.</summary>
    /// <returns>Null if there is no such compartment, or if it never holds resources of the type.</returns>
    public static IReadOnlyList<string>? Find(string compartment, string resourceType) =>
        Tables.TryGetValue(compartment, out var table) ? table.GetValueOrDefault(resourceType) : null;

    private static FrozenDictionary<string, string[]> Read(string table) => table
        .Split(';', StringSplitOptions.TrimEntries)
        .Select(row => row.Split(' '))
        .ToFrozenDictionary(row => row[0], row => row[1..], StringComparer.Ordinal);
}
