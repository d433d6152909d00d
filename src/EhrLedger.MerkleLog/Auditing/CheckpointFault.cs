namespace EhrLedger.MerkleLog.Auditing;

/// <summary>Why a checkpoint cannot be trusted.</summary>
public enum CheckpointFault
{
    /// <summary>None is served.</summary>
    Missing,

    /// <summary>Its bytes are no checkpoint.</summary>
    Malformed,

    /// <summary>No log that the policy names has signed it, or a line of a known key is wrong.</summary>
    NotSignedByLog,

    /// <summary>Signed by the log, but not cosigned by a quorum.</summary>
    NoQuorum,
}
