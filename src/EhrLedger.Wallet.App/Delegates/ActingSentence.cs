using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Acting;

namespace EhrLedger.Wallet.App.Delegates;

/// <summary>Grants of somebody else's records that are said in one sentence, because only their categories differ.</summary>
/// <param name="Grantee">Who may see; null where the delegate may not know.</param>
/// <param name="Author">Whose records.</param>
/// <param name="Days">When.</param>
/// <param name="Purposes">What for; none where the delegate may not know.</param>
/// <param name="IsOwn">Whether this wallet's owner has given them.</param>
/// <param name="Categories">Which records.</param>
/// <param name="Grants">The grants themselves.</param>
internal sealed record ActingSentence(
    OrganisationId? Grantee, OrganisationId Author, DayRange Days, IReadOnlyList<PurposeOfUse> Purposes, bool IsOwn, IReadOnlyList<Category> Categories, IReadOnlyList<ActingGrantShown> Grants)
{
    /// <summary>Joins what can be said together, the newest first. What has no name is not joined: it may be several.</summary>
    public static IReadOnlyList<ActingSentence> Of(IEnumerable<ActingSubject> subjects) =>
    [
        .. subjects.SelectMany(subject => subject.Grants, (subject, grant) => (Subject: subject, Grant: grant))
            .GroupBy(one => (one.Grant.Grantee, one.Subject.Author, one.Grant.Days, Purposes: string.Join(' ', one.Grant.Purposes), one.Grant.IsOwn, Alone: one.Grant.Grantee is null ? one.Grant.Id : default))
            .OrderByDescending(same => same.Max(one => one.Grant.GrantedAt))
            .Select(same => new ActingSentence(
                same.Key.Grantee, same.Key.Author, same.Key.Days, same.First().Grant.Purposes, same.Key.IsOwn, [.. same.Select(one => one.Subject.Category).Distinct().Order()], [.. same.Select(one => one.Grant)])),
    ];
}
