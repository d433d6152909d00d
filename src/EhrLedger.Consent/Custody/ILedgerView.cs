using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Custody;

/// <summary>What a custodian or index holder looks up in its own copy of the log. It asks nobody else.</summary>
public interface ILedgerView
{
    /// <summary>Number of leaves that are final.</summary>
    ulong FinalSize { get; }

    /// <summary>When a quorum cosigned the newest final checkpoint that this node has.</summary>
    DateTimeOffset FinalAsOf { get; }

    /// <summary>The subject in its newest state, final or not. Null before it was opened.</summary>
    SubjectState? FindSubject(SubjectId subject);

    /// <summary>What a wallet has set up for its recovery, in its newest state, final or not. Null before it ever did.</summary>
    RecoveryState? FindRecovery(RecoveryId recovery);

    /// <summary>The entry at an index, if it is logged and has an effect.</summary>
    EffectiveEntry? FindEffective(ulong index);
}

/// <summary>An entry that the contracts accepted.</summary>
/// <param name="Entry">What was signed.</param>
/// <param name="Moment">Where and when it stands.</param>
public sealed record EffectiveEntry(Entry Entry, Moment Moment);
