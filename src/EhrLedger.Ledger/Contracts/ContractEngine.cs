using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Contracts;

/// <summary>The contracts that all members run, one for each kind of topic.</summary>
public sealed class ContractEngine
{
    private readonly Dictionary<TopicKind, IContract> _contracts = [];

    /// <param name="contracts">At most one for each kind.</param>
    public ContractEngine(params IEnumerable<IContract> contracts)
    {
        foreach (var contract in contracts)
        {
            _contracts.Add(contract.Kind, contract);
        }
    }

    /// <summary>Null where no contract judges such topics: every entry there is rejected.</summary>
    public IContract? Find(TopicKind kind) => _contracts.GetValueOrDefault(kind);
}
