using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Node.Peers;

/// <summary>Another member's node as the sequencer sees it. Where it is reached is looked up each time, because members may move.</summary>
internal sealed class HttpFollower(OrganisationId organisation, LogReplica replica, IPeerTransport transport) : IFollower
{
    // The sequencer's line repeats by itself, from where the follower then stands.
    private static readonly PeerLimits Limits = new(8 << 10, TimeSpan.FromSeconds(20), Retries: 0);

    /// <inheritdoc/>
    public async Task<ReplicateAnswer?> ReplicateAsync(ReplicateRequest request, CancellationToken cancellationToken) =>
        replica.Members.Find(organisation) is { } member
        && (await transport.SendAsync(member, HttpMethod.Post, "/peer/replicate", request.Encode(), Limits, cancellationToken).ConfigureAwait(false)).Found is { } body
            ? ReplicateAnswer.TryParse(body)
            : null;

    /// <inheritdoc/>
    public async Task<NoteVerifier?> FindQuantumSafeKeyAsync(CancellationToken cancellationToken) =>
        replica.Members.Find(organisation) is { } member
        && (await transport.SendAsync(member, HttpMethod.Get, "/ledger/cosigning-keys", default, Limits, cancellationToken).ConfigureAwait(false)).Found is { } body
            ? CosigningKeys.Open(body, member, replica.Genesis)?.Witness
            : null;
}
