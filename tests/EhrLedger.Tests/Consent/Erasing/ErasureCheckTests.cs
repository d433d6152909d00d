using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Erasing;

/// <summary>One test for each condition under which a node destroys nothing.</summary>
public sealed class ErasureCheckTests
{
    private CareStory _story = null!;
    private AnchoredRecord _record = null!;

    [SetUp]
    public void Write()
    {
        _story = new CareStory().Open();
        _record = _story.Write("to be forgotten");
    }

    [Test]
    public void Destroys_what_the_subject_has_erased() => Assert.That(Decide(Erased(_record)), Is.Null);

    [Test]
    public void Destroys_several_sealings_at_once() => Assert.That(Decide(Erased(_record, _story.Write("another version"))), Is.Null);

    [Test]
    public void Destroys_what_came_under_an_ended_epoch()
    {
        _story.Ledger.Append(_story.Entries.StartEpoch(new EpochStarted(1, _story.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil));
        Assert.That(Decide(Erased(_story.Write("too late", epoch: 0))), Is.Null);
    }

    [Test]
    public void Waits_for_an_entry_that_is_not_final()
    {
        var order = Erased(_record);
        _story.Ledger.FinalSize = _story.Ledger.Size - 1;
        Assert.That(Decide(order), Is.EqualTo(ErasureDenial.NotFinal));
    }

    [Test]
    public void Destroys_nothing_that_is_not_on_the_ledger() => Assert.That(Decide(OrderOf(_story.Subject, _record)), Is.EqualTo(ErasureDenial.NotOnLedger));

    [Test]
    public void Destroys_nothing_under_another_opening_of_the_same()
    {
        Erased(_record);
        Assert.That(Decide(OrderOf(_story.Subject, _record)), Is.EqualTo(ErasureDenial.NotOnLedger), "another salt");
    }

    [Test]
    public void Destroys_nothing_for_a_subject_that_is_none() =>
        Assert.That(Decide(OrderOf(new CareStory(2).Subject, _record)), Is.EqualTo(ErasureDenial.NotOnLedger));

    [Test]
    public void Destroys_nothing_of_another_subject()
    {
        var stranger = new CareStory(2) { Ledger = _story.Ledger }.Open();
        Assert.That(Decide(Erased(stranger, _record)), Is.EqualTo(ErasureDenial.NotOfSubject));
    }

    [Test]
    public void Destroys_nothing_whose_ciphertext_another_row_has_put_under_the_subject()
    {
        // The author's row of the victim, under a header that the thief has made.
        var stranger = new CareStory(2) { Ledger = _story.Ledger }.Open();
        var own = stranger.Seal("mine");
        var forged = new AnchoredRecord(own, own.Row(0) with { Ciphertext = _record.Row.Ciphertext }, _record.Anchor);
        Assert.That(Decide(Erased(stranger, forged)), Is.EqualTo(ErasureDenial.NotOfSubject));
    }

    [Test]
    public void Destroys_nothing_that_another_than_the_subjects_author_has_anchored()
    {
        var other = _story.Anchor(_story.Seal("written by another", author: new RecordSealer(Consortium.Clinic.Id, Consortium.Clinic.WrapKey)), Consortium.Clinic);
        Assert.That(Decide(Erased(other)), Is.EqualTo(ErasureDenial.NotOfSubject));
    }

    [Test]
    public void An_order_names_what_its_erasure_names()
    {
        var order = Erased(_record);
        var other = _story.Write("not erased");
        Assert.That(ErasureOrder.TryParse(order.Encode()), Is.Not.Null);
        Assert.That(ErasureOrder.TryParse((order with { Sealings = [Named(other)] }).Encode()), Is.Null);
        Assert.That(ErasureOrder.TryParse((order with { Sealings = [Named(_record), Named(other)] }).Encode()), Is.Null);
    }

    private ErasureDenial? Decide(ErasureOrder order) => ErasureCheck.Decide(order, _story.Ledger);

    private ErasureOrder Erased(params AnchoredRecord[] records) => Erased(_story, records);

    private static ErasureOrder Erased(CareStory patient, params AnchoredRecord[] records)
    {
        var order = OrderOf(patient.Subject, records);
        patient.Ledger.Append(patient.Entries.Erase(new Erased(order.Erasure.Commitment, patient.Memos.Seal(order.Erasure, order.Sealings[0].Header.Record.Record)), patient.Ledger.ValidUntil));
        return order;
    }

    private static ErasureOrder OrderOf(SubjectId subject, params AnchoredRecord[] records)
    {
        var sealings = records.Select(Named).OrderBy(sealing => sealing.Header.Digest).ToList();
        return new ErasureOrder(new Erasure(Salt.Generate(), subject, [.. sealings.Select(sealing => sealing.Header.Digest)]), sealings);
    }

    private static NamedSealing Named(AnchoredRecord record) => new(record.Sealed.Header, record.Row, record.Anchor);
}
