namespace EhrLedger.Consent.Custody;

/// <summary>
/// Which condition a request fails. For this node's own log and tests: whoever asked is only told that it was denied, so that a record that is not granted
/// answers exactly as one that does not exist.
/// </summary>
public enum AccessDenial
{
    /// <summary>The request is for another organisation.</summary>
    OtherAddressee,

    /// <summary>The request was made more than two minutes ago, or from now.</summary>
    RequestNotFresh,

    /// <summary>This node's newest final checkpoint is more than 30 seconds old: it may have missed a revocation.</summary>
    ReplicaStale,

    /// <summary>At the index stands no entry with an effect, or one of another type.</summary>
    NoSuchEntry,

    /// <summary>The entry is not final.</summary>
    EntryNotFinal,

    /// <summary>The entry is older than ten minutes (a Read) or fifteen (a Search).</summary>
    EntryTooOld,

    /// <summary>The entry is about another subject than the terms.</summary>
    OtherSubject,

    /// <summary>The grant is not open in the newest state.</summary>
    GrantNotOpen,

    /// <summary>This node holds a signed revocation of the grant that is not logged yet.</summary>
    GrantRevoked,

    /// <summary>By this node's own clock the grant does not hold now.</summary>
    GrantNotToday,

    /// <summary>The request is not signed by the grant's reader key.</summary>
    BadSignature,

    /// <summary>The terms are not those of the grant.</summary>
    OtherTerms,

    /// <summary>The opening is not what the entry commits to.</summary>
    OtherOpening,

    /// <summary>The purpose is not one of those granted.</summary>
    PurposeNotGranted,

    /// <summary>The answer key is not the grant's.</summary>
    OtherAnswerKey,

    /// <summary>A record's header or row is not one.</summary>
    RecordMalformed,

    /// <summary>A record is not named in the Read entry.</summary>
    RecordNotAnnounced,

    /// <summary>A record is about another subject.</summary>
    RecordOfOtherSubject,

    /// <summary>A record's epoch is outside those granted.</summary>
    EpochNotGranted,

    /// <summary>A record is not one of the single records granted.</summary>
    RecordNotGranted,

    /// <summary>A record was anchored after a grant that does not include what is yet to come.</summary>
    RecordAfterGrant,

    /// <summary>A row is not the header's.</summary>
    RowOfOtherHeader,

    /// <summary>The anchoring entry is not a final RecordsAnchored with an effect.</summary>
    NotAnchored,

    /// <summary>The batch, or the header, is not of the organisation that the subject named when it was opened.</summary>
    OtherAuthor,

    /// <summary>A row is not in the batch.</summary>
    RowNotInBatch,

    /// <summary>A record's epoch had ended before its row was anchored.</summary>
    EpochEnded,

    /// <summary>The grant is no emergency.</summary>
    NoEmergency,

    /// <summary>The organisation is no member any more, or of a kind that the policy does not allow.</summary>
    KindNotAllowed,

    /// <summary>The subject has left nothing here for the policy that is in force.</summary>
    NothingDeposited,

    /// <summary>A recovery's waiting time is not over, by this node's own clock or by the quorum's.</summary>
    RecoveryWaits,

    /// <summary>A request for recovery was vetoed, has lapsed, or its set-up is not in force any more.</summary>
    RecoveryEnded,
}
