using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Sharing;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

public sealed class ShareChoiceTests
{
    private static readonly DateOnly Today = new(2026, 5, 4);

    [Test]
    public void Nothing_is_chosen_before_the_patient_chooses()
    {
        var choice = new ShareChoice();
        Assert.That(choice.IsWhole, Is.False);
        choice.Toggle(Category.Laboratory);
        Assert.That(choice.IsWhole, Is.True);
        choice.Toggle(Category.Laboratory);
        Assert.That(choice.IsWhole, Is.False);
    }

    [TestCase(1, "2026-05-04")]
    [TestCase(30, "2026-06-02")]
    public void The_first_day_counts(int days, string last) =>
        Assert.That(new ShareChoice { Days = days }.LastDay(Today), Is.EqualTo(DateOnly.Parse(last, System.Globalization.CultureInfo.InvariantCulture)));

    [Test]
    public void The_order_is_what_stands_on_the_screen()
    {
        var choice = new ShareChoice { Purpose = PurposeOfUse.Research, Days = 1, Future = false };
        choice.Toggle(Category.Laboratory);
        choice.Toggle(Category.Medications);
        using var key = Ed25519PrivateKey.Generate();
        var order = choice.OrderFor(3, new AccessInvitation(new OrganisationId(key.Public), new byte[16]), Today);
        Assert.Multiple(() =>
        {
            Assert.That(order.Relationship, Is.EqualTo(3));
            Assert.That(order.Categories, Is.EqualTo(new[] { Category.Medications, Category.Laboratory }));
            Assert.That(order.Purposes, Is.EqualTo(new[] { PurposeOfUse.Research }));
            Assert.That(order.Last, Is.EqualTo(Today));
            Assert.That(order.Future, Is.False);
        });
    }
}
