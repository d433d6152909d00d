using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Custody;

/// <summary>One test for each condition of the custodian; the insurer decides, the clinic asks.</summary>
public sealed class ReleaseCheckTests
{
    private CareStory _story = null!;
    private AnchoredRecord _record = null!;

    [SetUp]
    public void A_record_is_written()
    {
        _story = new CareStory().Open();
        _record = _story.Write("Metformin 500 mg");
    }

    [Test]
    public void Releases_what_is_granted_announced_and_final()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var decision = _story.Decide(_story.Request(grant, read, _record));
        Assert.That(decision, Is.InstanceOf<ReleaseDecision.Released>());
        var released = (ReleaseDecision.Released)decision;
        Assert.That((released.ReadEntry, released.Headers.Single()), Is.EqualTo((read.Entry.Digest, _record.Sealed.Header.Digest)));
    }

    [Test]
    public void Names_a_header_once_that_was_asked_for_twice()
    {
        var grant = _story.Grant();
        var request = _story.Request(grant, _story.Announce(grant, _record), _record, _record);
        Assert.That(((ReleaseDecision.Released)_story.Decide(request)).Headers, Has.Count.EqualTo(1));
    }

    [Test]
    public void Releases_a_record_that_came_after_a_grant_for_the_future()
    {
        var grant = _story.Grant(future: true);
        var later = _story.Write("Insulin");
        Assert.That(_story.Decide(_story.Request(grant, _story.Announce(grant, later), later)), Is.InstanceOf<ReleaseDecision.Released>());
    }

    [Test]
    public void Denies_a_request_to_another_custodian()
    {
        var grant = _story.Grant();
        Denies(_story.RequestOf(Consortium.Hospital, grant, _story.Announce(grant, _record), _record), AccessDenial.OtherAddressee);
    }

    [TestCase(121)]
    [TestCase(-121)]
    public void Denies_a_request_that_is_more_than_two_minutes_off(int seconds)
    {
        var grant = _story.Grant();
        var request = _story.Request(grant, _story.Announce(grant, _record), _record);
        _story.Ledger.Now += TimeSpan.FromSeconds(seconds);
        Denies(request, AccessDenial.RequestNotFresh);
    }

    [Test]
    public void Takes_a_request_that_is_two_minutes_old()
    {
        var grant = _story.Grant();
        var request = _story.Request(grant, _story.Announce(grant, _record), _record);
        _story.Ledger.Now += TimeSpan.FromMinutes(2);
        Assert.That(_story.Decide(request), Is.InstanceOf<ReleaseDecision.Released>());
    }

    [Test]
    public void Denies_while_its_own_final_checkpoint_is_older_than_thirty_seconds()
    {
        var grant = _story.Grant();
        var request = _story.Request(grant, _story.Announce(grant, _record), _record);
        _story.Ledger.CheckpointAge = TimeSpan.FromSeconds(31);
        Denies(request, AccessDenial.ReplicaStale);
    }

    [Test]
    public void Denies_an_index_beyond_its_log()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        Denies(_story.Request(grant, read with { Index = _story.Ledger.Size }, _record), AccessDenial.NoSuchEntry);
    }

    [Test]
    public void Denies_an_entry_of_another_type()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        Denies(_story.Request(grant, read with { Index = grant.Index }, _record), AccessDenial.NoSuchEntry);
    }

    [Test]
    public void Denies_an_entry_without_effect()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var index = _story.Ledger.AppendWithoutEffect(read.Entry);
        Denies(_story.Request(grant, read with { Index = index }, _record), AccessDenial.NoSuchEntry);
    }

    [Test]
    public void Denies_an_entry_that_is_not_final()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        _story.Ledger.FinalSize = read.Index;
        Denies(_story.Request(grant, read, _record), AccessDenial.EntryNotFinal);
    }

    [Test]
    public void Denies_an_entry_older_than_ten_minutes()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        _story.Ledger.Now += TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(1);
        Denies(_story.Request(grant, read, _record), AccessDenial.EntryTooOld);
    }

    [Test]
    public void Denies_an_entry_of_another_subject()
    {
        var grant = _story.Grant();
        var other = new CareStory(patient: 2) { Ledger = _story.Ledger }.Open();
        var read = other.Announce(other.Grant(), _record);
        Denies(_story.Request(grant, read, _record), AccessDenial.OtherSubject);
    }

    [Test]
    public void Denies_a_grant_that_was_revoked_after_the_entry()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        _story.Ledger.Append(Revocation(grant));
        Denies(_story.Request(grant, read, _record), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_a_grant_whose_revocation_stands_in_its_log_but_is_not_final()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        _story.Ledger.FinalSize = _story.Ledger.Append(Revocation(grant));
        Denies(_story.Request(grant, read, _record), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_a_grant_as_soon_as_it_holds_a_signed_revocation()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        Assert.That(_story.Revocations.Offer(Revocation(grant), _story.Ledger), Is.Not.Null);
        Denies(_story.Request(grant, read, _record), AccessDenial.GrantRevoked);
    }

    [TestCase(1)]
    [TestCase(-1)]
    public void Denies_a_grant_outside_its_days_by_its_own_clock(int days)
    {
        // The log's time is the sequencer's; that of the custodian decides.
        var grant = _story.Grant(days: new DayRange(_story.Ledger.Today, _story.Ledger.Today));
        var midnight = new DateTimeOffset(2026, 3, days > 0 ? 2 : 1, 0, 0, 0, TimeSpan.Zero);
        _story.Ledger.Now = midnight - TimeSpan.FromSeconds(days);
        var read = _story.Announce(grant, _record);
        _story.Ledger.Now = midnight + TimeSpan.FromSeconds(days);
        Denies(_story.Request(grant, read, _record), AccessDenial.GrantNotToday);
    }

    [Test]
    public void Denies_a_request_that_the_reader_key_did_not_sign()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        using var forger = new ReaderKeys(new Dice(77).SigningKey(), grant.Keys.Answer);
        Denies(_story.Request(grant with { Keys = forger }, read, _record), AccessDenial.BadSignature);
    }

    [Test]
    public void Denies_a_request_that_was_signed_for_another_consortium()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        Denies(
            ReleaseRequest.Sign(read.Index, Consortium.Insurer.Id, grant.Access.Terms, read.Opening, grant.Keys, [_record.Requested], _story.Ledger.Now, default),
            AccessDenial.BadSignature);
    }

    [Test]
    public void Denies_terms_that_are_not_the_grants()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var wider = grant.Access.Terms with { LastEpoch = 9 };
        Denies(
            ReleaseRequest.Sign(read.Index, Consortium.Insurer.Id, wider, read.Opening, grant.Keys, [_record.Requested], _story.Ledger.Now, CareStory.Genesis),
            AccessDenial.OtherTerms);
    }

    [Test]
    public void Denies_an_opening_that_the_entry_does_not_commit_to()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        Denies(_story.Request(grant, read with { Opening = CareStory.OpeningOf(_record) }, _record), AccessDenial.OtherOpening);
    }

    [Test]
    public void Denies_a_purpose_that_is_not_granted()
    {
        var grant = _story.Grant(purpose: PurposeOfUse.Treatment);
        Denies(_story.Request(grant, _story.Announce(grant, PurposeOfUse.Payment, _record), _record), AccessDenial.PurposeNotGranted);
    }

    [Test]
    public void Denies_a_purpose_that_a_delegate_had_no_right_to_grant_also_after_the_delegate_has_left()
    {
        using var carer = new Dice(77).SigningKey();
        var acting = _story.Delegate(carer);
        var (allowed, beyond) = (_story.Grant(by: acting), _story.Grant(purpose: PurposeOfUse.Payment, by: acting));
        Assert.That(_story.Decide(_story.Request(allowed, _story.Announce(allowed, _record), _record)), Is.InstanceOf<ReleaseDecision.Released>());
        Denies(_story.Request(beyond, _story.Announce(beyond, PurposeOfUse.Payment, _record), _record), AccessDenial.PurposeNotGranted);
        _story.Ledger.Append(acting.Leave(_story.Ledger.ValidUntil));
        Denies(_story.Request(beyond, _story.Announce(beyond, PurposeOfUse.Payment, _record), _record), AccessDenial.PurposeNotGranted);
    }

    [Test]
    public void Denies_an_answer_key_that_is_not_the_grants()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var other = new ReaderKeys(grant.Keys.Reader, new Dice(77).SealingKey());
        Denies(_story.Request(grant with { Keys = other }, read, _record), AccessDenial.OtherAnswerKey);
    }

    [Test]
    public void Denies_what_is_no_header()
    {
        var grant = _story.Grant();
        Denies(grant, _record.Requested with { Header = new byte[] { 0x80 } }, AccessDenial.RecordMalformed);
    }

    [Test]
    public void Denies_what_is_no_row()
    {
        var grant = _story.Grant();
        Denies(grant, _record.Requested with { Row = new byte[] { 0x80 } }, AccessDenial.RecordMalformed);
    }

    [Test]
    public void Denies_a_record_that_was_not_announced()
    {
        var grant = _story.Grant();
        var other = _story.Write("Warfarin");
        Denies(_story.Request(grant, _story.Announce(grant, _record), _record, other), AccessDenial.RecordNotAnnounced);
    }

    [Test]
    public void Denies_another_version_than_the_one_announced()
    {
        var grant = _story.Grant();
        var version = _record with { Sealed = _story.Author.Seal(_record.Sealed.Header.Record with { Version = 2 }, _story.Sealing(), _story.Custodians, "text/plain", "x"u8, _story.Ledger.Now) };
        var anchored = _story.Anchor(version.Sealed, Consortium.Hospital);
        Denies(_story.Request(grant, _story.Announce(grant, _record), anchored), AccessDenial.RecordNotAnnounced);
    }

    [Test]
    public void Denies_a_record_of_another_subject()
    {
        var grant = _story.Grant();
        var other = new CareStory(patient: 2) { Ledger = _story.Ledger }.Open();
        var foreign = _story.Anchor(other.Seal("somebody else's"), Consortium.Hospital);
        Denies(_story.Request(grant, _story.Announce(grant, foreign), foreign), AccessDenial.RecordOfOtherSubject);
    }

    [Test]
    public void Denies_an_epoch_before_the_first_granted()
    {
        StartEpoch(1);
        var grant = _story.Grant(firstEpoch: 1, lastEpoch: 1);
        Denies(_story.Request(grant, _story.Announce(grant, _record), _record), AccessDenial.EpochNotGranted);
    }

    [Test]
    public void Denies_an_epoch_after_the_last_granted()
    {
        var grant = _story.Grant();
        StartEpoch(1);
        var later = _story.Write("Insulin", epoch: 1);
        Denies(_story.Request(grant, _story.Announce(grant, later), later), AccessDenial.EpochNotGranted);
    }

    [Test]
    public void Releases_an_epoch_that_the_grant_was_extended_through()
    {
        var grant = _story.Grant();
        StartEpoch(1);
        var later = _story.Write("Insulin", epoch: 1);
        _story.Ledger.Append(_story.Entries.Extend(new GrantExtended(1, [new GrantExtension(grant.Body.Id, default, new byte[8])]), _story.Ledger.ValidUntil));
        Assert.That(_story.Decide(_story.Request(grant, _story.Announce(grant, later, _record), later, _record)), Is.InstanceOf<ReleaseDecision.Released>());
    }

    [Test]
    public void Releases_a_single_record_that_is_granted()
    {
        var grant = _story.Grant(single: [_record]);
        Assert.That(_story.Decide(_story.Request(grant, _story.Announce(grant, _record), _record)), Is.InstanceOf<ReleaseDecision.Released>());
    }

    [Test]
    public void Denies_a_single_record_that_is_not_granted()
    {
        var other = _story.Write("Warfarin");
        var grant = _story.Grant(single: [_record]);
        Denies(_story.Request(grant, _story.Announce(grant, other), other), AccessDenial.RecordNotGranted);
    }

    [Test]
    public void Denies_a_record_that_came_after_a_grant_of_what_there_was()
    {
        var grant = _story.Grant(future: false);
        var later = _story.Write("Insulin");
        Denies(_story.Request(grant, _story.Announce(grant, later), later), AccessDenial.RecordAfterGrant);
    }

    [Test]
    public void Denies_a_row_of_another_header()
    {
        var grant = _story.Grant();
        var other = _story.Write("Warfarin");
        Denies(grant, _record.Requested with { Row = other.Row.Encode(), Anchor = other.Anchor }, AccessDenial.RowOfOtherHeader);
    }

    [Test]
    public void Denies_a_row_about_another_subject()
    {
        var grant = _story.Grant();
        var row = _record.Row with { Subject = new Dice(9).Subject() };
        Denies(grant, _record.Requested with { Row = row.Encode() }, AccessDenial.RowOfOtherHeader);
    }

    [Test]
    public void Denies_a_batch_that_is_not_final()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var later = _story.Anchor(_record.Sealed, Consortium.Hospital);
        _story.Ledger.FinalSize = later.Anchor.EntryIndex;
        Denies(_story.Request(grant, read, later), AccessDenial.NotAnchored);
    }

    [Test]
    public void Denies_a_batch_that_has_no_effect()
    {
        var grant = _story.Grant();
        var batch = RowBatch.Of([_record.Row]);
        var index = _story.Ledger.AppendWithoutEffect(_story.BatchEntry(batch.Root, Consortium.Hospital, EntryType.RecordsAnchored));
        Denies(grant, _record.Requested with { Anchor = new Anchor(index, batch.PathOf(0)) }, AccessDenial.NotAnchored);
    }

    [Test]
    public void Denies_a_batch_of_reads()
    {
        var grant = _story.Grant();
        var anchored = _story.Anchor(_record.Sealed, Consortium.Hospital, EntryType.AuthorReads);
        Denies(grant, anchored.Requested, AccessDenial.NotAnchored);
    }

    [Test]
    public void Denies_an_anchor_at_an_entry_that_is_no_batch()
    {
        var grant = _story.Grant();
        Denies(grant, _record.Requested with { Anchor = _record.Anchor with { EntryIndex = grant.Index } }, AccessDenial.NotAnchored);
    }

    [Test]
    public void Denies_a_batch_of_another_organisation()
    {
        var grant = _story.Grant();
        Denies(grant, _story.Anchor(_record.Sealed, Consortium.Clinic).Requested, AccessDenial.OtherAuthor);
    }

    [Test]
    public void Denies_a_header_of_another_author()
    {
        var grant = _story.Grant();
        var foreign = _story.Seal("written elsewhere", author: new RecordSealer(Consortium.Clinic.Id, Consortium.Clinic.WrapKey));
        var anchored = _story.Anchor(foreign, Consortium.Hospital);
        Denies(_story.Request(grant, _story.Announce(grant, anchored), anchored), AccessDenial.OtherAuthor);
    }

    [Test]
    public void Denies_a_row_that_is_not_in_the_batch()
    {
        var grant = _story.Grant();
        var row = _record.Row with { Number = _record.Row.Number + 1 };
        Denies(grant, _record.Requested with { Row = row.Encode() }, AccessDenial.RowNotInBatch);
    }

    [Test]
    public void Denies_a_row_whose_epoch_had_ended_when_it_was_anchored()
    {
        StartEpoch(1);
        var late = _story.Write("sealed under the old epoch", epoch: 0);
        var grant = _story.Grant(lastEpoch: 1);
        Denies(_story.Request(grant, _story.Announce(grant, late), late), AccessDenial.EpochEnded);
    }

    [Test]
    public void Releases_a_row_of_an_ended_epoch_that_was_anchored_before()
    {
        StartEpoch(1);
        var grant = _story.Grant(lastEpoch: 1);
        Assert.That(_story.Decide(_story.Request(grant, _story.Announce(grant, _record), _record)), Is.InstanceOf<ReleaseDecision.Released>());
    }

    [Test]
    public void Denies_everything_if_one_record_fails()
    {
        var grant = _story.Grant(future: false);
        var later = _story.Write("Insulin");
        Denies(_story.Request(grant, _story.Announce(grant, _record, later), _record, later), AccessDenial.RecordAfterGrant);
    }

    [Test]
    public void Denies_a_copied_ciphertext_under_another_subject()
    {
        // An author and a patient of its own, in league: the record's bytes, a new header about their subject, a row of their own, a grant of their own.
        var thief = new CareStory(patient: 3) { Ledger = _story.Ledger };
        _story.Ledger.Append(thief.Entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, thief.Epochs[0].SealingKey.Public.Digest), _story.Ledger.ValidUntil));
        var original = _record.Sealed.Header;
        var header = RecordHeader.Create(
            original.Record, thief.Subject, 0, original.Author, original.CustodianSet, original.ShareDigests, original.Time, original.ContentType, original.Random.Span);
        var copied = _story.Anchor(_record.Sealed with { Header = header }, Consortium.Hospital);
        var grant = thief.Grant();
        var read = thief.Announce(grant, copied);
        Assert.Multiple(() =>
        {
            Assert.That(thief.Decide(thief.Request(grant, read, copied)), Is.InstanceOf<ReleaseDecision.Released>(), "As far as the log goes, it is theirs.");
            Assert.That(_story.ShareOf(Consortium.Insurer, _record.Sealed, header), Is.Null, "But the share opens for the header that it was sealed for, and no other.");
            Assert.That(_story.ShareOf(Consortium.Insurer, _record.Sealed), Is.Not.Null);
            Assert.That(thief.Decide(thief.Request(grant, read, _record)), Is.EqualTo(new ReleaseDecision.Denied(AccessDenial.RecordOfOtherSubject)));
        });
    }

    private void Denies(ReleaseRequest request, AccessDenial denial) => Assert.That(_story.Decide(request), Is.EqualTo(new ReleaseDecision.Denied(denial)));

    /// <summary>The clinic has announced the record, and asks for it like this.</summary>
    private void Denies(ClinicGrant grant, RequestedRecord requested, AccessDenial denial)
    {
        var read = _story.Announce(grant, _record);
        Denies(ReleaseRequest.Sign(read.Index, Consortium.Insurer.Id, grant.Access.Terms, read.Opening, grant.Keys, [requested], _story.Ledger.Now, CareStory.Genesis), denial);
    }

    private void StartEpoch(uint epoch) =>
        _story.Ledger.Append(_story.Entries.StartEpoch(new EpochStarted(epoch, _story.Epochs[(int)epoch].SealingKey.Public.Digest), _story.Ledger.ValidUntil));

    private Entry Revocation(ClinicGrant grant) =>
        _story.Entries.Revoke(new Revoked(grant.Body.Id, 1, _story.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil);
}
