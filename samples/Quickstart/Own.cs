using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Records;

namespace Quickstart;

/// <summary>The patient's records as the wallet opened them.</summary>
internal sealed record Own(uint Relationship, IReadOnlyDictionary<Category, IReadOnlyList<OwnRecord>> Records)
{
    // What the clinic can ask for by patient.
    private static readonly string[] Asked = ["Observation", "MedicationRequest", "MedicationDispense", "MedicationAdministration", "Condition", "DiagnosticReport", "Immunization", "Procedure", "Encounter", "CarePlan", "Claim"];

    public IEnumerable<string> Types() => Asked.Where(type => CountAll(type) > 0);

    public int Count(Category category, string type) => Records.TryGetValue(category, out var records) ? records.Count(record => record.Current && record.Glance().ResourceType == type) : 0;

    public int CountAll(string type) => Records.Keys.Sum(category => Count(category, type));
}

/// <summary>What was granted.</summary>
internal sealed record Granted(IReadOnlyList<GrantId> Grants, IReadOnlyList<Category> Categories);
