using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views.Audit;

/// <summary>The codes that audit events are made of.</summary>
/// <remarks>Source: IHE ITI Basic Audit Log Patterns (BALP) 1.1, profiles PatientRead, PatientQuery, PatientCreate, PatientUpdate, PatientDelete.</remarks>
internal static class AuditCodes
{
    internal const string Interaction = "http://hl7.org/fhir/restful-interaction";
    internal const string Event = "urn:ehrledger:event";
    internal const string Lifecycle = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
    internal const string Profiles = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
    internal const string Own = "urn:ehrledger:StructureDefinition:";

    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    private const string Participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
    private const string EntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    private const string ObjectRole = "http://terminology.hl7.org/CodeSystem/object-role";

    internal static Coding Rest => new("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "Restful Operation");

    internal static Coding PatientRecord => new(Dicom, "110110", "Patient Record");

    internal static Coding EmergencyOverride => new(Dicom, "110127", "Emergency Override Started");

    internal static CodeableConcept Source => new(Dicom, "110153", "Source Role ID", null);

    internal static CodeableConcept Destination => new(Dicom, "110152", "Destination Role ID", null);

    internal static Coding Application => new(Dicom, "110150", "Application");

    internal static Coding Custodian => new("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian", "Custodian");

    internal static CodeableConcept Recipient => new(Participation, "IRCP", "information recipient", null);

    internal static CodeableConcept Author => new(Participation, "AUT", "author (originator)", null);

    internal static Coding Person => new(EntityType, "1", "Person");

    internal static Coding SystemObject => new(EntityType, "2", "System Object");

    internal static Coding OtherObject => new(EntityType, "4", "Other");

    internal static Coding Patient => new(ObjectRole, "1", "Patient");

    internal static Coding Resource => new(ObjectRole, "4", "Domain Resource");

    internal static Coding Query => new(ObjectRole, "24", "Query");

    internal static CodeableConcept Purpose(string code) => new("http://terminology.hl7.org/CodeSystem/v3-ActReason", code);
}
