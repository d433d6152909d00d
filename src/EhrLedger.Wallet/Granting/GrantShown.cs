using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Granting;

/// <summary>A grant, for a screen.</summary>
/// <param name="Id">Which.</param>
/// <param name="Status">How it stands today.</param>
/// <param name="Relationship">Index of the connection whose records it is about.</param>
/// <param name="Author">Who wrote them.</param>
/// <param name="Category">Which of them.</param>
/// <param name="Grantee">Who may read; null where the memo does not open.</param>
/// <param name="GranteeProven">Whether the grantee has signed that the reader key is its own.</param>
/// <param name="Days">When it holds.</param>
/// <param name="Purposes">What for.</param>
/// <param name="Records">Single records; null for all.</param>
/// <param name="Future">Whether records to come are included.</param>
/// <param name="GrantedAt">When it was logged; null while it is not.</param>
/// <param name="RevokedAt">When the revocation was logged.</param>
/// <param name="Delivered">Whether the grantee has its keys.</param>
public sealed record GrantShown(
    GrantId Id,
    GrantStatus Status,
    uint Relationship,
    OrganisationId Author,
    Category Category,
    OrganisationId? Grantee,
    bool GranteeProven,
    DayRange Days,
    IReadOnlyList<PurposeOfUse> Purposes,
    IReadOnlyList<RecordId>? Records,
    bool Future,
    DateTimeOffset? GrantedAt,
    DateTimeOffset? RevokedAt,
    bool Delivered)
{
    /// <summary>What the patient calls the delegate who has given it, empty where that can't be read; null where the patient has.</summary>
    public string? GrantedBy { get; init; }

    /// <summary>The delegate who has ended it, likewise; null where nobody has, or the patient.</summary>
    public string? EndedBy { get; init; }
}

/// <summary>How a grant stands.</summary>
public enum GrantStatus
{
    /// <summary>Decided on, and not final yet.</summary>
    Waiting = 1,

    /// <summary>Final; its first day is yet to come.</summary>
    NotYet = 2,

    /// <summary>It holds today.</summary>
    Active = 3,

    /// <summary>Its last day has passed.</summary>
    Lapsed = 4,

    /// <summary>The patient is ending it; not final yet.</summary>
    Ending = 5,

    /// <summary>The patient has ended it.</summary>
    Revoked = 6,
}
