using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Emergencies;

/// <summary>One test for each condition of the custodian in an emergency; the insurer decides, the clinic asks.</summary>
public sealed class EmergencyCheckTests
{
    private EmergencyStory _story = null!;
    private ulong _index;
    private Digest _entry;

    [SetUp]
    public void An_emergency_is_declared()
    {
        _story = new EmergencyStory();
        (_index, var entry) = _story.Declare();
        _entry = entry.Digest;
    }

    [Test]
    public void Releases_for_what_is_declared_and_final() =>
        Assert.That(_story.Decide(_story.Request(_index)), Is.EqualTo(new EmergencyDecision.Released(_story.Care.Subject, _entry)));

    [Test]
    public void Releases_until_24_hours_have_passed()
    {
        _story.Ledger.Now += TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1);
        Assert.That(_story.Decide(_story.Request(_index)), Is.InstanceOf<EmergencyDecision.Released>());
        _story.Ledger.Now += TimeSpan.FromMilliseconds(1);
        Denies(_story.Request(_index), AccessDenial.GrantNotToday);
    }

    [Test]
    public void Denies_a_request_to_another_custodian() => Denies(_story.Request(_index, Consortium.Hospital), AccessDenial.OtherAddressee);

    [Test]
    public void Denies_a_request_that_is_more_than_two_minutes_old()
    {
        var request = _story.Request(_index);
        _story.Ledger.Now += TimeSpan.FromSeconds(121);
        Denies(request, AccessDenial.RequestNotFresh);
    }

    [Test]
    public void Denies_while_its_own_final_checkpoint_is_older_than_thirty_seconds()
    {
        _story.Ledger.CheckpointAge = TimeSpan.FromSeconds(31);
        Denies(_story.Request(_index), AccessDenial.ReplicaStale);
    }

    [Test]
    public void Denies_on_an_entry_that_does_not_exist_or_is_another() => Assert.Multiple(() =>
    {
        Denies(_story.Request(_index + 1), AccessDenial.NoSuchEntry);
        Denies(_story.Request(_index - 1), AccessDenial.NoSuchEntry);
    });

    [Test]
    public void Denies_on_an_entry_that_is_not_final()
    {
        _story.Ledger.FinalSize = _index;
        Denies(_story.Request(_index), AccessDenial.EntryNotFinal);
    }

    [Test]
    public void Denies_after_the_policy_was_replaced()
    {
        _story.SetPolicy(2);
        Denies(_story.Request(_index), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_after_the_policy_was_switched_off()
    {
        _story.Ledger.Append(_story.Care.Entries.SetEmergencyPolicy(new EmergencyPolicySet(2, null), _story.Ledger.ValidUntil));
        Denies(_story.Request(_index), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_after_the_patient_has_ended_it()
    {
        _story.Ledger.Append(_story.Care.Entries.Revoke(new Revoked(_story.Grant, 1, _story.Care.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil));
        Denies(_story.Request(_index), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_as_soon_as_it_holds_a_revocation_that_is_not_logged()
    {
        _story.Care.Revocations.Offer(_story.Care.Entries.Revoke(new Revoked(_story.Grant, 1, default), _story.Ledger.ValidUntil), _story.Ledger);
        Denies(_story.Request(_index), AccessDenial.GrantRevoked);
    }

    [Test]
    public void Denies_a_request_that_another_key_signed()
    {
        using var other = ReaderKeys.Generate();
        Denies(_story.Request(_index, keys: new ReaderKeys(other.Reader, _story.Keys.Answer)), AccessDenial.BadSignature);
    }

    [Test]
    public void Denies_another_answer_key()
    {
        using var other = ReaderKeys.Generate();
        Denies(_story.Request(_index, keys: new ReaderKeys(_story.Keys.Reader, other.Answer)), AccessDenial.OtherAnswerKey);
    }

    [Test]
    public void Denies_an_organisation_that_is_no_member_any_more()
    {
        var genesis = Genesis.Create("Two", "two.example/log", DateTimeOffset.UnixEpoch, Consortium.Hospital.Id, "two.example/log+00000000+AQ==", [Consortium.Hospital.Member, Consortium.Insurer.Member], "quorum none\n", 1);
        _story.Members = Members.Of(genesis);
        Denies(_story.Request(_index), AccessDenial.KindNotAllowed);
    }

    [Test]
    public void Lets_reads_under_it_pass_the_check_of_reads_until_it_ends()
    {
        var record = _story.Care.Write("Metformin 500 mg");
        var request = Read(PurposeOfUse.Emergency, record);
        Assert.That(_story.Care.Decide(request), Is.InstanceOf<ReleaseDecision.Released>());
        Assert.That(_story.Care.Decide(Read(PurposeOfUse.Treatment, record)), Is.EqualTo(new ReleaseDecision.Denied(AccessDenial.PurposeNotGranted)));
        _story.Ledger.Now += TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1);
        var late = Read(PurposeOfUse.BreakTheGlass, record);
        _story.Ledger.Now += TimeSpan.FromSeconds(1);
        Assert.That(_story.Care.Decide(late), Is.EqualTo(new ReleaseDecision.Denied(AccessDenial.GrantNotToday)));
    }

    private ReleaseRequest Read(PurposeOfUse purpose, AnchoredRecord record)
    {
        var (entry, opening) = AccessEntries.Read(
            new ReaderGrant(_story.Grant, _story.Care.Subject, _story.Keys.Reader, _story.LogKey), new Asker(Consortium.Clinic.Id, "Dr Li", "physician"), purpose, [record.Sealed.Header.Record], default, _story.Ledger.ValidUntil, CareStory.Genesis).Single();
        return ReleaseRequest.Sign(
            _story.Ledger.Append(entry), Consortium.Insurer.Id, EmergencyRules.TermsOf(_story.Care.Subject, _story.Grant, 0), opening, _story.Keys, [record.Requested], _story.Ledger.Now, CareStory.Genesis);
    }

    private void Denies(EmergencyReleaseRequest request, AccessDenial denial) => Assert.That(_story.Decide(request), Is.EqualTo(new EmergencyDecision.Denied(denial)));
}
