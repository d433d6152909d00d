using EhrLedger.Consent.Emergencies;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Emergencies;

public sealed class EmergencySealingTests
{
    private EmergencyStory _story = null!;

    [SetUp]
    public void Begin() => _story = new EmergencyStory();

    [Test]
    public void Two_of_three_custodians_give_the_key_that_opens_the_epochs()
    {
        var deposits = new[] { Consortium.Hospital, Consortium.Insurer }.Select(_story.DepositFor).ToList();
        var shares = new[] { (Consortium.Hospital, 0), (Consortium.Insurer, 2) }.Zip(deposits)
            .Select(pair => EmergencyShare.Open(pair.Second.SealedShare.Span, _story.Policy, pair.First.Item2, pair.First.Item1.SealingKey)!).ToList();
        using var key = XWingPrivateKey.FromSeed(Shamir.Join(shares)!);
        using var opened = EmergencyKeys.Open(key, _story.Policy, deposits[0].SealedKeys.Span)!;
        Assert.That(opened.Epochs.Single().SealingKey.HoldsSameSecretAs(_story.Care.Epochs[0].SealingKey));
        Assert.That(opened.Author, Is.EqualTo(Consortium.Hospital.Id));
        using var ours = EmergencyKeys.LogKeyOf(_story.LogKey, _story.Grant);
        using var theirs = opened.DeriveLogKey(_story.Grant);
        Assert.That(ours.HoldsSameSecretAs(theirs));
    }

    [Test]
    public void One_custodian_alone_has_nothing()
    {
        var seed = Shamir.Join([_story.Shares[0]])!;
        using var key = XWingPrivateKey.FromSeed(seed);
        Assert.That(EmergencyKeys.Open(key, _story.Policy, _story.DepositFor(Consortium.Hospital).SealedKeys.Span), Is.Null);
    }

    [Test]
    public void A_share_opens_for_its_custodian_place_and_policy_only()
    {
        var sealedShare = _story.DepositFor(Consortium.Insurer).SealedShare;
        Assert.That(EmergencyShare.Open(sealedShare.Span, _story.Policy, 2, Consortium.Insurer.SealingKey), Is.Not.Null);
        Assert.That(EmergencyShare.Open(sealedShare.Span, _story.Policy, 1, Consortium.Insurer.SealingKey), Is.Null);
        Assert.That(EmergencyShare.Open(sealedShare.Span, _story.Policy, 2, Consortium.Hospital.SealingKey), Is.Null);
        var first = _story.Policy;
        _story.SetPolicy(2);
        Assert.That(EmergencyShare.Open(sealedShare.Span, _story.Policy, 2, Consortium.Insurer.SealingKey), Is.Null, "the policy's number is bound");
        Assert.That(EmergencyShare.Open(EmergencyShare.Seal(_story.Shares[1], first, Consortium.Insurer.SealingKey.Public).AsSpan(), first, 2, Consortium.Insurer.SealingKey), Is.Null, "another's share");
    }

    [Test]
    public void A_deposit_opens_only_as_its_subject_has_signed_it()
    {
        var deposit = _story.DepositFor(Consortium.Insurer);
        var signed = deposit.Sign(_story.Care.Identity, CareStory.Genesis);
        Assert.That(EmergencyDeposit.Open(signed, subject => subject.Key, CareStory.Genesis)!.Encode(), Is.EqualTo(deposit.Encode()));
        Assert.That(EmergencyDeposit.Open(deposit.Sign(Consortium.Clinic.SigningKey, CareStory.Genesis), subject => subject.Key, CareStory.Genesis), Is.Null);
        Assert.That(EmergencyDeposit.Open(signed, subject => subject.Key, default), Is.Null);
    }

    [Test]
    public void A_release_opens_for_its_emergency_and_entry_only()
    {
        var (_, entry) = _story.Declare();
        var message = EmergencyRelease.Seal(_story.DepositFor(Consortium.Insurer).Sign(_story.Care.Identity, CareStory.Genesis), _story.Shares[2], _story.Keys.Answer.Public.ToArray(), entry.Digest)!;
        using var release = EmergencyRelease.Open(_story.Keys.Answer, entry.Digest, message)!;
        Assert.That(_story.Policy.Holds(release.Share));
        Assert.That(EmergencyRelease.Open(_story.Keys.Answer, default, message), Is.Null);
        Assert.That(EmergencyRelease.Open(Consortium.Insurer.SealingKey, entry.Digest, message), Is.Null);
        Assert.That(EmergencyRelease.Seal(new byte[10], _story.Shares[2], [.. Enumerable.Repeat((byte)0xff, 1216)], entry.Digest), Is.Null, "no valid key");
    }

    [Test]
    public void An_account_opens_for_the_wallet_and_its_emergency_only()
    {
        var account = new EmergencyAccount("fell", [new EmergencyPerson("Dr Li", "physician"), new EmergencyPerson("Wu", "nurse")]);
        var sealedAccount = account.Seal(_story.Policy, _story.Grant);
        Assert.That(EmergencyAccount.Open(_story.Key, _story.Grant, sealedAccount)!.Requesters.Select(person => person.Name), Is.EqualTo(new[] { "Dr Li", "Wu" }));
        Assert.That(EmergencyAccount.Open(_story.Key, new Dice(5).Grant(), sealedAccount), Is.Null);
        Assert.That(() => (account with { Note = new string('x', 501) }).Seal(_story.Policy, _story.Grant), Throws.ArgumentException);
        Assert.That(() => (account with { Requesters = [account.Requesters[0]] }).Seal(_story.Policy, _story.Grant), Throws.ArgumentException);
        Assert.That($"{account} {account.Requesters[0]}", Does.Not.Contain("Li").And.Not.Contain("fell"));
    }

    [Test]
    public void A_card_survives_its_text_and_opens_its_own_list()
    {
        using var card = new EmergencyCard(new Dice(9).SymmetricKey());
        using var other = new EmergencyCard(new Dice(10).SymmetricKey());
        var text = card.ToText();
        using var typed = EmergencyCard.TryParse(text.ToLowerInvariant().Insert(30, " ") + "\n")!;
        var list = new[] { _story.Care.Subject, new Dice(11).Subject() };
        Assert.That(typed.Identity.Public, Is.EqualTo(card.Identity.Public));
        Assert.That(typed.Open(card.Seal(list)), Is.EquivalentTo(list));
        Assert.That(card.Seal([]), Has.Length.EqualTo(card.Seal(list).Length), "few or many subjects look alike");
        Assert.That(other.Open(card.Seal(list)), Is.Null);
        Assert.That($"{card}", Is.EqualTo("EmergencyCard(redacted)"));
    }

    [Test]
    public void No_text_with_one_wrong_character_is_a_card()
    {
        using var card = new EmergencyCard(new Dice(9).SymmetricKey());
        var text = card.ToText();
        for (var at = 0; at < text.Length; at++)
        {
            Assert.That(EmergencyCard.TryParse(text[..at] + (text[at] == '7' ? '8' : '7') + text[(at + 1)..]), Is.Null, $"at {at}");
        }

        Assert.That(EmergencyCard.TryParse(null), Is.Null);
        Assert.That(EmergencyCard.TryParse(text[..^2]), Is.Null);
    }
}
