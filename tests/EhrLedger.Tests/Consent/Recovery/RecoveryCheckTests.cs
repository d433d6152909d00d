using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Recovery;

/// <summary>One test for each condition of the custodian in a recovery; the insurer decides.</summary>
public sealed class RecoveryCheckTests : RecoveryScene
{
    private ulong _index;

    [SetUp]
    public void A_recovery_is_asked_for_and_the_waiting_time_is_over()
    {
        SetUp();
        _index = Requested();
        _ledger.Now += TimeSpan.FromHours(Hours) + TimeSpan.FromSeconds(1);
    }

    [Test]
    public void Releases_when_the_waiting_time_is_over_for_thirty_days()
    {
        var released = new RecoveryDecision.Released(Rule().Plan, _ledger.FindEffective(_index)!.Entry.Digest);
        Assert.That(Decide(Ask()), Is.EqualTo(released));
        _ledger.Now += TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1_001);
        Assert.That(Decide(Ask()), Is.EqualTo(released));
        _ledger.Now += TimeSpan.FromMilliseconds(1);
        Denies(Ask(), AccessDenial.RecoveryEnded);
    }

    [Test]
    public void Denies_before_the_waiting_time_is_over()
    {
        _ledger.Now -= TimeSpan.FromMilliseconds(1_001);
        Denies(Ask(), AccessDenial.RecoveryWaits);
    }

    [Test]
    public void Denies_while_the_quorum_s_clock_is_not_past_the_waiting_time_whatever_its_own_says()
    {
        _ledger.CheckpointAge = TimeSpan.FromMilliseconds(1_001);
        Denies(Ask(), AccessDenial.RecoveryWaits);
        _ledger.CheckpointAge = TimeSpan.FromMilliseconds(1_000);
        Assert.That(Decide(Ask()), Is.InstanceOf<RecoveryDecision.Released>());
    }

    [Test]
    public void Denies_after_a_veto_final_or_not()
    {
        _ledger.FinalSize = _ledger.Size;
        _ledger.Append(Veto());
        Denies(Ask(), AccessDenial.RecoveryEnded);
    }

    [Test]
    public void Denies_after_the_set_up_was_replaced_or_switched_off()
    {
        SetUp(2);
        Denies(Ask(), AccessDenial.RecoveryEnded);
        _ledger.Append(Setting(3, null));
        Denies(Ask(), AccessDenial.RecoveryEnded);
    }

    [Test]
    public void Denies_an_entry_of_before_a_request_with_the_same_key_was_made_again()
    {
        SetUp(2);
        _ledger.Append(Request(2, [Approval(0, 2), Approval(1, 2)]));
        _ledger.Now += TimeSpan.FromHours(Hours) + TimeSpan.FromSeconds(1);
        Denies(Ask(), AccessDenial.RecoveryEnded);
    }

    [Test]
    public void Denies_on_an_entry_that_is_not_final_does_not_exist_or_is_another()
    {
        Denies(Ask(_index - 1), AccessDenial.NoSuchEntry);
        Denies(Ask(_index + 1), AccessDenial.NoSuchEntry);
        _ledger.FinalSize = _index;
        Denies(Ask(), AccessDenial.EntryNotFinal);
    }

    [Test]
    public void Denies_on_a_request_with_too_few_approvals_that_stands_in_the_log_all_the_same()
    {
        using var other = Ed25519PrivateKey.Generate();
        var index = _ledger.AppendWithoutEffect(Request(1, [Approval(0, request: other.Public)], other));
        Denies(Ask(index, key: other), AccessDenial.NoSuchEntry);
    }

    [Test]
    public void Denies_a_request_to_another_custodian_an_old_one_and_while_its_own_copy_is_old()
    {
        Denies(Ask(custodian: Consortium.Hospital.Id), AccessDenial.OtherAddressee);
        var request = Ask();
        _ledger.Now += TimeSpan.FromSeconds(121);
        Denies(request, AccessDenial.RequestNotFresh);
        _ledger.CheckpointAge = TimeSpan.FromSeconds(31);
        Denies(Ask(), AccessDenial.ReplicaStale);
    }

    [Test]
    public void Denies_another_key_and_another_answer_key()
    {
        using var other = Ed25519PrivateKey.Generate();
        using var answer = XWingPrivateKey.Generate();
        Denies(Ask(key: other), AccessDenial.BadSignature);
        Denies(Ask(answer: answer.Public), AccessDenial.OtherAnswerKey);
    }

    private RecoveryDecision Decide(RecoveryReleaseRequest request) => new RecoveryCheck(Consortium.Insurer.Id, Genesis).Decide(request, _ledger, _ledger.Now);

    private void Denies(RecoveryReleaseRequest request, AccessDenial denial) => Assert.That(Decide(request), Is.EqualTo(new RecoveryDecision.Denied(denial)));

    private RecoveryReleaseRequest Ask(ulong? index = null, OrganisationId? custodian = null, Ed25519PrivateKey? key = null, XWingPublicKey? answer = null) =>
        RecoveryReleaseRequest.Sign(index ?? _index, custodian ?? Consortium.Insurer.Id, key ?? _request, answer ?? _answer.Public, _ledger.Now, Genesis);
}
