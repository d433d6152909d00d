using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Granting;

namespace EhrLedger.Wallet.App.Sharing;

/// <summary>What the patient is choosing on the screen of a new permission.</summary>
internal sealed class ShareChoice
{
    /// <summary>How long, in days; the first day counts.</summary>
    public static IReadOnlyList<int> Lengths { get; } = [1, 30, 365];

    /// <summary>What for, in the order of the screen.</summary>
    public static IReadOnlyList<PurposeOfUse> Purposes { get; } = [PurposeOfUse.Treatment, PurposeOfUse.CareCoordination, PurposeOfUse.Payment, PurposeOfUse.Research];

    /// <summary>Chosen categories; none at first, because nothing is given away by not looking.</summary>
    public HashSet<Category> Categories { get; } = [];

    public PurposeOfUse Purpose { get; set; } = PurposeOfUse.Treatment;

    public int Days { get; set; } = 30;

    /// <summary>Whether records that are yet to come are included.</summary>
    public bool Future { get; set; } = true;

    /// <summary>Whether it can be ordered.</summary>
    public bool IsWhole => Categories.Count > 0;

    /// <summary>Chooses, or takes back.</summary>
    public void Toggle(Category category)
    {
        if (!Categories.Remove(category))
        {
            Categories.Add(category);
        }
    }

    /// <summary>The last day.</summary>
    public DateOnly LastDay(DateOnly today) => today.AddDays(Days - 1);

    /// <summary>The order for one connection.</summary>
    public GrantOrder OrderFor(uint relationship, AccessInvitation invitation, DateOnly today) =>
        new(relationship, [.. Categories.Order()], invitation, [Purpose], today, LastDay(today), Future);
}
