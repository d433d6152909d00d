using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Chains;

/// <summary>What a chain has come to: references that meet it, and the own records because of which they do.</summary>
internal sealed class ChainLink(SearchChain chain, ServerBase server)
{
    private readonly Dictionary<string, HashSet<StoredResource>> _because = new(StringComparer.Ordinal);
    private readonly HashSet<string> _references = new(StringComparer.Ordinal);

    /// <summary>Each <c>Type/id</c>.</summary>
    public IReadOnlySet<string> References => _references;

    public void Add(IEnumerable<string> references) => _references.UnionWith(references);

    /// <summary>Takes what the chain's other end has found.</summary>
    public void Add(Found found)
    {
        foreach (var hit in found.Own)
        {
            foreach (var reference in EndsOf(hit.Resource))
            {
                _references.Add(reference);
                if (!_because.TryGetValue(reference, out var because))
                {
                    _because[reference] = because = [];
                }

                because.Add(hit.Version.Resource);
                because.UnionWith(found.Told(hit.Resource));
            }
        }

        foreach (var resource in found.Granted)
        {
            _references.UnionWith(EndsOf(resource));
        }
    }

    /// <summary>Own records that a match of the query that has the chain tells of.</summary>
    public IEnumerable<StoredResource> Told(Resource match) =>
        (chain.Kind == ChainKind.Reverse ? [NameOf(match)] : SearchChain.ReferencesIn(match, chain.Parameter, server)).SelectMany(reference => _because.GetValueOrDefault(reference) ?? []);

    public static string NameOf(Resource resource) => $"{resource.TypeName}/{resource.Id}";

    private IEnumerable<string> EndsOf(Resource other) => chain.Kind == ChainKind.Reverse ? SearchChain.ReferencesIn(other, chain.Parameter, server) : [NameOf(other)];
}
