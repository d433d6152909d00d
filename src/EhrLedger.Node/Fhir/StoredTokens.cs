using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>Search tokens of what is stored, for when it is sealed anew.</summary>
internal sealed class StoredTokens(ServerBase server, TimeProvider time) : IGranteeTokens
{
    public IReadOnlyCollection<string> Of(OpenedVersion version) => AuthorSearch.Read(version) is { } resource ? SearchTokens.Describe(resource, server, time.GetUtcNow()) : [];
}
