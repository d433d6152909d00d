using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Custody;

public sealed class HeldRevocationsTests
{
    private readonly CareStory _story = new CareStory().Open();
    private readonly GrantId _grant = new Dice(1).Grant();

    [Test]
    public void Keeps_what_the_subject_has_signed()
    {
        var held = new HeldRevocations(CareStory.Genesis);
        Assert.That(held.Offer(_story.Entries.Revoke(Body, _story.Ledger.ValidUntil), _story.Ledger), Is.EqualTo(new HeldRevocation(_story.Subject, _grant)));
        Assert.That(held.Contains(_story.Subject, _grant), Is.True);
    }

    [Test]
    public void Refuses_what_another_key_has_signed()
    {
        using var forger = new Dice(3).SigningKey();
        var held = new HeldRevocations(CareStory.Genesis);
        Assert.That(held.Offer(new ConsentEntries(_story.Subject, forger, CareStory.Genesis).Revoke(Body, _story.Ledger.ValidUntil), _story.Ledger), Is.Null);
        Assert.That(held.Contains(_story.Subject, _grant), Is.False);
    }

    [Test]
    public void Refuses_another_type_of_entry() => Assert.That(
        new HeldRevocations(CareStory.Genesis).Offer(_story.Entries.StartEpoch(new EpochStarted(1, default), _story.Ledger.ValidUntil), _story.Ledger), Is.Null);

    [Test]
    public void Refuses_a_revocation_of_a_subject_that_nobody_knows()
    {
        var unknown = new CareStory(patient: 9);
        Assert.That(new HeldRevocations(CareStory.Genesis).Offer(unknown.Entries.Revoke(Body, _story.Ledger.ValidUntil), _story.Ledger), Is.Null);
    }

    [Test]
    public void Stops_no_other_subjects_grant_of_the_same_id()
    {
        var other = new CareStory(patient: 2) { Ledger = _story.Ledger }.Open();
        var held = new HeldRevocations(CareStory.Genesis);
        held.Offer(other.Entries.Revoke(Body, _story.Ledger.ValidUntil), _story.Ledger);
        Assert.That(held.Contains(_story.Subject, _grant), Is.False);
    }

    [Test]
    public void Forgets_what_the_log_says_by_itself()
    {
        var story = new CareStory(patient: 4).Open();
        var held = new HeldRevocations(CareStory.Genesis);
        var entry = story.Entries.Revoke(Body, story.Ledger.ValidUntil);
        held.Offer(entry, story.Ledger);
        Assert.That(held.DropLogged(story.Ledger), Is.Empty);
        Assert.That(held.Contains(story.Subject, _grant), Is.True);
        story.Ledger.Append(entry);
        Assert.That(held.DropLogged(story.Ledger), Is.EqualTo(new[] { new HeldRevocation(story.Subject, _grant) }));
        Assert.That(held.Contains(story.Subject, _grant), Is.False);
        Assert.That(held.Offer(entry, story.Ledger), Is.Null, "the log has it");
    }

    [Test]
    public void Holds_again_what_it_held_before_a_restart()
    {
        var held = new HeldRevocations(CareStory.Genesis);
        held.Restore([new HeldRevocation(_story.Subject, _grant), new HeldRevocation(_story.Subject, new Dice(2).Grant())]);
        Assert.That(held.Contains(_story.Subject, _grant) && held.Contains(_story.Subject, new Dice(2).Grant()));
    }

    [Test]
    public void Bounds_what_one_subject_can_make_it_keep_but_never_an_open_grant()
    {
        var story = new CareStory(patient: 5).Open();
        var grant = story.Grant();
        var held = new HeldRevocations(CareStory.Genesis);
        var kept = Enumerable.Range(0, 1030).Count(i => held.Offer(story.Entries.Revoke(Body with { Grant = new Dice(i).Grant() }, story.Ledger.ValidUntil), story.Ledger) is not null);
        Assert.That(kept, Is.EqualTo(1024));
        Assert.That(held.Offer(story.Entries.Revoke(Body with { Grant = grant.Body.Id }, story.Ledger.ValidUntil), story.Ledger), Is.Not.Null);
    }

    private Revoked Body => new(_grant, 1, Digest.Of("epoch 1"u8));
}
