using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.App.Delegates;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

public sealed class DelegationChoiceTests
{
    private static readonly DateOnly Today = new(2026, 5, 4);

    [Test]
    public void Nothing_is_left_to_anybody_before_the_patient_chooses()
    {
        var choice = new DelegationChoice();
        Assert.That(choice.IsWhole, Is.False);
        choice.Connections.Add(0);
        choice.Categories.Add(Category.Laboratory);
        Assert.That(choice.IsWhole, Is.False, "they may do nothing");
        choice.Toggle(DelegateActs.SeeLog);
        Assert.That(choice.IsWhole, Is.True);
        DelegationChoice.Toggle(choice.Purposes, PurposeOfUse.Treatment);
        Assert.That(choice.IsWhole, Is.False, "there is no purpose");
    }

    [TestCase(4, 16, false)]
    [TestCase(5, 13, true)]
    public void A_mandate_holds_64_subjects(int connections, int categories, bool tooMuch)
    {
        var choice = new DelegationChoice();
        choice.Connections.UnionWith(Enumerable.Range(0, connections).Select(index => (uint)index));
        choice.Categories.UnionWith(Enum.GetValues<Category>().Take(categories));
        choice.Toggle(DelegateActs.Grant);
        Assert.That((choice.IsTooMuch, choice.IsWhole), Is.EqualTo((tooMuch, !tooMuch)));
    }

    [Test]
    public void The_scope_is_what_stands_on_the_screen()
    {
        var choice = new DelegationChoice { Days = 365 };
        choice.Connections.Add(3);
        choice.Categories.Add(Category.Laboratory);
        DelegationChoice.Toggle(choice.Purposes, PurposeOfUse.Research);
        choice.Toggle(DelegateActs.Grant);
        choice.Toggle(DelegateActs.End);
        choice.Toggle(DelegateActs.Grant);
        var scope = choice.ScopeOn(Today);
        Assert.That(scope.Relationships, Is.EqualTo(new[] { 3u }));
        Assert.That(scope.Categories, Is.EqualTo(new[] { Category.Laboratory }));
        Assert.That(scope.Acts, Is.EqualTo(DelegateActs.End));
        Assert.That(scope.Purposes, Is.EqualTo(new[] { PurposeOfUse.Research, PurposeOfUse.Treatment }));
        Assert.That(scope.Last, Is.EqualTo(new DateOnly(2027, 5, 3)));
    }

    [Test]
    public void The_longest_is_what_the_ledger_takes() => Assert.That(DelegationChoice.Lengths.Max(), Is.LessThanOrEqualTo(SubjectContract.MostDays).And.GreaterThan(SubjectContract.MostDays - 30));
}
