using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Grants;

public sealed class MemoKeyTests
{
    private static readonly GrantId Grant = new Dice(1).Grant();
    private static readonly GrantMemo Memo = new(new Dice(2).Organisation(), Category.MentalHealth, new Dice(3).Terms(), new Dice(4).SealingKey().Public, new byte[300]);

    private readonly MemoKey _key = new(new Dice(5).SymmetricKey());

    [OneTimeTearDown]
    public void Forget() => _key.Dispose();

    [Test]
    public void Opens_what_the_same_phrase_sealed()
    {
        using var restored = new MemoKey(new Dice(5).SymmetricKey());
        Assert.That(restored.Open(Grant, _key.Seal(Grant, Memo))!.Encode(), Is.EqualTo(Memo.Encode()));
    }

    [Test]
    public void Opens_an_extensions_memo() => Assert.That(_key.OpenExtension(Grant, _key.Seal(Grant, new ExtensionMemo(4))), Is.EqualTo(new ExtensionMemo(4)));

    [Test]
    public void Keeps_a_memo_from_another_wallet()
    {
        using var other = new MemoKey(new Dice(6).SymmetricKey());
        Assert.That(other.Open(Grant, _key.Seal(Grant, Memo)), Is.Null);
    }

    [Test]
    public void Keeps_a_memo_from_another_grant() => Assert.That(_key.Open(new Dice(7).Grant(), _key.Seal(Grant, Memo)), Is.Null);

    [Test]
    public void Takes_no_extensions_memo_for_a_grants() => Assert.That(_key.Open(Grant, _key.Seal(Grant, new ExtensionMemo(4))), Is.Null);

    [TestCase(0)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(40)]
    public void Refuses_bytes_that_are_no_memo(int length) => Assert.That(_key.Open(Grant, new byte[length]), Is.Null);

    [Test]
    public void Fits_into_an_entry_with_as_many_single_records_as_a_grant_may_have()
    {
        var terms = new Dice(3).Terms() with { Records = [.. Enumerable.Range(0, GrantTerms.MostRecords).Select(_ => RecordId.Generate())], Future = false };
        var memo = _key.Seal(Grant, Memo with { Terms = terms, Statement = new byte[3072] });
        Assert.That(_key.Open(Grant, memo), Is.Not.Null);
        Assert.That(memo, Has.Length.LessThanOrEqualTo(GrantBody.LargestMemo));

        var story = new CareStory();
        var body = new GrantBody(Grant, story.Identity.Public, default, new DayRange(uint.MaxValue, uint.MaxValue), default, default, new byte[GrantBody.LargestMemo]);
        Assert.That(story.Entries.Grant(body, story.Ledger.ValidUntil).SignedBytes.Length, Is.LessThanOrEqualTo(Entry.LargestSize));
    }

    [Test]
    public void Fits_the_keys_of_the_largest_statement()
    {
        var keys = Enumerable.Range(0, ReaderKeyStatement.MostKeys).Select(i => new ReaderKeyPair(new Dice(i).SigningKey().Public, default)).ToList();
        var statement = ReaderKeyStatement.Sign(keys, new string('a', 200), DateTimeOffset.UnixEpoch, Consortium.Clinic.SigningKey, CareStory.Genesis);
        Assert.That(statement.SignedBytes.Length, Is.LessThanOrEqualTo(3072));
    }

    [Test]
    public void Gives_every_grant_another_log_key()
    {
        using var one = _key.DeriveLogKey(Grant);
        using var same = _key.DeriveLogKey(Grant);
        using var other = _key.DeriveLogKey(new Dice(7).Grant());
        Assert.That((one.HoldsSameSecretAs(same), one.HoldsSameSecretAs(other)), Is.EqualTo((true, false)));
    }
}
