using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>An event about one local patient.</summary>
/// <param name="Patient">FHIR id.</param>
/// <param name="Event">All but its anchor.</param>
/// <param name="Complete">The whole of it.</param>
internal sealed record Audited(string Patient, AuditEvent Event, Func<AuditEvent> Complete);
