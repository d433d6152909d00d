using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Delegations;

namespace EhrLedger.Wallet.App.Delegates;

/// <summary>What the patient is choosing to leave to somebody.</summary>
public sealed class DelegationChoice
{
    /// <summary>How long, in days; the first day counts.</summary>
    public static IReadOnlyList<int> Lengths { get; } = [30, 365, 1_825, 3_650];

    /// <summary>What may be left to somebody, in the order of the screen.</summary>
    public static IReadOnlyList<DelegateActs> AllActs { get; } = [DelegateActs.Grant, DelegateActs.End, DelegateActs.SeeLog];

    /// <summary>Whose records: indices of connections.</summary>
    public HashSet<uint> Connections { get; } = [];

    /// <summary>Chosen categories; none at first, because nothing is given away by not looking.</summary>
    public HashSet<Category> Categories { get; } = [];

    /// <summary>What may be done; nothing at first, for the same reason.</summary>
    public DelegateActs Acts { get; private set; }

    /// <summary>What it may be granted for.</summary>
    public HashSet<PurposeOfUse> Purposes { get; } = [PurposeOfUse.Treatment];

    /// <summary>How long.</summary>
    public int Days { get; set; } = Lengths[0];

    /// <summary>Whether it is more than one mandate can hold.</summary>
    public bool IsTooMuch => Connections.Count * Categories.Count > DelegateInvitation.MostSubjects;

    /// <summary>Whether somebody can be asked for it.</summary>
    public bool IsWhole => Connections.Count > 0 && Categories.Count > 0 && Acts != DelegateActs.None && Purposes.Count > 0 && !IsTooMuch;

    /// <summary>Chooses an act, or takes it back.</summary>
    public void Toggle(DelegateActs act) => Acts ^= act;

    /// <summary>Chooses, or takes back.</summary>
    public static void Toggle<T>(HashSet<T> chosen, T one)
    {
        if (!chosen.Remove(one))
        {
            chosen.Add(one);
        }
    }

    /// <summary>The scope, if it begins on this day.</summary>
    public DelegationScope ScopeOn(DateOnly today) => new([.. Connections.Order()], [.. Categories.Order()], Acts, [.. Purposes.Order()], today.AddDays(Days - 1));
}
