using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Findings;

namespace EhrLedger.Wallet.Delegations;

/// <summary>Who may act for the patient, and what they have done.</summary>
/// <param name="All">In the order of the ledger; ended ones too.</param>
/// <param name="Findings">What the patient should know: each act is one.</param>
/// <param name="Complete">Whether members answered about all subjects. If not, the others are as this device last saw them.</param>
public sealed record DelegationsShown(IReadOnlyList<DelegationShown> All, IReadOnlyList<Finding> Findings, bool Complete);

/// <summary>One person who may act, for a screen.</summary>
/// <param name="Mandate">Which.</param>
/// <param name="Name">What the patient calls the delegate.</param>
/// <param name="Status">How it stands today.</param>
/// <param name="Acts">What the delegate may do.</param>
/// <param name="Purposes">What the delegate may grant for.</param>
/// <param name="LastDay">Last day, UTC, in days since 1970-01-01.</param>
/// <param name="Subjects">Whose records: connection and category.</param>
/// <param name="Since">When the first of its delegations was logged; null while none is.</param>
/// <param name="Done">What the delegate has done, in the order of the ledger.</param>
public sealed record DelegationShown(
    MandateId Mandate,
    string Name,
    DelegationStatus Status,
    DelegateActs Acts,
    IReadOnlyList<PurposeOfUse> Purposes,
    uint LastDay,
    IReadOnlyList<(uint Relationship, Category Category)> Subjects,
    DateTimeOffset? Since,
    IReadOnlyList<DelegateAct> Done);

/// <summary>How a delegation stands.</summary>
public enum DelegationStatus
{
    /// <summary>Decided on, and not final yet.</summary>
    Waiting = 1,

    /// <summary>The delegate may act.</summary>
    Active = 2,

    /// <summary>The patient is ending it; not final yet.</summary>
    Ending = 3,

    /// <summary>The patient has ended it, or the delegate has left.</summary>
    Ended = 4,

    /// <summary>Its last day has passed.</summary>
    Lapsed = 5,
}

/// <summary>Something that a delegate has done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Time">When, by the ledger.</param>
/// <param name="Index">Index of the entry.</param>
/// <param name="Relationship">Whose records.</param>
/// <param name="Category">Which of them.</param>
/// <param name="Grant">Which grant; null for leaving.</param>
/// <param name="Grantee">To whom; null where that can't be read, and for leaving.</param>
public sealed record DelegateAct(DelegateActKind Kind, DateTimeOffset Time, ulong Index, uint Relationship, Category Category, GrantId? Grant, OrganisationId? Grantee);

/// <summary>What a delegate has done.</summary>
public enum DelegateActKind
{
    /// <summary>Allowed somebody to read.</summary>
    Granted = 1,

    /// <summary>Ended a grant.</summary>
    EndedGrant = 2,

    /// <summary>Acts for the patient no more.</summary>
    Left = 3,
}
