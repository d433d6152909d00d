using EhrLedger.Consent.Records;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>What a line of an export shows or tells of a patient's record.</summary>
/// <param name="Link">Whose.</param>
/// <param name="Record">Which version.</param>
/// <param name="Level">Opened, or counted for a delete.</param>
internal sealed record ExportedRecord(SubjectLink Link, RecordVersion Record, ReadLevel Level);
