using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Findings;

/// <summary>Something that the patient should know: who, about which records, and what. It holds no health data.</summary>
/// <param name="Kind">What.</param>
/// <param name="By">Whose answer shows it; null where nobody's does.</param>
/// <param name="Category">Which records.</param>
/// <param name="Detail">Ids, numbers and times.</param>
public sealed record Finding(FindingKind Kind, OrganisationId? By, Category? Category, string Detail);

/// <summary>What a wallet finds.</summary>
public enum FindingKind
{
    /// <summary>A row's number is missing between others: a record or a read is withheld.</summary>
    RowMissing = 1,

    /// <summary>There are fewer rows than were seen before: the newest are withheld.</summary>
    RowsCut = 2,

    /// <summary>A row is not in the batch that is said to hold it, or about somebody else: the ledger does not back it.</summary>
    RowNotInLog = 3,

    /// <summary>The row's batch is not final yet, or can't be had. Normal for a minute.</summary>
    RowNotFinalYet = 4,

    /// <summary>A record was anchored more than a minute after it says that it was written.</summary>
    LateArrival = 5,

    /// <summary>A record was sealed under an epoch that had ended: no custodian will release it until its author seals it anew.</summary>
    EndedEpoch = 6,

    /// <summary>A record does not open with the wallet's own keys, or its ciphertext can't be had.</summary>
    NotOpenable = 7,

    /// <summary>A reader has sealed something unreadable into its entry.</summary>
    UnreadableDetails = 8,

    /// <summary>A reader says in its entry that it is another organisation than the one that holds the reader key.</summary>
    OtherOrganisation = 9,

    /// <summary>A custodian says that it released shares on an entry that is no Read entry of this subject, or on other records than the entry names.</summary>
    ReleaseWithoutEntry = 10,

    /// <summary>A custodian did not say what it released.</summary>
    CustodianSilent = 11,

    /// <summary>Entries of a topic are withheld, or it can't be told that they are not.</summary>
    TopicIncomplete = 12,

    /// <summary>An entry stands in the log that the contracts reject: it has no effect, and should not be there.</summary>
    InvalidEntry = 13,

    /// <summary>The organisation did not answer, or answered what can't be.</summary>
    NoAnswer = 14,

    /// <summary>The wallet can't open what it once sealed for itself in a grant.</summary>
    MemoUnreadable = 15,

    /// <summary>An organisation was told to erase a record, and has not said in time that it has.</summary>
    ErasureUnanswered = 16,

    /// <summary>An organisation has said that a record is erased, and hands it out.</summary>
    ErasedYetServed = 17,

    /// <summary>Somebody asks for this wallet's seed, with the guardians' approvals. The patient who is not that somebody says no.</summary>
    RecoveryPending = 18,

    /// <summary>A delegate has granted, has ended a grant, or has left.</summary>
    ActedByDelegate = 19,

    /// <summary>A delegate has granted for what the patient had not delegated: no custodian releases anything for it. Or what the delegate says of a grant can't be read, or proven.</summary>
    DelegateBeyondScope = 20,
}
