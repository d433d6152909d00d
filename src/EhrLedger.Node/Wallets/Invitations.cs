using EhrLedger.Client.Invitations;
using EhrLedger.Ledger.Replication;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Wallets;

/// <summary>The links that this organisation hands to patients. They lead to its own address on the ledger, under the name that it has there.</summary>
internal sealed class Invitations(NodeIdentity identity, LogReplica replica, Agent agent)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>A link that opens a wallet. Its agent may meet this organisation's with it, once, as the patient's.</summary>
    /// <param name="patient">FHIR id of the patient.</param>
    /// <param name="code">One-time code of a take-over; null for none.</param>
    /// <param name="request">16 bytes of an access request; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string> LinkToAsync(string patient, string? code, byte[]? request, CancellationToken cancellationToken)
    {
        var self = replica.Members.Find(identity.Organisation) ?? identity.Genesis.Members.First(member => member.Organisation == identity.Organisation);
        var meeting = await agent.InviteAsync(isSingleUse: true, Lifetime, "Patient/" + patient, cancellationToken);
        return new Invitation(self.Name, identity.Genesis.Digest, self.Organisation, code, request is null ? (ReadOnlyMemory<byte>?)null : request, meeting).ToLink(new Uri(self.Endpoint)).AbsoluteUri;
    }
}
