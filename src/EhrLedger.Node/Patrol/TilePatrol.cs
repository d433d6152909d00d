using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Peers;

namespace EhrLedger.Node.Patrol;

/// <summary>
/// Holds what another member serves to auditors against this node's own copy: one tile of leaf hashes and its bundle of entries. Where they differ, the final root decides who is wrong; it may be
/// this node.
/// </summary>
internal sealed class TilePatrol(LogReplica replica, ILogStore store, Finality finality, IPeerTransport transport)
{
    /// <summary>How many tiles of leaf hashes the final log has.</summary>
    public ulong Tiles => (finality.Size + StoredHash.RowWidth - 1) / StoredHash.RowWidth;

    /// <summary>Compares one tile.</summary>
    /// <param name="member">Whose node.</param>
    /// <param name="tile">Index of the tile at level 0.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if nothing is wrong, or the member does not have that much yet.</returns>
    public async Task<Finding?> LookAsync(Member member, ulong tile, CancellationToken cancellationToken)
    {
        if (finality.Newest?.Checkpoint is not { } final || tile >= Tiles)
        {
            return null;
        }

        var first = tile * StoredHash.RowWidth;
        var width = (int)Math.Min(StoredHash.RowWidth, final.Size - first);
        var ownLeaves = replica.ReadLeaves(first, width);
        var ownHashes = await store.ReadAsync(0, first, width, cancellationToken).ConfigureAwait(false);
        var served = await FetchAsync(member, new TilePath.Hashes(0, tile, width), cancellationToken).ConfigureAwait(false);
        if (served is { } hashes && !hashes.Span.SequenceEqual(ownHashes.Span))
        {
            var at = FirstDifference(hashes.Span, ownHashes.Span) / Digest.Length;
            return await BlameAsync(member, final, first + (ulong)at, $"tile {tile} of leaf hashes", HashAt(ownHashes, at), cancellationToken).ConfigureAwait(false);
        }

        served = await FetchAsync(member, new TilePath.Entries(tile, width), cancellationToken).ConfigureAwait(false);
        if (served is not { } bundle)
        {
            return null;
        }

        if (EntryBundle.Parse(bundle, width) is not { } entries)
        {
            return Of(member, $"entry bundle {tile}, which can't be read.");
        }

        for (var i = 0; i < width; i++)
        {
            var own = i < ownLeaves.Count ? ownLeaves[i].Bytes : ReadOnlyMemory<byte>.Empty;
            if (!entries[i].Span.SequenceEqual(own.Span))
            {
                return await BlameAsync(member, final, first + (ulong)i, $"entry bundle {tile}", MerkleHash.Leaf(own.Span), cancellationToken).ConfigureAwait(false);
            }
        }

        return null;
    }

    private async Task<Finding> BlameAsync(Member member, Checkpoint final, ulong index, string what, Digest? own, CancellationToken cancellationToken)
    {
        bool isOwnRight;
        try
        {
            var proof = await replica.Tree.ProveInclusionAsync(index, final.Size, cancellationToken).ConfigureAwait(false);
            isOwnRight = own is { } hash && proof.Verifies(hash, final.Root);
        }
        catch (TreeStoreException)
        {
            isOwnRight = false;
        }

        return isOwnRight
            ? Of(member, $"{what} with something else at index {index} than the final log has.")
            : new Finding(AlarmKind.TamperedLog, "", $"This node's own copy is not the final log at index {index}: {what} of {member.Name} differs from it.");
    }

    private async Task<ReadOnlyMemory<byte>?> FetchAsync(Member member, TilePath path, CancellationToken cancellationToken) =>
        (await transport.SendAsync(member, HttpMethod.Get, $"/log{path}", ReadOnlyMemory<byte>.Empty, PeerLimits.Patrol, cancellationToken).ConfigureAwait(false)).Found;

    private static Digest? HashAt(ReadOnlyMemory<byte> hashes, int at) => hashes.Length >= (at + 1) * Digest.Length ? Digest.FromBytes(hashes.Span.Slice(at * Digest.Length, Digest.Length)) : null;

    private static int FirstDifference(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => Math.Min(one.CommonPrefixLength(other), Math.Max(0, other.Length - 1));

    private static Finding Of(Member member, string what) =>
        new(AlarmKind.TamperedLog, member.Organisation.ToString(), $"{member.Name} ({member.Organisation}) serves {what}");
}
