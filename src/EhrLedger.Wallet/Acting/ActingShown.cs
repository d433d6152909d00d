using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.Acting;

/// <summary>What this wallet's owner may do for somebody, for a screen.</summary>
/// <param name="Mandate">Which.</param>
/// <param name="Name">What the other calls himself or herself.</param>
/// <param name="Subjects">Where; none where it has not begun, or has ended.</param>
public sealed record ActingShown(MandateId Mandate, string Name, IReadOnlyList<ActingSubject> Subjects);

/// <summary>Somebody else's records of one category at one organisation.</summary>
/// <param name="Author">Who writes them.</param>
/// <param name="Category">Which.</param>
/// <param name="Acts">What may be done.</param>
/// <param name="Purposes">What may be granted for.</param>
/// <param name="LastDay">Last day, UTC, in days since 1970-01-01.</param>
/// <param name="Grants">All that hold or are yet to hold, others' too.</param>
public sealed record ActingSubject(OrganisationId Author, Category Category, DelegateActs Acts, IReadOnlyList<PurposeOfUse> Purposes, uint LastDay, IReadOnlyList<ActingGrantShown> Grants);

/// <summary>A grant, as far as a delegate sees it.</summary>
/// <param name="Id">Which.</param>
/// <param name="IsOwn">Whether this wallet's owner has given it.</param>
/// <param name="Grantee">Who may read; null where the delegate may not know: of others' grants only whoever may see the log does.</param>
/// <param name="Days">When it holds.</param>
/// <param name="Purposes">What for; none where the delegate may not know.</param>
/// <param name="GrantedAt">When it was logged.</param>
public sealed record ActingGrantShown(GrantId Id, bool IsOwn, OrganisationId? Grantee, DayRange Days, IReadOnlyList<PurposeOfUse> Purposes, DateTimeOffset GrantedAt);

/// <summary>What a delegate allows.</summary>
/// <param name="Author">Who wrote the records.</param>
/// <param name="Categories">Which of them; each becomes a grant of its own.</param>
/// <param name="Invitation">Who may read: also the answer to what an organisation has asked the patient for, and handed to the delegate.</param>
/// <param name="Purposes">What for: among those delegated.</param>
/// <param name="First">First day, UTC.</param>
/// <param name="Last">Last day, UTC; at most the delegation's.</param>
/// <param name="Future">Whether records that are yet to come are included.</param>
public sealed record ActingOrder(
    OrganisationId Author, IReadOnlyCollection<Category> Categories, Granting.AccessInvitation Invitation, IReadOnlyList<PurposeOfUse> Purposes, DateOnly First, DateOnly Last, bool Future);
