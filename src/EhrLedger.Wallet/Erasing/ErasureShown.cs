using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Erasing;

/// <summary>An erasure as it stands.</summary>
/// <param name="Commitment">Names it on the ledger.</param>
/// <param name="Relationship">Index of the connection.</param>
/// <param name="Organisation">Who wrote the record.</param>
/// <param name="Category">Which kind of record.</param>
/// <param name="Record">Which; null where the wallet can't open what it once sealed for itself.</param>
/// <param name="AskedAt">When the patient's wish stood on the ledger.</param>
/// <param name="Replies">What organisations have signed, the last word of each. That they have done it, nobody can prove.</param>
/// <param name="Silent">Members that have not answered yet.</param>
public sealed record ErasureShown(
    Digest Commitment,
    uint Relationship,
    OrganisationId Organisation,
    Category Category,
    RecordId? Record,
    DateTimeOffset AskedAt,
    IReadOnlyList<ErasureReply> Replies,
    IReadOnlyList<OrganisationId> Silent);

/// <summary>What one organisation has signed.</summary>
/// <param name="Organisation">Who.</param>
/// <param name="Answer">Its last word.</param>
/// <param name="Ground">Why it keeps the record; null unless it does.</param>
/// <param name="At">When it said so.</param>
public sealed record ErasureReply(OrganisationId Organisation, ErasureAnswer Answer, HoldGround? Ground, DateTimeOffset At);

/// <summary>What came of asking for an erasure.</summary>
public enum EraseOutcome
{
    /// <summary>It stands on the ledger, and every member has been told. Who has done it, the list of erasures shows.</summary>
    Told = 1,

    /// <summary>It stands on the ledger, and some members could not be reached: <see cref="Wallet.ResumeAsync"/> tells them, and so does the author.</summary>
    PartlyTold = 2,

    /// <summary>There is no such record, or its author has not anchored it yet.</summary>
    Unknown = 3,

    /// <summary>Nothing has been done: ledger or author do not answer.</summary>
    Unavailable = 4,
}
