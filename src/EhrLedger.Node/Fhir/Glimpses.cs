using EhrLedger.Consent.Records;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// What one request looks at without showing it: an answer that depends on it tells that it is there, or is not. One thread at a time.
/// </summary>
internal sealed class Glimpses
{
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<RecordId, StoredResource> _found = [];

    /// <summary>FHIR ids of the patients that the request names, of this server or not.</summary>
    public IReadOnlyCollection<string> Named => _named;

    /// <summary>Resources that the answer depends on.</summary>
    public IReadOnlyCollection<StoredResource> Found => _found.Values;

    public void Name(params IEnumerable<string> patients) => _named.UnionWith(patients);

    public void Find(params IEnumerable<StoredResource> resources)
    {
        foreach (var resource in resources)
        {
            _found[resource.Record] = resource;
        }
    }
}
