using System.Collections.Concurrent;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Storage.Watch;

namespace EhrLedger.Node.Patrol;

/// <summary>Holds another member's newest final checkpoint against this node's own tree, and against the largest that the member ever showed.</summary>
internal sealed class HeadPatrol(LogReplica replica, Finality finality, IPeerTransport transport, WatchedHeads heads)
{
    private const string Path = "/log/checkpoint";

    // A node that has just started again may show an older checkpoint until the sequencer sends it the newest: only who still shows it at a second look has lost something.
    private readonly ConcurrentDictionary<OrganisationId, DateTimeOffset> _shorter = new();

    /// <summary>How long a member may show a shorter log than before.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    /// <summary>Looks once.</summary>
    /// <param name="member">Whose node.</param>
    /// <param name="now">This node's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if nothing is wrong, or nothing can be said.</returns>
    public async Task<Finding?> LookAsync(Member member, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(member, HttpMethod.Get, Path, ReadOnlyMemory<byte>.Empty, PeerLimits.Patrol with { LargestAnswer = 512 << 10 }, cancellationToken)
            .ConfigureAwait(false);
        if (answer.Found is not { } note)
        {
            return null;
        }

        if (SignedCheckpoint.Parse(note.Span) is not { } received || finality.Policy.Open(received) is not { } final)
        {
            return Of(member, AlarmKind.LyingPeer, "shows a checkpoint that no quorum has cosigned.");
        }

        var size = final.Checkpoint.Size;
        var own = replica.Tree;
        if (size <= own.Size)
        {
            if (await own.RootAtAsync(size, cancellationToken).ConfigureAwait(false) != final.Checkpoint.Root)
            {
                return Of(member, AlarmKind.ForkedLog, $"shows another final root than this node's at size {size}: there are two histories.");
            }
        }
        else if (!await ContinuesAsync(member, own, final, cancellationToken).ConfigureAwait(false))
        {
            return Of(member, AlarmKind.ForkedLog, $"shows a final checkpoint at size {size} that does not continue this node's log of {own.Size} leaves: there are two histories.");
        }

        return await CompareWithEarlierAsync(member, size, now, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ContinuesAsync(Member member, MerkleTree own, CosignedCheckpoint final, CancellationToken cancellationToken)
    {
        var path = $"/ledger/consistency?old={own.Size}&new={final.Checkpoint.Size}";
        var answer = await transport.SendAsync(member, HttpMethod.Get, path, ReadOnlyMemory<byte>.Empty, PeerLimits.Patrol with { LargestAnswer = 64 << 10 }, cancellationToken).ConfigureAwait(false);
        if (own.Size == 0 || answer.Found is not { } body)
        {
            return true;
        }

        var hashes = CborReading.TryRead(body, reader => reader.ReadArray(0, 64, item => item.ReadDigest()));
        return hashes is not null && new ConsistencyProof(own.Size, final.Checkpoint.Size, [.. hashes]).Verifies(own.Root, final.Checkpoint.Root);
    }

    private async Task<Finding?> CompareWithEarlierAsync(Member member, ulong size, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var seen = await heads.FindSeenAsync(member.Organisation, cancellationToken).ConfigureAwait(false);
        if (size >= seen)
        {
            _shorter.TryRemove(member.Organisation, out _);
            if (size > seen)
            {
                await heads.KeepSeenAsync(member.Organisation, size, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }

        return now - _shorter.GetOrAdd(member.Organisation, now) >= Grace
            ? Of(member, AlarmKind.RewoundLog, $"shows a log of {size} leaves, and has shown {seen}: its store was wound back.")
            : null;
    }

    private static Finding Of(Member member, AlarmKind kind, string what) => new(kind, member.Organisation.ToString(), $"{member.Name} ({member.Organisation}) {what}");
}
