using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

internal sealed class NoForeignRecords : IForeignRecords
{
    public Task<Resource?> FindAsync(string type, string recordId, Asking asking, CancellationToken cancellationToken) => System.Threading.Tasks.Task.FromResult<Resource?>(null);

    public Task<IReadOnlyList<Resource>?> SearchAsync(SearchQuery query, Asking asking, CancellationToken cancellationToken) => System.Threading.Tasks.Task.FromResult<IReadOnlyList<Resource>?>([]);
}
