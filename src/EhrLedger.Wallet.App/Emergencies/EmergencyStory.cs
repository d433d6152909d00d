using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Emergencies;

namespace EhrLedger.Wallet.App.Emergencies;

/// <summary>One emergency as a person tells it: the ledger has an entry for every category of every author.</summary>
/// <param name="Organisation">Who opened.</param>
/// <param name="Reason">Why.</param>
/// <param name="Account">Who asked, and a note; null where it can't be read.</param>
/// <param name="Parts">The entries, the first declared first.</param>
public sealed record EmergencyStory(OrganisationId Organisation, EmergencyReason Reason, EmergencyAccount? Account, IReadOnlyList<EmergencyShown> Parts)
{
    // Entries of one declaration are logged within seconds of each other.
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(10);

    /// <summary>What an emergency is known by on the screen.</summary>
    public string Id => Parts[0].Grant.ToString();

    /// <summary>When the first part was logged.</summary>
    public DateTimeOffset DeclaredAt => Parts[0].DeclaredAt;

    /// <summary>When the last part ends, or has ended.</summary>
    public DateTimeOffset EndsAt => Parts.Max(part => part.EndsAt);

    /// <summary>When the first part was disputed; null for none.</summary>
    public DateTimeOffset? DisputedAt => Parts.Min(part => part.DisputedAt);

    /// <summary>Whether any part may still be disputed.</summary>
    public bool CanDispute => Parts.Any(part => part.CanDispute);

    /// <summary>What could be opened.</summary>
    public IEnumerable<Category> Categories => Parts.Select(part => part.Category).Distinct().Order();

    /// <summary>Whose records.</summary>
    public IEnumerable<OrganisationId> Authors => Parts.Select(part => part.Author).Distinct();

    /// <summary>Whether any part is open.</summary>
    public bool Lasts(DateTimeOffset now) => now < EndsAt;

    /// <summary>Joins what was declared together; the newest first.</summary>
    public static IReadOnlyList<EmergencyStory> Of(IEnumerable<EmergencyShown> emergencies)
    {
        var stories = new List<List<EmergencyShown>>();
        foreach (var emergency in emergencies.OrderBy(emergency => emergency.DeclaredAt))
        {
            if (stories.FindLast(parts => AreTogether(parts[0], emergency)) is { } known)
            {
                known.Add(emergency);
            }
            else
            {
                stories.Add([emergency]);
            }
        }

        return [.. stories.Select(parts => new EmergencyStory(parts[0].Organisation, parts[0].Reason, parts[0].Account, parts)).Reverse()];
    }

    private static bool AreTogether(EmergencyShown first, EmergencyShown other) =>
        first.Organisation == other.Organisation && first.Reason == other.Reason && other.DeclaredAt - first.DeclaredAt < Together && Told(first) == Told(other);

    private static string Told(EmergencyShown emergency) =>
        emergency.Account is { } account ? string.Join('\n', account.Requesters.SelectMany(person => new[] { person.Name, person.Role }).Append(account.Note)) : "";
}
