using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
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
    public void Fits_the_largest_memo_that_an_entry_takes()
    {
        var largest = Memo with { Statement = new byte[8192] };
        Assert.That(_key.Seal(Grant, largest), Has.Length.LessThanOrEqualTo(GrantBody.LargestMemo));
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
