namespace EhrLedger.Ledger.Alarms;

/// <summary>What a node cries about. Each stands in docs/operations.md with what to do.</summary>
public enum AlarmKind
{
    /// <summary>Two histories: other bytes or another root at an index that this node knows.</summary>
    ForkedLog = 1,

    /// <summary>A signed head that is smaller than one this node has seen.</summary>
    RewoundLog = 2,

    /// <summary>A member serves leaves or tiles that do not hash to the checkpoint.</summary>
    TamperedLog = 3,

    /// <summary>An entry that the contracts reject stands in the log.</summary>
    InvalidEntryLogged = 4,

    /// <summary>The leaf's time and this node's clock differ by more than a minute.</summary>
    ClockSkew = 5,

    /// <summary>A submitted entry is not logged after 10 seconds.</summary>
    EntryNotLogged = 6,

    /// <summary>Something stands in the outbox for more than a minute.</summary>
    OutboxStuck = 7,

    /// <summary>No final checkpoint for more than 30 seconds.</summary>
    NotFinal = 8,

    /// <summary>A topic's numbers have a gap, or a head is shorter than one seen before.</summary>
    TopicWithheld = 9,

    /// <summary>A stored ciphertext or share does not match its digest.</summary>
    DamagedRecord = 10,

    /// <summary>A peer answered something that can't be true.</summary>
    LyingPeer = 11,

    /// <summary>The node could not write to its store.</summary>
    StoreFailed = 12,

    /// <summary>A wallet's take-over was begun and can't be finished.</summary>
    TakeOverUnfinished = 13,

    /// <summary>The directory has more, or larger entries, than other members take.</summary>
    DirectoryFull = 14,
}
