using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Agents;

namespace EhrLedger.Wallet.State;

/// <summary>What the wallet's agent knows of one organisation's.</summary>
/// <param name="Organisation">Whose agent.</param>
/// <param name="Connection">How far they are.</param>
internal sealed record AgentTie(OrganisationId Organisation, Connection Connection)
{
    private const int Most = 16 * 1024;

    internal static void Write(DeterministicCborWriter writer, AgentTie item) => writer.WriteArray(2).WriteBytes(item.Organisation.Key.ToArray()).WriteBytes(item.Connection.Encode());

    internal static AgentTie Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var (organisation, bytes) = (reader.ReadOrganisation(), reader.ReadBytes(0, Most));
        reader.ReadEndArray();
        var connection = reader.Require(Connection.TryParse(bytes.Span));
        reader.Require(connection.Encode().AsSpan().SequenceEqual(bytes.Span));
        return new AgentTie(organisation, connection);
    }
}
