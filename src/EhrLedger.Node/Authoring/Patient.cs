using System.Collections.Concurrent;
using EhrLedger.Consent.Subjects;

namespace EhrLedger.Node.Authoring;

/// <summary>A patient of this organisation.</summary>
internal sealed class Patient(long rowId, string id, string uid, bool provisional)
{
    /// <summary>Row in patients; never 0.</summary>
    public long RowId => rowId;

    /// <summary>FHIR logical id of the Patient resource.</summary>
    public string Id => id;

    /// <summary>Names the patient's secrets in the vault.</summary>
    public string Uid => uid;

    /// <summary>True until a wallet has taken over.</summary>
    public bool Provisional => provisional;

    public ConcurrentDictionary<Category, SubjectLink> Subjects { get; } = new();

    /// <summary>Search tokens of the Patient resource as it is now.</summary>
    public IReadOnlyList<string> Identity { get; set; } = [];

    /// <summary>One at a time makes subjects of this patient.</summary>
    public SemaphoreSlim Gate { get; } = new(1);
}
