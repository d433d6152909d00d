using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Emergencies;

/// <summary>An organisation has opened records of one category without having been allowed to.</summary>
/// <param name="Grant">What its searches and reads name, and what it is ended or disputed by.</param>
/// <param name="Relationship">Index of the connection whose records it is about.</param>
/// <param name="Author">Who wrote them.</param>
/// <param name="Category">Which of them.</param>
/// <param name="Organisation">Who: it has signed with its key on the ledger.</param>
/// <param name="Reason">Why, as everybody sees it.</param>
/// <param name="Account">What it says to the patient alone: the two who asked, and a note. Null where that does not open.</param>
/// <param name="DeclaredAt">When it was logged, as proven.</param>
/// <param name="EndsAt">When it ends, or has ended.</param>
/// <param name="DisputedAt">When the patient disputed it; null where that was not done.</param>
/// <param name="CanDispute">Whether it may still be disputed.</param>
public sealed record EmergencyShown(
    GrantId Grant,
    uint Relationship,
    OrganisationId Author,
    Category Category,
    OrganisationId Organisation,
    EmergencyReason Reason,
    EmergencyAccount? Account,
    DateTimeOffset DeclaredAt,
    DateTimeOffset EndsAt,
    DateTimeOffset? DisputedAt,
    bool CanDispute);

/// <summary>What came of a dispute.</summary>
public enum DisputeOutcome
{
    /// <summary>It stands in the ledger, final.</summary>
    Disputed = 1,

    /// <summary>The ledger can't be reached; to be done again.</summary>
    Unavailable = 2,

    /// <summary>The wallet knows no such emergency, or it was disputed before, or 64 newer ones stand before it.</summary>
    Unknown = 3,
}
