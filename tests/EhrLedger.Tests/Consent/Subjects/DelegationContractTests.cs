using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Subjects;

/// <summary>One test for each row of docs/contracts.md, Subjects, that is about delegations.</summary>
public sealed class DelegationContractTests : SubjectScene
{
    private static readonly DelegationId Id = DelegationId.FromBytes(new Dice(50).Bytes(16));

    private readonly Ed25519PrivateKey _carer = new Dice(51).SigningKey();

    [OneTimeTearDown]
    public void ForgetCarer() => _carer.Dispose();

    [Test]
    public void A_delegate_grants_and_ends_grants_in_its_own_name()
    {
        Delegate();
        var own = Granted();
        var body = Body();
        _ledger.Append(Acting.Grant(body, _ledger.ValidUntil));
        Assert.That(State.FindGrant(body.Id)!.Delegate!.Delegation, Is.EqualTo(Id));
        Assert.That(State.FindGrant(own.Id)!.Delegate, Is.Null);
        Assert.That(SubjectState.TryParse(State.Encode())!.Encode(), Is.EqualTo(State.Encode()));

        _ledger.Append(Acting.EndGrant(own.Id, _ledger.ValidUntil));
        _ledger.Append(Acting.EndGrant(body.Id, _ledger.ValidUntil));
        Assert.That(State.Grants, Is.Empty);
        Assert.That(State.Revoked, Is.EquivalentTo(new[] { own.Id, body.Id }));
        Assert.That(State.CurrentEpoch, Is.Zero, "a delegate has no key of the next epoch");
        Refuses(own, "grant-revoked");
    }

    [Test]
    public void Refuses_a_delegation_of_a_subject_that_was_not_opened()
    {
        using var key = new Dice(10).SigningKey();
        Refuses(new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest).Delegate(Named(), _ledger.ValidUntil), "subject-not-open");
    }

    [Test]
    public void Refuses_a_delegation_that_is_open()
    {
        Delegate();
        using var other = new Dice(52).SigningKey();
        Refuses(_entries.Delegate(Named() with { Key = other.Public }, _ledger.ValidUntil), "delegation-open-already");
    }

    [Test]
    public void Refuses_a_delegation_that_has_passed() => Refuses(_entries.Delegate(Named(last: _ledger.Today - 1), _ledger.ValidUntil), "delegation-days-passed");

    [Test]
    public void Refuses_a_delegation_of_more_than_ten_years()
    {
        Refuses(_entries.Delegate(Named(last: _ledger.Today + SubjectContract.MostDays), _ledger.ValidUntil), "delegation-days-too-many");
        _ledger.Append(_entries.Delegate(Named(last: _ledger.Today + SubjectContract.MostDays - 1), _ledger.ValidUntil));
    }

    [Test]
    public void Refuses_a_delegates_key_that_says_nothing()
    {
        Refuses(_entries.Delegate(Named() with { Key = _key.Public }, _ledger.ValidUntil), "delegation-key-used");
        Delegate();
        Refuses(_entries.Delegate(Named() with { Id = DelegationId.FromBytes(new byte[16]) }, _ledger.ValidUntil), "delegation-key-used");
    }

    [Test]
    public void Refuses_too_many_delegations()
    {
        for (var i = 0; i < SubjectState.MostDelegations; i++)
        {
            Assert.That(_ledger.TryAppend(_entries.Delegate(Numbered(i), _ledger.ValidUntil)), Is.Null);
        }

        Refuses(_entries.Delegate(Numbered(100), _ledger.ValidUntil), "delegations-too-many");
    }

    [TestCase(0)]
    [TestCase(8)]
    public void Refuses_acts_that_it_does_not_know(byte acts) => Refuses(_entries.Delegate(Named() with { Acts = (DelegateActs)acts }, _ledger.ValidUntil), "entry-body");

    [Test]
    public void Refuses_every_other_entry_that_a_delegate_has_signed()
    {
        Delegate();
        var (grant, reader) = GrantedTo();
        var acting = new ConsentEntries(_subject, _carer, Consortium.Genesis.Digest);
        using var another = new Dice(53).SigningKey();
        foreach (var entry in new[]
        {
            acting.Grant(Body(), _ledger.ValidUntil),
            acting.Extend(Extension(0, grant.Id), _ledger.ValidUntil),
            acting.Revoke(new Revoked(grant.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil),
            acting.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil),
            acting.ReplaceKey(another, _ledger.ValidUntil),
            acting.SetEmergencyPolicy(new EmergencyPolicySet(1, new EmergencyRule(Digest.Of("policy"u8), 0, ["hospital"])), _ledger.ValidUntil),
            acting.Dispute(new EmergencyDisputed(grant.Id, DisputeGround.NoEmergency), _ledger.ValidUntil),
            acting.Erase(new Erased(Digest.Of("a record"u8), default), _ledger.ValidUntil),
            acting.Delegate(Named() with { Id = DelegationId.FromBytes(new byte[16]), Key = another.Public }, _ledger.ValidUntil),
            acting.EndDelegation(Id, new SubjectsEnding(1, Digest.Of("epoch 1"u8), true), _ledger.ValidUntil),
            Access(26, grant.Id, _carer),
            Access(27, grant.Id, _carer),
        })
        {
            Assert.That(_ledger.TryAppend(entry), Is.EqualTo("entry-signature"), entry.Type.ToString());
        }

        reader.Dispose();
    }

    [Test]
    public void Refuses_what_the_subjects_own_key_signs_as_a_delegate()
    {
        Delegate();
        var forged = new DelegateEntries(_subject, Id, _key, Consortium.Genesis.Digest);
        Refuses(forged.Grant(Body(), _ledger.ValidUntil), "entry-signature");
        Refuses(forged.EndGrant(Granted().Id, _ledger.ValidUntil), "entry-signature");
        Refuses(forged.Leave(_ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_a_stranger_and_a_delegate_of_another_delegation()
    {
        Delegate();
        using var other = new Dice(54).SigningKey();
        var others = DelegationId.FromBytes(new Dice(55).Bytes(16));
        Refuses(new DelegateEntries(_subject, Id, other, Consortium.Genesis.Digest).Grant(Body(), _ledger.ValidUntil), "entry-signature");
        _ledger.Append(_entries.Delegate(Named() with { Id = others, Key = other.Public }, _ledger.ValidUntil));
        Refuses(new DelegateEntries(_subject, Id, other, Consortium.Genesis.Digest).Grant(Body(), _ledger.ValidUntil), "entry-signature");
        Refuses(new DelegateEntries(_subject, others, _carer, Consortium.Genesis.Digest).Grant(Body(), _ledger.ValidUntil), "entry-signature");
        Refuses(new DelegateEntries(_subject, Id, other, Consortium.Genesis.Digest).Leave(_ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void A_subject_that_has_delegated_nothing_knows_no_delegate()
    {
        using var key = new Dice(56).SigningKey();
        var other = new SubjectId(key.Public);
        _ledger.Append(new ConsentEntries(other, key, Consortium.Genesis.Digest).Open(new SubjectOpened(Consortium.Hospital.Id, 0, Digest.Of("another"u8)), _ledger.ValidUntil));
        Delegate();
        Refuses(new DelegateEntries(other, Id, _carer, Consortium.Genesis.Digest).Grant(Body(), _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_an_act_that_is_not_delegated()
    {
        Delegate(DelegateActs.End | DelegateActs.SeeLog);
        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "delegation-act");
        _ledger.Append(_entries.EndDelegation(Id, new SubjectsEnding(1, Digest.Of("epoch 1"u8), false), _ledger.ValidUntil));
        Delegate(DelegateActs.Grant | DelegateActs.SeeLog);
        Refuses(Acting.EndGrant(Granted().Id, _ledger.ValidUntil), "delegation-act");
    }

    [Test]
    public void Refuses_a_grant_that_outlasts_the_delegation()
    {
        Delegate(last: _ledger.Today + 10);
        Refuses(Acting.Grant(Body(last: _ledger.Today + 11), _ledger.ValidUntil), "delegation-days");
        _ledger.Append(Acting.Grant(Body(last: _ledger.Today + 10), _ledger.ValidUntil));
    }

    [Test]
    public void Refuses_anything_after_the_last_day()
    {
        Delegate(last: _ledger.Today + 1);
        var grant = Granted();
        _ledger.Now += TimeSpan.FromDays(1);
        _ledger.Append(Acting.Grant(Body(last: _ledger.Today), _ledger.ValidUntil));
        _ledger.Now += TimeSpan.FromDays(1);
        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "delegation-not-open");
        Refuses(Acting.EndGrant(grant.Id, _ledger.ValidUntil), "delegation-not-open");
        Refuses(Acting.Leave(_ledger.ValidUntil), "delegation-not-open");
        Granted();
        Assert.That(State.Delegations, Is.Empty);
        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void A_delegates_grant_is_held_to_the_rules_of_every_grant()
    {
        Delegate();
        var grant = Granted();
        Refuses(Acting.Grant(grant, _ledger.ValidUntil), "grant-open-already");
        Refuses(Acting.Grant(Body(first: _ledger.Today + 2, last: _ledger.Today + 1), _ledger.ValidUntil), "grant-days-reversed");
        Refuses(Acting.Grant(Body(first: _ledger.Today - 2, last: _ledger.Today - 1), _ledger.ValidUntil), "grant-days-passed");
        Refuses(Acting.Grant(Body() with { ReaderKey = grant.ReaderKey }, _ledger.ValidUntil), "grant-reader-key-used");
    }

    [Test]
    public void Leaves_room_for_the_patients_own_grants()
    {
        Delegate();
        for (var i = 0; i < SubjectState.MostGrantsOfDelegate; i++)
        {
            Assert.That(_ledger.TryAppend(Acting.Grant(Body(), _ledger.ValidUntil)), Is.Null);
        }

        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "delegation-grants-too-many");
        Granted();
    }

    [Test]
    public void Leaves_room_for_what_the_patient_keeps_out()
    {
        Delegate();
        var full = State.With(revoked: [.. Enumerable.Range(0, SubjectState.MostEpochs / 2).Select(i => new Dice(9000 + i).Grant())]);
        var grant = Granted();
        full = full.With(grants: State.Grants);
        Assert.That(Evaluate(new SubjectContract(Consortium.Genesis.Digest), full, Acting.EndGrant(grant.Id, _ledger.ValidUntil)), Is.EqualTo("revocations-too-many"));
        Assert.That(Evaluate(new SubjectContract(Consortium.Genesis.Digest), full, _entries.Revoke(new Revoked(new Dice(1).Grant(), 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil)), Is.Null);
    }

    [Test]
    public void Refuses_to_end_what_is_no_open_grant()
    {
        Delegate();
        Refuses(Acting.EndGrant(new Dice(60).Grant(), _ledger.ValidUntil), "grant-not-open");
        var emergency = new Dice(61).Grant();
        var open = new OpenGrant(emergency, new Dice(62).SigningKey().Public, default, new DayRange(0, uint.MaxValue), default, 1, null) { Emergency = new OpenEmergency(Consortium.Clinic.Id, ulong.MaxValue, 1) };
        var treated = State.With(grants: State.Grants.Add(emergency, open));
        Assert.That(Evaluate(new SubjectContract(Consortium.Genesis.Digest), treated, Acting.EndGrant(emergency, _ledger.ValidUntil)), Is.EqualTo("grant-not-open"));
    }

    [Test]
    public void Whoever_leaves_leaves_the_grants_and_the_epoch_as_they_are()
    {
        Delegate();
        var body = Body();
        _ledger.Append(Acting.Grant(body, _ledger.ValidUntil));
        _ledger.Append(Acting.Leave(_ledger.ValidUntil));
        Assert.That((State.Delegations.Count, State.CurrentEpoch, State.FindGrant(body.Id)!.Delegate!.Delegation), Is.EqualTo((0, 0u, Id)), "what for it may be used stays with the grant");
        Assert.That(SubjectState.TryParse(State.Encode())!.Encode(), Is.EqualTo(State.Encode()));
        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "entry-signature");
        _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Assert.That(State.Encode()[1], Is.EqualTo(1), "nothing of it is left in the state");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_subject_ends_it_with_the_epoch_and_with_its_grants_or_without(bool withGrants)
    {
        Delegate();
        var (body, own) = (Body(), Granted());
        _ledger.Append(Acting.Grant(body, _ledger.ValidUntil));
        _ledger.Append(_entries.EndDelegation(Id, new SubjectsEnding(1, Digest.Of("epoch 1"u8), withGrants), _ledger.ValidUntil));
        Assert.That((State.Delegations.Count, State.CurrentEpoch), Is.EqualTo((0, 1u)));
        Assert.That(State.FindGrant(own.Id), Is.Not.Null);
        Assert.That(State.FindGrant(body.Id) is null, Is.EqualTo(withGrants));
        Assert.That(State.Revoked.Contains(body.Id), Is.EqualTo(withGrants));
        Refuses(Acting.Grant(Body(), _ledger.ValidUntil), "entry-signature");
        Refuses(Acting.EndGrant(own.Id, _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_to_end_what_is_not_open() =>
        Refuses(_entries.EndDelegation(Id, new SubjectsEnding(1, Digest.Of("epoch 1"u8), false), _ledger.ValidUntil), "delegation-not-open");

    [Test]
    public void Refuses_an_ending_that_does_not_take_the_next_epoch()
    {
        Delegate();
        Refuses(_entries.EndDelegation(Id, new SubjectsEnding(2, Digest.Of("epoch 1"u8), false), _ledger.ValidUntil), "epoch-not-next");
        Refuses(_entries.EndDelegation(Id, new SubjectsEnding(1, Digest.Of("epoch 0"u8), false), _ledger.ValidUntil), "epoch-key-used");
    }

    [Test]
    public void Refuses_bodies_that_are_none()
    {
        Refuses(Entry.Sign(ConsentEntryTypes.Delegated, _subject.Topic, new byte[] { 1 }, _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-body");
        foreach (var type in new[] { ConsentEntryTypes.DelegationEnded, ConsentEntryTypes.DelegateGranted, ConsentEntryTypes.DelegateEndedGrant })
        {
            Refuses(Entry.Sign(type, _subject.Topic, new byte[] { 1 }, _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-signature");
        }
    }

    [Test]
    public void The_memo_opens_for_the_wallet_alone_and_tells_nothing_by_its_size()
    {
        using var memos = new MemoKey(new Dice(20).SymmetricKey());
        using var others = new MemoKey(new Dice(21).SymmetricKey());
        using var sealing = new Dice(22).SealingKey();
        var memo = new DelegationMemo(new Dice(23).Salt(), 3, sealing.Public, "Ann");
        var body = Named() with { Memo = memos.Seal(Id, memo) };
        Assert.That(memos.OpenDelegation(body)!.Name, Is.EqualTo("Ann"));
        Assert.That(others.OpenDelegation(body), Is.Null);
        Assert.That(memos.OpenDelegation(body with { Id = DelegationId.FromBytes(new byte[16]) }), Is.Null);
        Assert.That(memos.Seal(Id, memo with { Name = new string('x', 100) }), Has.Length.EqualTo(body.Memo.Length));
    }

    [Test]
    public void No_two_subjects_delegations_of_one_mandate_have_anything_in_common()
    {
        using var one = new MemoKey(new Dice(20).SymmetricKey());
        using var other = new MemoKey(new Dice(21).SymmetricKey());
        var mandate = new MandateId(_carer.Public);
        using var again = new MemoKey(new Dice(20).SymmetricKey());
        Assert.That(one.DelegationOf(mandate), Is.EqualTo(again.DelegationOf(mandate)));
        Assert.That(one.DelegationOf(mandate), Is.Not.EqualTo(other.DelegationOf(mandate)));
    }

    private DelegateEntries Acting => new(_subject, Id, _carer, Consortium.Genesis.Digest);

    private Delegated Named(DelegateActs acts = DelegateActs.Grant | DelegateActs.End, uint? last = null) =>
        new(Id, _carer.Public, acts, [PurposeOfUse.Treatment], last ?? (_ledger.Today + 365), new byte[20]);

    private Delegated Numbered(int number)
    {
        using var key = new Dice(5000 + number).SigningKey();
        return Named() with { Id = DelegationId.FromBytes(new Dice(6000 + number).Bytes(16)), Key = key.Public };
    }

    private void Delegate(DelegateActs acts = DelegateActs.Grant | DelegateActs.End, uint? last = null) => _ledger.Append(_entries.Delegate(Named(acts, last), _ledger.ValidUntil));
}
