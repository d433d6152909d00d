using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Grants;

public sealed class AccessKeyTests
{
    private readonly CareStory _story = new CareStory().Open();

    [Test]
    public void Opens_for_the_grantee()
    {
        var grant = _story.Grant(lastEpoch: 1);
        Assert.Multiple(() =>
        {
            Assert.That(grant.Access.Terms.Digest, Is.EqualTo(_story.Ledger.FindSubject(_story.Subject)!.FindGrant(grant.Body.Id)!.TermsDigest));
            Assert.That(grant.Access.Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new uint[] { 0, 1 }));
            Assert.That(grant.Access.FindEpoch(1)!.SealingKey.Public, Is.EqualTo(_story.Epochs[1].SealingKey.Public));
            Assert.That(grant.Access.FindEpoch(2), Is.Null);
            Assert.That(grant.Access.ComputeDigest(), Is.EqualTo(grant.Body.AccessKeyDigest));
        });
    }

    [Test]
    public void Stays_closed_for_another_answer_key()
    {
        var grant = _story.Grant();
        var (message, digest) = grant.Access.Seal(grant.Keys.Answer.Public);
        using var other = ReaderKeys.Generate();
        Assert.That(AccessKey.Open(other.Answer, grant.Body.Id, digest, message), Is.Null);
    }

    [Test]
    public void Stays_closed_under_another_grant()
    {
        var grant = _story.Grant();
        var (message, digest) = grant.Access.Seal(grant.Keys.Answer.Public);
        Assert.That(AccessKey.Open(grant.Keys.Answer, GrantId.Generate(), digest, message), Is.Null);
    }

    [Test]
    public void Is_refused_if_it_is_not_what_the_patient_signed()
    {
        var grant = _story.Grant();
        var (message, _) = grant.Access.Seal(grant.Keys.Answer.Public);
        Assert.That(AccessKey.Open(grant.Keys.Answer, grant.Body.Id, Digest.Of("another"u8), message), Is.Null);
    }

    [Test]
    public void Keeps_nothing_of_the_bytes_that_it_was_read_from()
    {
        var grant = _story.Grant(single: [_story.Write("Metformin")]);
        var bytes = grant.Access.Encode();
        using var read = AccessKey.TryParse(bytes)!;
        Array.Clear(bytes);
        Assert.That(read.Encode(), Is.EqualTo(grant.Access.Encode()));
    }

    [Test]
    public void Prints_no_secret()
    {
        using var keys = ReaderKeys.Generate();
        var grant = _story.Grant(single: [_story.Write("Metformin")]);
        Assert.That($"{grant.Access} {grant.Access.Records[0]} {_story.Epochs[0]} {keys} {_story.Memos}", Does.Not.Match("[0-9a-f]{8}"));
    }

    [Test]
    public void Can_be_made_again_from_the_phrase_alone()
    {
        // The wallet lost everything but its seed: terms from the memo, the rest from the tree.
        var grant = _story.Grant();
        using var again = new AccessKey
        {
            Grant = grant.Body.Id,
            Subject = _story.Subject,
            Author = Consortium.Hospital.Id,
            Category = EhrLedger.Consent.Subjects.Category.Medications,
            Terms = grant.Access.Terms,
            LogKey = new CareStory().Memos.DeriveLogKey(grant.Body.Id),
            Epochs = [new CareStory().Epochs[0]],
            Records = [],
            PatientLink = "Patient/7",
        };
        Assert.That(again.ComputeDigest(), Is.EqualTo(grant.Body.AccessKeyDigest));
    }
}
