using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Dids;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Messages;

/// <summary>The wallet's agent: one DID for each organisation, without an endpoint. Whom it knows stands in the wallet's state.</summary>
internal sealed class WalletAgent : IAgentStore, IAgentKeys, IDisposable
{
    private const string Label = "Wallet";

    private readonly WalletSession _session;

    public WalletAgent(WalletSession session, TimeProvider time)
    {
        _session = session;
        Agent = new Agent(this, this, new AgentProfile(Label, DidDocument.Queue), time);
    }

    public Agent Agent { get; }

    /// <summary>The connection with an organisation's agent; null before they have met.</summary>
    public Connection? Find(OrganisationId organisation) => _session.State.Agents.Find(tie => tie.Organisation == organisation)?.Connection;

    /// <summary>Name of the key towards an organisation.</summary>
    public static string KeyNameOf(OrganisationId organisation) => organisation.ToString();

    public Ed25519PrivateKey Derive(string name) => _session.Seed.DeriveAgentKey(Ed25519PublicKey.FromDidKey(name) ?? throw new ArgumentException("Not an organisation.", nameof(name)));

    public ValueTask<Connection?> FindConnectionAsync(Ed25519PublicKey ownKey, CancellationToken cancellationToken)
    {
        var name = Base58.Encode(ownKey.ToArray());
        return ValueTask.FromResult(_session.State.Agents.Find(tie => tie.Connection.OwnKey == name)?.Connection);
    }

    public async ValueTask<bool> KeepAsync(Connection connection, CancellationToken cancellationToken)
    {
        var organisation = new OrganisationId(Ed25519PublicKey.FromDidKey(connection.About!)!.Value);
        var state = _session.State;
        await _session.SaveAsync(state with { Agents = state.Agents.RemoveAll(tie => tie.Organisation == organisation).Add(new AgentTie(organisation, connection)) }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public ValueTask<SentInvitation?> FindInvitationAsync(Ed25519PublicKey key, CancellationToken cancellationToken) => ValueTask.FromResult<SentInvitation?>(null);

    public ValueTask<bool> KeepAsync(SentInvitation invitation, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public void Dispose() => Agent.Dispose();
}
