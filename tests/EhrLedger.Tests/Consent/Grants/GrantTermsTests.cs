using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Grants;

public sealed class GrantTermsTests
{
    private readonly Dice _dice = new(1);

    [Test]
    public void Refuses_the_future_of_single_records() => Assert.That(GrantTerms.TryParse((Terms([_dice.Record()]) with { Future = true }).Encode()), Is.Null);

    [Test]
    public void Refuses_epochs_in_the_wrong_order() => Assert.That(GrantTerms.TryParse((Terms(null) with { FirstEpoch = 2, LastEpoch = 1 }).Encode()), Is.Null);

    [Test]
    public void Refuses_terms_without_a_purpose() => Assert.That(GrantTerms.TryParse((Terms(null) with { Purposes = [] }).Encode()), Is.Null);

    [Test]
    public void Refuses_an_empty_list_of_single_records() => Assert.That(GrantTerms.TryParse(Terms([]).Encode()), Is.Null);

    [Test]
    public void Has_one_encoding_whatever_the_order()
    {
        var (a, b) = (_dice.Record(), _dice.Record());
        var terms = Terms([a, b]) with { Purposes = [PurposeOfUse.Treatment, PurposeOfUse.Payment] };
        Assert.That((terms with { Records = [b, a, b], Purposes = [PurposeOfUse.Payment, PurposeOfUse.Treatment] }).Encode(), Is.EqualTo(terms.Encode()));
    }

    [Test]
    public void Allows_the_purposes_that_it_names_and_no_narrower_one()
    {
        var terms = Terms(null) with { Purposes = [PurposeOfUse.Payment] };
        Assert.That((terms.Allows(PurposeOfUse.Payment), terms.Allows(PurposeOfUse.ClaimAttachment), terms.Allows(default)), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void Hides_equal_terms_behind_their_salts() => Assert.That(Terms(null).Digest, Is.Not.EqualTo((Terms(null) with { Salt = Salt.Generate() }).Digest));

    [TestCase("TREAT", ExpectedResult = true)]
    [TestCase("", ExpectedResult = false)]
    [TestCase(null, ExpectedResult = false)]
    [TestCase("treat", ExpectedResult = false)]
    [TestCase("TREAT ", ExpectedResult = false)]
    [TestCase("TREATTREATTREATTREATT", ExpectedResult = false)]
    public bool Reads_a_purpose(string? code) => PurposeOfUse.TryParse(code) is not null;

    [Test]
    public void Counts_days_from_1970_with_both_ends() => Assert.That(
        (DayRange.Of(new DateOnly(1970, 1, 2), new DateOnly(1970, 1, 31)), DayRange.Of(new DateOnly(1970, 1, 2), new DateOnly(1970, 1, 31)).Count),
        Is.EqualTo((new DayRange(1, 30), 30L)));

    private static GrantTerms Terms(IReadOnlyList<RecordId>? records) =>
        new(Salt.FromBytes(new byte[16]), new Dice(2).Subject(), 0, 1, [PurposeOfUse.Treatment], records, false);
}
