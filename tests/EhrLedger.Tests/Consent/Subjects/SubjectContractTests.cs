using System.Collections.Immutable;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Subjects;

/// <summary>One test for each row of docs/contracts.md, Subjects, but for those about emergencies: <see cref="EmergencyContractTests"/>.</summary>
public sealed class SubjectContractTests : SubjectScene
{
    [Test]
    public void Opens_a_subject_with_its_organisation_and_epoch() => Assert.Multiple(() =>
    {
        Assert.That(State.Organisation, Is.EqualTo(Consortium.Hospital.Id));
        Assert.That(State.Key, Is.EqualTo(_key.Public));
        Assert.That(State.CurrentEpoch, Is.Zero);
    });

    [Test]
    public void Opens_a_subject_in_a_later_epoch()
    {
        using var key = new Dice(8).SigningKey();
        var entries = new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest);
        var index = _ledger.Append(entries.Open(new SubjectOpened(Consortium.Hospital.Id, 3, Digest.Of("epoch 3"u8)), _ledger.ValidUntil));
        var state = _ledger.FindSubject(new SubjectId(key.Public))!;
        Assert.Multiple(() =>
        {
            Assert.That(state.CurrentEpoch, Is.EqualTo(3));
            Assert.That(state.EpochHoldsAt(2, index - 1), Is.True, "Epochs before the subject appeared ended when it did.");
            Assert.That(state.EpochHoldsAt(2, index), Is.False);
            Assert.That(state.EpochHoldsAt(0, index), Is.False);
            Assert.That(state.EpochHoldsAt(3, index), Is.True);
            Assert.That(state.EpochHoldsAt(4, index), Is.False);
            Assert.That(state.EpochEndedBefore(2, index), Is.True);
            Assert.That(state.EpochEndedBefore(3, index), Is.False);
            Assert.That(state.EpochEndedBefore(4, index), Is.False, "One that has not begun has not ended.");
        });
    }

    [Test]
    public void Refuses_to_open_a_subject_twice() =>
        Refuses(_entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, Digest.Of("again"u8)), _ledger.ValidUntil), "subject-open-already");

    [Test]
    public void Refuses_a_subject_of_an_organisation_that_is_no_member()
    {
        using var key = new Dice(8).SigningKey();
        var entries = new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest);
        Refuses(entries.Open(new SubjectOpened(Consortium.Stranger.Id, 0, default), _ledger.ValidUntil), "subject-organisation");
    }

    [Test]
    public void Refuses_a_subject_that_leaves_no_room_for_epochs()
    {
        using var key = new Dice(8).SigningKey();
        var entries = new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest);
        Refuses(entries.Open(new SubjectOpened(Consortium.Hospital.Id, 1u << 31, default), _ledger.ValidUntil), "epoch-too-high");
    }

    [Test]
    public void Refuses_a_subject_that_another_key_opens()
    {
        using var key = new Dice(8).SigningKey();
        var entries = new ConsentEntries(new SubjectId(key.Public), _key, Consortium.Genesis.Digest);
        Refuses(entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, default), _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_everything_before_the_subject_is_open()
    {
        using var key = new Dice(8).SigningKey();
        var entries = new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest);
        Refuses(entries.Grant(Body(), _ledger.ValidUntil), "subject-not-open");
    }

    [Test]
    public void Refuses_a_type_that_no_subject_has() =>
        Refuses(Entry.Sign(new EntryType(37), _subject.Topic, [0x80], _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-type-unknown");

    [TestCase(20u)]
    [TestCase(21u)]
    [TestCase(22u)]
    [TestCase(23u)]
    [TestCase(24u)]
    [TestCase(25u)]
    [TestCase(28u)]
    [TestCase(30u)]
    public void Refuses_a_body_of_another_shape(uint type) =>
        Refuses(Entry.Sign(new EntryType(type), _subject.Topic, [0x80], _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-body");

    [Test]
    public void Lets_another_key_sign_after_the_replacement()
    {
        using var next = new Dice(9).SigningKey();
        _ledger.Append(_entries.ReplaceKey(next, _ledger.ValidUntil));
        Refuses(_entries.Grant(Body(), _ledger.ValidUntil), "entry-signature");
        _ledger.Append(new ConsentEntries(_subject, next, Consortium.Genesis.Digest).Grant(Body(), _ledger.ValidUntil));
        Assert.That(State.Key, Is.EqualTo(next.Public));
    }

    [Test]
    public void Refuses_to_replace_a_key_by_itself() => Refuses(_entries.ReplaceKey(_key, _ledger.ValidUntil), "subject-key-same");

    [Test]
    public void Refuses_a_new_key_that_has_signed_for_another_subject()
    {
        using var next = new Dice(9).SigningKey();
        var body = SubjectKeyReplaced.Sign(Consortium.Genesis.Digest, new SubjectId(next.Public), _key.Public, next);
        Refuses(Entry.Sign(ConsentEntryTypes.SubjectKeyReplaced, _subject.Topic, body.Encode(), _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "subject-new-key-signature");
    }

    [Test]
    public void Opens_a_grant()
    {
        var body = Body();
        var index = _ledger.Append(_entries.Grant(body, _ledger.ValidUntil));
        Assert.That(State.FindGrant(body.Id), Is.EqualTo(new OpenGrant(body.Id, body.ReaderKey, body.AnswerKeyDigest, body.Days, body.TermsDigest, index, null)));
    }

    [Test]
    public void Refuses_a_grant_that_was_revoked_before_it_was_logged()
    {
        var body = Body();
        _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.Grant(body, _ledger.ValidUntil), "grant-revoked");
    }

    [Test]
    public void Refuses_a_grant_that_was_open_and_revoked()
    {
        var body = Granted();
        _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.Grant(body, _ledger.ValidUntil), "grant-revoked");
    }

    [Test]
    public void Refuses_a_grant_that_is_open() => Refuses(_entries.Grant(Body() with { Id = Granted().Id }, _ledger.ValidUntil), "grant-open-already");

    [Test]
    public void Refuses_days_in_the_wrong_order() => Refuses(Body(_ledger.Today + 2, _ledger.Today + 1), "grant-days-reversed");

    [Test]
    public void Refuses_days_that_have_passed() => Refuses(Body(_ledger.Today - 2, _ledger.Today - 1), "grant-days-passed");

    [Test]
    public void Takes_a_grant_for_3660_days() => _ledger.Append(_entries.Grant(Body(_ledger.Today, _ledger.Today + 3659), _ledger.ValidUntil));

    [Test]
    public void Refuses_a_grant_for_3661_days() => Refuses(Body(_ledger.Today, _ledger.Today + 3660), "grant-days-too-many");

    [Test]
    public void Refuses_a_grant_for_all_days_there_are() => Refuses(Body(0, uint.MaxValue), "grant-days-too-many");

    [Test]
    public void Refuses_a_reader_key_that_another_open_grant_has() =>
        Refuses(_entries.Grant(Body() with { ReaderKey = Granted().ReaderKey }, _ledger.ValidUntil), "grant-reader-key-used");

    [Test]
    public void Takes_a_reader_key_whose_grant_has_lapsed()
    {
        var lapsed = Granted(_ledger.Today, _ledger.Today);
        _ledger.Now += TimeSpan.FromDays(1);
        _ledger.Append(_entries.Grant(Body() with { ReaderKey = lapsed.ReaderKey }, _ledger.ValidUntil));
        Assert.That(State.FindGrant(lapsed.Id), Is.Null, "A change of state drops what has lapsed.");
    }

    [Test]
    public void Refuses_more_than_512_open_grants()
    {
        var contract = new SubjectContract(Consortium.Genesis.Digest);
        var full = State.With(grants: Enumerable.Range(0, 512).Select(Filler).ToImmutableSortedDictionary(grant => grant.Id, grant => grant));
        Assert.That(Evaluate(contract, full, _entries.Grant(Body(), _ledger.ValidUntil)), Is.EqualTo("grants-too-many"));
    }

    [Test]
    public void Notes_the_epoch_that_a_grant_is_extended_through()
    {
        var body = Granted();
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        _ledger.Append(_entries.Extend(Extension(1, body.Id), _ledger.ValidUntil));
        Assert.That(State.FindGrant(body.Id)!.ExtendedThrough, Is.EqualTo(1));
    }

    [TestCase(0u)]
    [TestCase(2u)]
    public void Refuses_an_extension_to_another_epoch_than_the_current(uint epoch)
    {
        var body = Granted();
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.Extend(Extension(epoch, body.Id), _ledger.ValidUntil), "epoch-not-current");
    }

    [Test]
    public void Refuses_an_extension_of_a_grant_that_is_not_open() =>
        Refuses(_entries.Extend(Extension(0, Granted().Id, new Dice(99).Grant()), _ledger.ValidUntil), "grant-not-open");

    [Test]
    public void Refuses_an_extension_of_a_grant_that_has_lapsed()
    {
        var lapsed = Granted(_ledger.Today, _ledger.Today);
        _ledger.Now += TimeSpan.FromDays(1);
        Refuses(_entries.Extend(Extension(0, lapsed.Id), _ledger.ValidUntil), "grant-not-open");
    }

    [Test]
    public void Removes_a_revoked_grant_and_starts_an_epoch()
    {
        var body = Granted();
        var index = _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Assert.Multiple(() =>
        {
            Assert.That(State.FindGrant(body.Id), Is.Null);
            Assert.That(State.CurrentEpoch, Is.EqualTo(1));
            Assert.That(State.EpochHoldsAt(0, index - 1), Is.True);
            Assert.That(State.EpochHoldsAt(0, index), Is.False);
            Assert.That(State.EpochEndedBefore(0, index - 1), Is.False);
            Assert.That(State.EpochEndedBefore(0, index + 1), Is.True);
        });
    }

    [Test]
    public void Refuses_to_revoke_a_grant_twice()
    {
        var body = Granted();
        _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.Revoke(new Revoked(body.Id, 2, Digest.Of("epoch 2"u8)), _ledger.ValidUntil), "grant-revoked");
    }

    [Test]
    public void Bounds_the_revocations_of_grants_that_nobody_saw()
    {
        var contract = new SubjectContract(Consortium.Genesis.Digest);
        var body = Granted();
        var full = State.With(revoked: [.. Enumerable.Range(0, 10_000).Select(i => new Dice(10_000 + i).Grant())]);
        Assert.Multiple(() =>
        {
            Assert.That(Evaluate(contract, full, _entries.Revoke(new Revoked(Body().Id, 1, Digest.Of("1"u8)), _ledger.ValidUntil)), Is.EqualTo("revocations-too-many"));
            Assert.That(Evaluate(contract, full, _entries.Revoke(new Revoked(body.Id, 1, Digest.Of("1"u8)), _ledger.ValidUntil)), Is.Null, "An open grant can always be revoked.");
        });
    }

    [TestCase(0u)]
    [TestCase(2u)]
    public void Refuses_a_revocation_that_does_not_start_the_next_epoch(uint epoch) =>
        Refuses(_entries.Revoke(new Revoked(Granted().Id, epoch, Digest.Of("epoch"u8)), _ledger.ValidUntil), "epoch-not-next");

    [Test]
    public void Refuses_a_revocation_that_keeps_the_sealing_key() =>
        Refuses(_entries.Revoke(new Revoked(Granted().Id, 1, Digest.Of("epoch 0"u8)), _ledger.ValidUntil), "epoch-key-used");

    [Test]
    public void Starts_an_epoch_without_a_revocation()
    {
        var body = Granted();
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Assert.That((State.CurrentEpoch, State.FindGrant(body.Id)), Is.EqualTo((1u, State.FindGrant(body.Id)!)));
    }

    [TestCase(0u)]
    [TestCase(2u)]
    [TestCase(uint.MaxValue)]
    public void Refuses_to_start_another_epoch_than_the_next(uint epoch) =>
        Refuses(_entries.StartEpoch(new EpochStarted(epoch, Digest.Of("epoch"u8)), _ledger.ValidUntil), "epoch-not-next");

    [Test]
    public void Refuses_to_start_an_epoch_with_an_earlier_sealing_key()
    {
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.StartEpoch(new EpochStarted(2, Digest.Of("epoch 0"u8)), _ledger.ValidUntil), "epoch-key-used");
    }

    [Test]
    public void Bounds_the_epochs_but_never_a_revocation()
    {
        var contract = new SubjectContract(Consortium.Genesis.Digest);
        var body = Granted();
        var full = State.With(epochs: [.. Enumerable.Range(0, 10_000).Select(i => new EpochStart(new Dice(i).Digest(), (ulong)i))]);
        Assert.Multiple(() =>
        {
            Assert.That(Evaluate(contract, full, _entries.StartEpoch(new EpochStarted(10_000, Digest.Of("next"u8)), _ledger.ValidUntil)), Is.EqualTo("epochs-too-many"));
            Assert.That(Evaluate(contract, full, _entries.Revoke(new Revoked(body.Id, 10_000, Digest.Of("next"u8)), _ledger.ValidUntil)), Is.Null);
        });
    }

    [TestCase(26u)]
    [TestCase(27u)]
    public void Lets_the_reader_search_and_read_without_changing_anything(uint type)
    {
        var (body, reader) = GrantedTo();
        var before = State.Encode();
        _ledger.Append(Access(type, body.Id, reader));
        Assert.That(State.Encode(), Is.EqualTo(before));
    }

    [TestCase(26u)]
    [TestCase(27u)]
    public void Refuses_access_under_a_grant_that_does_not_exist(uint type)
    {
        var (_, reader) = GrantedTo();
        Refuses(Access(type, new Dice(99).Grant(), reader), "entry-signature");
    }

    [Test]
    public void Refuses_access_that_another_key_signed() => Refuses(Access(27, Granted().Id, _key), "entry-signature");

    [Test]
    public void Refuses_access_after_the_revocation()
    {
        var (body, reader) = GrantedTo();
        _ledger.Append(_entries.Revoke(new Revoked(body.Id, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(Access(27, body.Id, reader), "entry-signature");
    }

    [Test]
    public void Says_that_a_grant_is_not_open_whatever_the_signature()
    {
        var (body, reader) = GrantedTo();
        var entry = Access(27, new Dice(99).Grant(), reader);
        Assert.That(Evaluate(new SubjectContract(Consortium.Genesis.Digest), State, entry), Is.EqualTo("grant-not-open"));
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void Refuses_access_outside_the_days_of_the_grant(int days)
    {
        var (body, reader) = GrantedTo(_ledger.Today + 1, _ledger.Today + 2);
        _ledger.Now += TimeSpan.FromDays(days + 1);
        Refuses(Access(27, body.Id, reader), "grant-not-today");
    }

    [Test]
    public void Refuses_a_key_that_an_organisation_signs_with() =>
        Refuses(Entry.Sign(ConsentEntryTypes.Granted, _subject.Topic, Body().Encode(), _ledger.ValidUntil, Consortium.Hospital.SigningKey, Consortium.Genesis.Digest), "entry-signature");

    private OpenGrant Filler(int i)
    {
        var dice = new Dice(20_000 + i);
        return new OpenGrant(dice.Grant(), _key.Public, default, new DayRange(_ledger.Today, _ledger.Today), default, 0, null);
    }
}
