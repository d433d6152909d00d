using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Granting;

/// <summary>What the patient allows.</summary>
/// <param name="Relationship">Whose records: the index of a connection.</param>
/// <param name="Categories">Which of them; each becomes a grant of its own, under keys of its own.</param>
/// <param name="Invitation">Who may read.</param>
/// <param name="Purposes">What for; 1 to 32.</param>
/// <param name="First">First day, UTC.</param>
/// <param name="Last">Last day, UTC; at most ten years on.</param>
/// <param name="Future">Whether records that are yet to come are included. Never with single records.</param>
public sealed record GrantOrder(
    uint Relationship, IReadOnlyCollection<Category> Categories, AccessInvitation Invitation, IReadOnlyList<PurposeOfUse> Purposes, DateOnly First, DateOnly Last, bool Future)
{
    /// <summary>Single records of one category, in all their versions; null for all. Then there is exactly one category.</summary>
    public IReadOnlyCollection<RecordId>? Records { get; init; }
}

/// <summary>What a grantee hands to the patient, on paper or as a QR code.</summary>
/// <param name="Grantee">The organisation.</param>
/// <param name="Request">16 bytes: what its node knows the request by.</param>
public sealed record AccessInvitation(OrganisationId Grantee, ReadOnlyMemory<byte> Request);

/// <summary>What came of a <see cref="GrantOrder"/>.</summary>
public abstract record GrantOutcome
{
    private GrantOutcome()
    {
    }

    /// <summary>The grants are decided on and will be finished, whatever happens.</summary>
    /// <param name="Grants">One for each category; of an approval at several connections, without those at which it could not be done.</param>
    /// <param name="Waiting">Those that are not final and delivered yet: <see cref="Wallet.ResumeAsync"/> goes on with them.</param>
    public sealed record Ordered(IReadOnlyList<GrantId> Grants, IReadOnlyList<GrantId> Waiting) : GrantOutcome;

    /// <summary>Nothing was done.</summary>
    public sealed record NotOrdered(GrantRefusal Reason) : GrantOutcome;
}

/// <summary>Why a grant was not begun.</summary>
public enum GrantRefusal
{
    /// <summary>The order contradicts itself: no category or purpose, days reversed or past, single records of several categories or with future ones.</summary>
    BadOrder = 1,

    /// <summary>The wallet is not connected to that organisation.</summary>
    NotConnected = 2,

    /// <summary>The grantee is no member of the consortium.</summary>
    UnknownGrantee = 3,

    /// <summary>The grantee's node does not know the request, or it has expired.</summary>
    UnknownRequest = 4,

    /// <summary>The grantee's node does not answer.</summary>
    GranteeUnavailable = 5,

    /// <summary>The keys that came are not signed by the grantee's key on the ledger.</summary>
    GranteeNotProven = 6,

    /// <summary>The single records can't be had, opened or proven.</summary>
    RecordsNotAvailable = 7,

    /// <summary>Whoever orders is no delegate there, or not any more, or not for this.</summary>
    NotDelegated = 8,
}

/// <summary>What came of a revocation.</summary>
public enum RevokeOutcome
{
    /// <summary>It is final: no custodian releases anything under the grant any more, and later records have other keys.</summary>
    Revoked = 1,

    /// <summary>It is decided on, and not finished: <see cref="Wallet.ResumeAsync"/> goes on with it.</summary>
    Waiting = 2,

    /// <summary>The wallet knows no such grant.</summary>
    UnknownGrant = 3,
}
