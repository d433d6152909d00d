using System.Collections.Concurrent;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>A patient of this organisation.</summary>
internal sealed class Patient(long rowId, string id, string uid, bool provisional)
{
    private SymmetricKey? _indexKey;

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

    /// <summary>True while something in memory does not stand in the table yet.</summary>
    public bool Unsaved { get; set; }

    /// <summary>The key of this patient's tokens in the author's own index.</summary>
    public SymmetricKey IndexKey(StorageKeys keys) => _indexKey ??= keys.IndexKeyOf(rowId);
}
