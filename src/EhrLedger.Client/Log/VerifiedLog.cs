using System.Collections.Concurrent;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Client.Log;

/// <summary>Whether a checkpoint belongs to the one history that this client knows.</summary>
public enum Continuity
{
    /// <summary>It does: the trees are prefixes of each other, as shown.</summary>
    Shown = 1,

    /// <summary>It does not: there are two histories. An alarm was raised.</summary>
    Contradicted = 2,

    /// <summary>Nobody could show it just now. Nothing rests on the checkpoint until somebody does.</summary>
    NotShown = 3,
}

/// <summary>
/// The log as this client has seen it: the newest head with a quorum, and the demand that every other one be shown to belong to the same history. Findings name the member that answered.
/// Thread-safe.
/// </summary>
public sealed class VerifiedLog : IDisposable
{
    // Cosigners' clocks differ by less than this; an older tree that a quorum signs that much later is a log that went back.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);
    private const int MostShown = 4_096;

    private readonly ConsortiumNodes _nodes;
    private readonly IAlarmSink _alarms;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ConcurrentDictionary<(ulong Size, Digest Root), byte> _shown = new();
    private readonly ConcurrentDictionary<OrganisationId, ulong> _largest = new();
    private KnownHead? _newest;

    /// <param name="consortium">The genesis and its policy.</param>
    /// <param name="members">Who the members are.</param>
    /// <param name="nodes">All members' nodes.</param>
    /// <param name="alarms">Told of every contradiction.</param>
    /// <param name="time">This client's clock.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="remembered">From <see cref="Newest"/> of an earlier run; null for the first.</param>
    public VerifiedLog(
        Consortium consortium, KnownMembers members, ConsortiumNodes nodes, IAlarmSink alarms, TimeProvider time, ClientSettings settings, KnownHead? remembered)
    {
        Consortium = consortium;
        Members = members;
        Settings = settings;
        _nodes = nodes;
        _alarms = alarms;
        _time = time;
        _newest = remembered;
    }

    /// <summary>The genesis and its policy.</summary>
    public Consortium Consortium { get; }

    /// <summary>Who the members are, as far as known.</summary>
    public KnownMembers Members { get; }

    /// <summary>All members' nodes.</summary>
    public IReadOnlyList<NodeClient> Nodes => _nodes.All;

    /// <summary>The newest head with a quorum. Null before the first.</summary>
    public KnownHead? Newest => Volatile.Read(ref _newest);

    /// <summary>Whether the newest head is fresh by this client's clock.</summary>
    public bool IsFresh => Newest?.IsFresh(_time.GetUtcNow()) ?? false;

    internal ClientSettings Settings { get; }

    internal TimeProvider Time => _time;

    /// <summary>Frees what waiting callers share. Nobody may be waiting.</summary>
    public void Dispose() => _one.Dispose();

    /// <summary>Null where no such member's node is known.</summary>
    public NodeClient? FindNode(OrganisationId organisation) => _nodes.Find(organisation);

    /// <summary>Takes up a head from this client's own authenticated memory, where it has none yet.</summary>
    public void Remember(KnownHead head) => Interlocked.CompareExchange(ref _newest, head, null);

    /// <summary>Asks for the newest checkpoint, so that later answers can be called fresh.</summary>
    /// <returns>False if nobody had one that belongs to the known history.</returns>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        foreach (var node in Nodes)
        {
            var answer = await node.Ledger.ReadCheckpointAsync(cancellationToken).ConfigureAwait(false);
            Note(node, answer);
            if (answer.TryGet(out var checkpoint) && await AcceptAsync(checkpoint, node, cancellationToken).ConfigureAwait(false) == Continuity.Shown && IsFresh)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Holds a checkpoint with a quorum against the known history.</summary>
    /// <param name="cosigned">Opened under the genesis's policy.</param>
    /// <param name="from">The node that gave it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Continuity> AcceptAsync(CosignedCheckpoint cosigned, NodeClient from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cosigned);
        ArgumentNullException.ThrowIfNull(from);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var head = new KnownHead(cosigned.Checkpoint.Size, cosigned.Checkpoint.Root, cosigned.CosignedAt ?? DateTimeOffset.UnixEpoch);
            if (_newest is not { } newest)
            {
                Volatile.Write(ref _newest, head);
                return Continuity.Shown;
            }

            if (head.Size < newest.Size && head.CosignedAt > newest.CosignedAt + ClockSkew)
            {
                Raise(AlarmKind.RewoundLog, from, $"gave a checkpoint of {head.Size} leaves that a quorum cosigned after one of {newest.Size}");
                return Continuity.Contradicted;
            }

            var continuity = await CompareAsync(head.Size, head.Root, newest, from, cancellationToken).ConfigureAwait(false);
            if (continuity == Continuity.Shown && (head.Size > newest.Size || (head.Size == newest.Size && head.CosignedAt > newest.CosignedAt)))
            {
                Volatile.Write(ref _newest, head);
            }

            return continuity;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Holds the tree that a member has signed a topic's head for against the known history. One that is longer than what is final can't be compared yet.</summary>
    internal async Task<Continuity> CompareHeadAsync(ulong size, Digest root, NodeClient from, CancellationToken cancellationToken)
    {
        var largest = _largest.AddOrUpdate(from.Organisation, size, (_, before) => Math.Max(before, size));
        if (size < largest)
        {
            Raise(AlarmKind.RewoundLog, from, $"signed a head at {size} leaves after one at {largest}");
            return Continuity.Contradicted;
        }

        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _newest is { } newest && size <= newest.Size ? await CompareAsync(size, root, newest, from, cancellationToken).ConfigureAwait(false) : Continuity.Shown;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Raises an alarm if the answer can't be true.</summary>
    /// <param name="node">Who gave it.</param>
    /// <param name="answer">Any answer.</param>
    public void Note<T>(NodeClient node, Answer<T> answer)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (answer is Answer<T>.Untrue(var why))
        {
            Raise(AlarmKind.LyingPeer, node, "answered " + why);
        }
    }

    internal void Raise(AlarmKind kind, NodeClient node, string what) => _alarms.Raise(kind, $"{NameOf(node.Organisation)} {what}.");

    internal string NameOf(OrganisationId organisation) => Members.Find(organisation) is { } member ? $"{member.Name} ({organisation})" : organisation.ToString();

    private async Task<Continuity> CompareAsync(ulong size, Digest root, KnownHead newest, NodeClient from, CancellationToken cancellationToken)
    {
        if (size == newest.Size)
        {
            return root == newest.Root ? Continuity.Shown : Forked();
        }

        // Every tree begins with nothing.
        if (size == 0 || newest.Size == 0 || _shown.ContainsKey((size, root)))
        {
            return Continuity.Shown;
        }

        var (older, newer) = size < newest.Size ? ((size, root), (newest.Size, newest.Root)) : ((newest.Size, newest.Root), (size, root));
        var failed = 0;
        foreach (var node in Nodes.Where(node => node != from).Prepend(from))
        {
            var answer = await node.Ledger.ReadConsistencyAsync(older.Item1, newer.Item1, cancellationToken).ConfigureAwait(false);
            if (answer is Answer<MerkleLog.Tree.ConsistencyProof>.Unavailable or Answer<MerkleLog.Tree.ConsistencyProof>.Refused)
            {
                continue;
            }

            if (answer.TryGet(out var proof) && proof.Verifies(older.Item2, newer.Item2))
            {
                if (failed > 0)
                {
                    Raise(AlarmKind.LyingPeer, from, $"gave a wrong proof of how {older.Item1} leaves became {newer.Item1}");
                }

                return Remember(size, root);
            }

            failed++;
        }

        // One wrong proof may be one liar's; two make it the history's.
        return failed >= Math.Min(2, Nodes.Count) ? Forked() : failed == 0 ? Continuity.NotShown : Lied();

        Continuity Forked()
        {
            Raise(AlarmKind.ForkedLog, from, $"gave a tree of {size} leaves that is not of one history with the known one of {newest.Size}");
            return Continuity.Contradicted;
        }

        Continuity Lied()
        {
            Raise(AlarmKind.LyingPeer, from, $"can't show how {older.Item1} leaves became {newer.Item1}");
            return Continuity.NotShown;
        }
    }

    private Continuity Remember(ulong size, Digest root)
    {
        if (_shown.Count >= MostShown)
        {
            _shown.Clear();
        }

        _shown[(size, root)] = 0;
        return Continuity.Shown;
    }
}
