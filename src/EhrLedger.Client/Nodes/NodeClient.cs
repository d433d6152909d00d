using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Nodes;

/// <summary>One member's node, as a client calls it. Nothing that it says is believed unless the answer proves it. Thread-safe.</summary>
public sealed class NodeClient
{
    /// <param name="organisation">The member.</param>
    /// <param name="consortium">What answers are verified against.</param>
    /// <param name="members">Where the member's address and key are found, as they are now.</param>
    /// <param name="route">The way there.</param>
    /// <param name="settings">Bounds.</param>
    public NodeClient(OrganisationId organisation, Consortium consortium, KnownMembers members, IRoute route, ClientSettings settings)
    {
        ArgumentNullException.ThrowIfNull(consortium);
        ArgumentNullException.ThrowIfNull(members);
        var caller = new NodeCaller(organisation, members, route, settings);
        Organisation = organisation;
        Ledger = new LedgerCalls(caller, consortium);
        Records = new RecordCalls(caller);
        Wallet = new WalletCalls(caller, consortium);
        Operators = new OperatorCalls(caller);
    }

    /// <summary>Whose node it is.</summary>
    public OrganisationId Organisation { get; }

    /// <summary>The ledger.</summary>
    public LedgerCalls Ledger { get; }

    /// <summary>Sealed records, custody, index.</summary>
    public RecordCalls Records { get; }

    /// <summary>What wallets ask of organisations.</summary>
    public WalletCalls Wallet { get; }

    /// <summary>Health and alarms.</summary>
    public OperatorCalls Operators { get; }
}
