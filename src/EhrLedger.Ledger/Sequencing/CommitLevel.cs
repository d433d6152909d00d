namespace EhrLedger.Ledger.Sequencing;

/// <summary>How far an entry has come. Each level includes those before it.</summary>
public enum CommitLevel
{
    /// <summary>The sequencer has checked it.</summary>
    Accepted = 1,

    /// <summary>It is on the sequencer's disk.</summary>
    Durable = 2,

    /// <summary>A quorum of members has executed it and cosigned the log that holds it.</summary>
    Final = 3,
}
