using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Subjects;

/// <summary>One test for each row of docs/contracts.md, Subjects, that is about erasure.</summary>
public sealed class ErasureContractTests : SubjectScene
{
    private static readonly Digest Commitment = Digest.Of("a record"u8);

    [Test]
    public void Takes_an_erasure_and_the_answers_of_all()
    {
        Erase();
        Answers(Consortium.Insurer, ErasureAnswer.Destroyed);
        Answers(Consortium.Hospital, ErasureAnswer.Held, HoldGround.Proceedings);
        Answers(Consortium.Hospital, ErasureAnswer.Destroyed);
        Answers(Consortium.Insurer, ErasureAnswer.BackupsGone);
        var erasure = State.FindErasure(Commitment)!;
        Assert.That(
            (erasure.AnswerOf(Consortium.Insurer.Id), erasure.AnswerOf(Consortium.Hospital.Id), erasure.AnswerOf(Consortium.Clinic.Id)),
            Is.EqualTo((ErasureAnswer.BackupsGone, ErasureAnswer.Destroyed, (ErasureAnswer?)null)));
        Assert.That(SubjectState.TryParse(State.Encode())!.Encode(), Is.EqualTo(State.Encode()));
    }

    [Test]
    public void Refuses_an_erasure_that_the_subject_has_not_signed()
    {
        using var stranger = new Dice(9).SigningKey();
        Refuses(new ConsentEntries(_subject, stranger, Consortium.Genesis.Digest).Erase(new Erased(Commitment, default), _ledger.ValidUntil), "entry-signature");
    }

    [Test]
    public void Refuses_an_erasure_of_a_subject_that_was_not_opened()
    {
        using var key = new Dice(10).SigningKey();
        Refuses(new ConsentEntries(new SubjectId(key.Public), key, Consortium.Genesis.Digest).Erase(new Erased(Commitment, default), _ledger.ValidUntil), "subject-not-open");
    }

    [Test]
    public void Refuses_an_erasure_that_is_known()
    {
        Erase();
        Refuses(_entries.Erase(new Erased(Commitment, new byte[3]), _ledger.ValidUntil), "erasure-known");
    }

    [Test]
    public void Forgets_the_oldest_of_too_many()
    {
        Erase();
        for (var i = 0; i < SubjectState.MostErasures; i++)
        {
            Assert.That(State.FindErasure(Commitment), Is.Not.Null);
            _ledger.Append(_entries.Erase(new Erased(new Dice(2000 + i).Digest(), default), _ledger.ValidUntil));
        }

        Assert.That(State.Erasures, Has.Length.EqualTo(SubjectState.MostErasures));
        Refuses(Answer(Consortium.Insurer, ErasureAnswer.Destroyed), "erasure-unknown");
    }

    [Test]
    public void Refuses_an_answer_to_an_erasure_that_never_was() => Refuses(Answer(Consortium.Insurer, ErasureAnswer.Destroyed), "erasure-unknown");

    [Test]
    public void Refuses_an_answer_of_nobody()
    {
        Erase();
        Refuses(Answer(Consortium.Stranger, ErasureAnswer.Destroyed), "entry-signature");
    }

    [Test]
    public void Refuses_an_answer_in_anothers_name()
    {
        Erase();
        Refuses(Answer(Consortium.Insurer, ErasureAnswer.Destroyed, signer: Consortium.Clinic), "entry-signature");
    }

    [Test]
    public void Refuses_an_answer_that_the_subject_has_signed()
    {
        Erase();
        var body = new ErasureAnswered(Commitment, Consortium.Insurer.Id, ErasureAnswer.Destroyed, null);
        Refuses(Entry.Sign(ConsentEntryTypes.ErasureAnswered, _subject.Topic, body.Encode(), _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-signature");
    }

    [Test]
    public void Refuses_that_anybody_but_the_author_keeps_it()
    {
        Erase();
        Refuses(Answer(Consortium.Insurer, ErasureAnswer.Held, HoldGround.Retention), "erasure-hold");
    }

    [TestCase(ErasureAnswer.Held, ErasureAnswer.Held)]
    [TestCase(ErasureAnswer.Destroyed, ErasureAnswer.Held)]
    [TestCase(ErasureAnswer.Destroyed, ErasureAnswer.Destroyed)]
    [TestCase(ErasureAnswer.Held, ErasureAnswer.BackupsGone)]
    public void Refuses_an_answer_out_of_its_order(ErasureAnswer first, ErasureAnswer second)
    {
        Erase();
        Answers(Consortium.Hospital, first, GroundOf(first));
        Refuses(Answer(Consortium.Hospital, second, GroundOf(second)), "erasure-order");
    }

    [Test]
    public void Refuses_to_speak_of_backups_first()
    {
        Erase();
        Refuses(Answer(Consortium.Insurer, ErasureAnswer.BackupsGone), "erasure-order");
    }

    [Test]
    public void Refuses_an_answer_without_its_ground()
    {
        Erase();
        Refuses(Answer(Consortium.Hospital, ErasureAnswer.Held), "entry-signature");
        Refuses(Answer(Consortium.Hospital, ErasureAnswer.Destroyed, HoldGround.Retention), "entry-signature");
    }

    [Test]
    public void Refuses_a_body_that_is_none() =>
        Refuses(Entry.Sign(ConsentEntryTypes.Erased, _subject.Topic, new byte[] { 1 }, _ledger.ValidUntil, _key, Consortium.Genesis.Digest), "entry-body");

    [Test]
    public void Ends_no_grant_and_no_epoch()
    {
        var (grant, reader) = GrantedTo();
        Erase();
        Assert.That(State.CurrentEpoch, Is.Zero);
        Assert.That(_ledger.TryAppend(Access(27, grant.Id, reader)), Is.Null);
        reader.Dispose();
    }

    [Test]
    public void Keeps_what_there_is_of_emergencies()
    {
        _ledger.Append(_entries.SetEmergencyPolicy(new EmergencyPolicySet(1, new EmergencyRule(Digest.Of("policy"u8), 0, ["hospital"])), _ledger.ValidUntil));
        Erase();
        Assert.That(SubjectState.TryParse(State.Encode())!.Emergencies.LastNumber, Is.EqualTo(1));
    }

    [Test]
    public void The_memo_opens_for_the_wallet_alone_and_for_no_other_erasure()
    {
        using var memos = new MemoKey(new Dice(20).SymmetricKey());
        using var others = new MemoKey(new Dice(21).SymmetricKey());
        var erasure = ErasureOf(1);
        var record = new Dice(23).Record();
        var memo = memos.Seal(erasure, record);
        var opened = memos.Open(new Erased(erasure.Commitment, memo))!.Value;
        Assert.That((opened.Erasure.Commitment, opened.Record), Is.EqualTo((erasure.Commitment, record)));
        Assert.That(memos.Open(new Erased(Commitment, memo)), Is.Null);
        Assert.That(others.Open(new Erased(erasure.Commitment, memo)), Is.Null);
    }

    [Test]
    public void The_memo_does_not_tell_how_many_versions_a_record_has_had([Range(2, 13)] int sealings)
    {
        using var memos = new MemoKey(new Dice(20).SymmetricKey());
        Assert.That(memos.Seal(ErasureOf(sealings), default), Has.Length.EqualTo(memos.Seal(ErasureOf(1), default).Length));
    }

    [Test]
    public void The_largest_memo_fits_into_an_entry()
    {
        using var memos = new MemoKey(new Dice(20).SymmetricKey());
        var erasure = ErasureOf(Erasure.MostSealings);
        Assert.That(_ledger.TryAppend(_entries.Erase(new Erased(erasure.Commitment, memos.Seal(erasure, default)), _ledger.ValidUntil)), Is.Null);
    }

    private Erasure ErasureOf(int sealings) => new(
        new Dice(22).Salt(), _subject, [.. Enumerable.Range(0, sealings).Select(i => new Dice(3000 + i).Digest()).OrderBy(digest => digest)]);

    private static HoldGround? GroundOf(ErasureAnswer answer) => answer == ErasureAnswer.Held ? HoldGround.Retention : null;

    private void Erase() => _ledger.Append(_entries.Erase(new Erased(Commitment, new byte[20]), _ledger.ValidUntil));

    private void Answers(Party by, ErasureAnswer answer, HoldGround? ground = null) => Assert.That(_ledger.TryAppend(Answer(by, answer, ground)), Is.Null);

    private Entry Answer(Party by, ErasureAnswer answer, HoldGround? ground = null, Party? signer = null) => Entry.Sign(
        ConsentEntryTypes.ErasureAnswered, _subject.Topic, new ErasureAnswered(Commitment, by.Id, answer, ground).Encode(), _ledger.ValidUntil, (signer ?? by).SigningKey, Consortium.Genesis.Digest);
}
