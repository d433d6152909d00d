using EhrLedger.Consent.Recovery;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Recovery;

/// <summary>One test for each row of docs/contracts.md, Recoveries.</summary>
public sealed class RecoveryContractTests : RecoveryScene
{
    [Test]
    public void Sets_guardians_replaces_them_and_switches_off()
    {
        SetUp();
        Assert.That((State.LastNumber, State.Rule!.Threshold, State.Rule.Hours), Is.EqualTo((1u, 2, Hours)));
        SetUp(2);
        Assert.That(State.Rule!.Plan, Is.EqualTo(Rule(2).Plan));
        _ledger.Append(Setting(3, null));
        Assert.That((State.LastNumber, State.Rule), Is.EqualTo((3u, (GuardianRule?)null)));
    }

    [Test]
    public void Refuses_a_set_up_or_a_veto_that_another_key_signed()
    {
        var stranger = new RecoveryEntries(_id, _guardians[0], Genesis);
        Refuses(stranger.Set(new GuardiansSet(1, Rule()), _ledger.ValidUntil), "entry-signature");
        SetUp();
        Requested();
        Refuses(stranger.Veto(new RecoveryVetoed(1, _request.Public), _ledger.ValidUntil), "entry-signature");
    }

    [TestCase(0u)]
    [TestCase(1u)]
    [TestCase(3u)]
    public void Refuses_a_set_up_that_is_not_the_next(uint number)
    {
        SetUp();
        Refuses(Setting(number, Rule()), "recovery-number");
    }

    [Test]
    public void Refuses_a_set_up_after_the_last_number()
    {
        var full = new RecoveryState(uint.MaxValue, null, []);
        Assert.That(Evaluate(full, Setting(0, Rule())), Is.EqualTo("recovery-number"));
    }

    [Test]
    public void Refuses_to_switch_off_what_is_not_set()
    {
        Refuses(Setting(1, null), "recovery-not-set");
        SetUp();
        _ledger.Append(Setting(2, null));
        Refuses(Setting(3, null), "recovery-not-set");
    }

    [TestCase(0, 3)]
    [TestCase(1, 3)]
    [TestCase(4, 3)]
    [TestCase(2, 1)]
    [TestCase(1, 1)]
    public void Refuses_a_threshold_below_two_or_above_the_number_of_guardians(int threshold, int guardians) =>
        Refuses(Setting(1, Rule(threshold: threshold, guardians: guardians)), "recovery-threshold");

    [TestCase(2, 2)]
    [TestCase(3, 3)]
    public void Takes_a_threshold_of_all(int threshold, int guardians) => _ledger.Append(Setting(1, Rule(threshold: threshold, guardians: guardians)));

    [TestCase(23)]
    [TestCase(0)]
    [TestCase(721)]
    public void Refuses_a_waiting_time_that_is_shorter_than_the_genesis_says_or_longer_than_thirty_days(int hours) => Refuses(Setting(1, Rule(hours: hours)), "recovery-hours");

    [TestCase(24)]
    [TestCase(720)]
    public void Takes_the_shortest_and_the_longest_waiting_time(int hours) => _ledger.Append(Setting(1, Rule(hours: hours)));

    [Test]
    public void Opens_a_request_and_says_when_it_may_be_answered()
    {
        SetUp();
        var index = Requested();
        var from = (ulong)_ledger.Now.AddHours(Hours).ToUnixTimeMilliseconds();
        Assert.That(State.Open.Single(), Is.EqualTo(new OpenRecovery(_request.Public, _answer.Public.Digest, index, from, from + RecoveryContract.AnsweredFor)));
    }

    [Test]
    public void Takes_a_request_that_more_guardians_approve_than_have_to()
    {
        SetUp();
        _ledger.Append(Request(Approval(0), Approval(1), Approval(2)));
    }

    [Test]
    public void Refuses_a_request_without_a_set_up_or_under_another_than_the_one_in_force()
    {
        Refuses(Request(Approval(0), Approval(1)), "recovery-set-up");
        SetUp();
        SetUp(2);
        Refuses(Request(Approval(0), Approval(1)), "recovery-set-up");
        _ledger.Append(Setting(3, null));
        Refuses(Request(3, [Approval(0, 3), Approval(1, 3)]), "recovery-set-up");
    }

    [Test]
    public void Refuses_a_request_that_is_open()
    {
        SetUp();
        Requested();
        Refuses(Request(Approval(0), Approval(1)), "recovery-open-already");
    }

    [Test]
    public void Refuses_a_request_that_its_own_key_has_not_signed()
    {
        SetUp();
        Refuses(_entries.Request(new RecoveryRequested(1, _request.Public, _answer.Public.Digest, [Approval(0), Approval(1)]), _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_a_fifth_open_request()
    {
        SetUp();
        for (var i = 0; i < 5; i++)
        {
            using var key = new Dice(80 + i).SigningKey();
            var entry = Request(1, [Approval(0, request: key.Public), Approval(1, request: key.Public)], key);
            Assert.That(_ledger.TryAppend(entry), Is.EqualTo(i < 4 ? null : "recoveries-too-many"));
        }
    }

    [Test]
    public void Refuses_too_few_approvals()
    {
        SetUp();
        Refuses(Request(Approval(1)), "recovery-approvals");
    }

    [Test]
    public void Refuses_the_same_guardian_twice()
    {
        SetUp();
        Refuses(Request(Approval(1), Approval(1)), "entry-signature");
        Refuses(Request(Approval(2), Approval(1)), "entry-signature");
        Refuses(Request(Approval(1), Approval(1) with { Guardian = 2 }), "recovery-approvals");
    }

    [Test]
    public void Refuses_an_approval_of_nobody_and_one_for_something_else()
    {
        SetUp();
        using var other = new Dice(90).SigningKey();
        Refuses(Request(Approval(0), Approval(1) with { Guardian = 3 }), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1) with { Signature = new byte[64] }), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1, request: other.Public)), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1, answer: default(EhrLedger.Crypto.Digest))), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1, recovery: new RecoveryId(other.Public))), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1, genesis: default(EhrLedger.Crypto.Digest))), "recovery-approvals");
        Refuses(Request(Approval(0), Approval(1, number: 2)), "recovery-approvals");
        var later = Approval(1);
        Refuses(Request(Approval(0), later with { Until = later.Until + 1 }), "recovery-approvals");
    }

    [Test]
    public void Refuses_approvals_that_have_expired_or_would_hold_for_more_than_seven_days()
    {
        SetUp();
        Refuses(Request(Approval(0), Approval(1, until: Seconds - 1)), "recovery-approval-time");
        Refuses(Request(Approval(0), Approval(1, until: Seconds + (7 * 86_400) + 1)), "recovery-approval-time");
        _ledger.Append(Request(Approval(0, until: Seconds), Approval(1, until: Seconds + (7 * 86_400))));
    }

    [Test]
    public void Ends_the_set_up_with_a_veto_so_that_no_approval_counts_any_more()
    {
        SetUp();
        Requested();
        _ledger.Append(Veto());
        Assert.That((State.LastNumber, State.Rule, State.Open.Length), Is.EqualTo((1u, (GuardianRule?)null, 0)));
        Refuses(Request(Approval(0), Approval(1)), "recovery-set-up");
        SetUp(2);
        Refuses(Request(2, [Approval(0), Approval(1)]), "recovery-approvals");
        _ledger.Append(Request(2, [Approval(0, 2), Approval(1, 2)]));
    }

    [Test]
    public void Refuses_a_veto_of_what_is_not_open()
    {
        SetUp();
        Refuses(Veto(), "recovery-unknown");
        Requested();
        Refuses(Veto(request: _key.Public), "recovery-unknown");
        Refuses(Veto(2), "recovery-unknown");
        _ledger.Append(Veto());
        Refuses(Veto(), "recovery-unknown");
    }

    [Test]
    public void Ends_open_requests_with_their_set_up()
    {
        SetUp();
        Requested();
        SetUp(2);
        Assert.That(State.Open, Is.Empty);
    }

    [Test]
    public void Drops_what_has_lapsed_and_its_approvals_with_it()
    {
        SetUp();
        var old = new[] { Approval(0), Approval(1) };
        Requested();
        _ledger.Now += TimeSpan.FromHours(Hours) + TimeSpan.FromMilliseconds(RecoveryContract.AnsweredFor);
        Refuses(Veto(), "recovery-unknown");
        Refuses(Request(1, old), "recovery-approval-time");
        _ledger.Append(Request(Approval(0), Approval(1)));
        Assert.That(State.Open, Has.Length.EqualTo(1));
    }

    [Test]
    public void Refuses_what_is_no_such_body_and_any_other_type()
    {
        SetUp();
        Refuses(Entry.Sign(RecoveryEntryTypes.GuardiansSet, _id.Topic, [0x80], _ledger.ValidUntil, _key, Genesis), "entry-body");
        Refuses(Entry.Sign(RecoveryEntryTypes.RecoveryVetoed, _id.Topic, [0x80], _ledger.ValidUntil, _key, Genesis), "entry-body");
        Refuses(Entry.Sign(new EntryType(20), _id.Topic, [0x80], _ledger.ValidUntil, _key, Genesis), "entry-type-unknown");
    }

    [Test]
    public void Is_total_whatever_time_a_leaf_says()
    {
        SetUp();
        var approvals = new[] { Approval(0, until: ulong.MaxValue / 1000), Approval(1, until: ulong.MaxValue / 1000) };
        var verdict = new RecoveryContract(Consortium.Genesis).Evaluate(State, Request(1, approvals), new Moment(9, ulong.MaxValue, 9), Members.Of(Consortium.Genesis));
        Assert.That(((RecoveryState)((Verdict.Accepted)verdict).State).Open.Single().Until, Is.EqualTo(ulong.MaxValue));
    }

    private string? Evaluate(RecoveryState state, Entry entry) =>
        new RecoveryContract(Consortium.Genesis).Evaluate(state, entry, new Moment(_ledger.Size, (ulong)_ledger.Now.ToUnixTimeMilliseconds(), 5), Members.Of(Consortium.Genesis)) is Verdict.Rejected(var reason)
            ? reason.Code
            : null;
}
