using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;

namespace EhrLedger.Consent.Custody;

/// <summary>A node's replica as custody looks at it. What is final is fixed when the view is made: a decision sees one size and one time.</summary>
public sealed class ReplicaView : ILedgerView
{
    private readonly LogReplica _replica;

    /// <param name="replica">This node's own.</param>
    /// <param name="finality">Of the same log.</param>
    public ReplicaView(LogReplica replica, Finality finality)
    {
        ArgumentNullException.ThrowIfNull(finality);
        _replica = replica;
        var newest = finality.Newest;
        FinalSize = newest?.Checkpoint.Size ?? 0;
        FinalAsOf = newest?.CosignedAt ?? DateTimeOffset.UnixEpoch;
    }

    /// <inheritdoc/>
    public ulong FinalSize { get; }

    /// <inheritdoc/>
    public DateTimeOffset FinalAsOf { get; }

    /// <inheritdoc/>
    public SubjectState? FindSubject(SubjectId subject) => (SubjectState?)_replica.FindTopic(subject.Topic)?.State;

    /// <inheritdoc/>
    public RecoveryState? FindRecovery(RecoveryId recovery) => (RecoveryState?)_replica.FindTopic(recovery.Topic)?.State;

    /// <inheritdoc/>
    public EffectiveEntry? FindEffective(ulong index) =>
        _replica.FindLeaf(index) is { Effective: true } stored && Leaf.TryParse(stored.Bytes) is { } leaf && Entry.TryParse(leaf.Entry) is { } entry
            ? new EffectiveEntry(entry, new Moment(leaf.Index, leaf.Time, leaf.Number))
            : null;
}
