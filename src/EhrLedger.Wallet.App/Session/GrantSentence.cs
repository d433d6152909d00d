using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Granting;

namespace EhrLedger.Wallet.App.Session;

/// <summary>Grants that are said in one sentence, because only their categories differ.</summary>
/// <param name="Grantee">Who may see; null where the wallet can't tell.</param>
/// <param name="Author">Whose records.</param>
/// <param name="Days">When.</param>
/// <param name="Status">How they stand.</param>
/// <param name="IsSingle">Whether single records were granted.</param>
/// <param name="Future">Whether records to come are included.</param>
/// <param name="Purposes">What for.</param>
/// <param name="Categories">Which records.</param>
/// <param name="Grants">The grants themselves.</param>
internal sealed record GrantSentence(
    OrganisationId? Grantee,
    OrganisationId Author,
    DayRange Days,
    GrantStatus Status,
    bool IsSingle,
    bool Future,
    IReadOnlyList<PurposeOfUse> Purposes,
    IReadOnlyList<Category> Categories,
    IReadOnlyList<GrantShown> Grants)
{
    /// <summary>What the patient calls the delegate who has given them, empty where that can't be read; null where the patient has.</summary>
    public string? GrantedBy => Grants[0].GrantedBy;

    /// <summary>The delegate who has ended them, likewise.</summary>
    public string? EndedBy => Grants[0].EndedBy;

    /// <summary>Whether it can be ended.</summary>
    public bool Stands => Status is GrantStatus.Active or GrantStatus.NotYet or GrantStatus.Waiting;

    /// <summary>Joins what can be said together; those that stand come first, the newest first.</summary>
    public static IReadOnlyList<GrantSentence> Of(IEnumerable<GrantShown> grants) =>
    [
        .. grants.GroupBy(grant => (grant.Grantee, grant.Author, grant.Days, grant.Status, IsSingle: grant.Records is not null, grant.Future, Purposes: string.Join(' ', grant.Purposes), grant.GrantedBy, grant.EndedBy))
            .Select(same => new GrantSentence(
                same.Key.Grantee, same.Key.Author, same.Key.Days, same.Key.Status, same.Key.IsSingle, same.Key.Future, same.First().Purposes, [.. same.Select(grant => grant.Category).Distinct().Order()], [.. same]))
            .OrderByDescending(sentence => sentence.Stands)
            .ThenByDescending(sentence => sentence.Grants.Max(grant => grant.GrantedAt ?? DateTimeOffset.MaxValue)),
    ];
}
