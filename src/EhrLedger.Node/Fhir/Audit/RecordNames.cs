using EhrLedger.Consent.Records;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>What a patient's records are called here, for as long as one request lasts. One thread at a time.</summary>
internal sealed class RecordNames(AuthorReader reader, WrittenVersions versions)
{
    /// <summary>System of the identifier by which a record is named whose FHIR id is not this node's to know.</summary>
    public const string System = "urn:ehrledger:record";

    private readonly Dictionary<long, Dictionary<RecordId, StoredResource>> _records = [];

    /// <summary>A version of a record of this author's.</summary>
    /// <param name="patientRow">Whose.</param>
    /// <param name="record">From a row about a read.</param>
    public ResourceReference Of(long patientRow, RecordVersion record)
    {
        if (!_records.TryGetValue(patientRow, out var records))
        {
            _records[patientRow] = records = reader.All(patientRow).ToDictionary(stored => stored.Record);
        }

        return records.TryGetValue(record.Record, out var found) && versions.NameOf(found.RowId, record.Version) is { } name ? new ResourceReference($"{name}/_history/{record.Version}") : Of(record.Record);
    }

    /// <summary>A record of another author's, whose versions have no numbers here.</summary>
    public static ResourceReference Of(RecordId record) => new() { Identifier = new Identifier(System, record.ToString()) };
}
