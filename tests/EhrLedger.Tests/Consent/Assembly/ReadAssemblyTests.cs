using System.Text;
using EhrLedger.Consent.Assembly;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Assembly;

/// <summary>A whole read, from the request to the plaintext, with honest custodians and with others.</summary>
public sealed class ReadAssemblyTests
{
    private const string Text = "Metformin 500 mg, twice a day";

    private CareStory _story = null!;
    private AnchoredRecord _record = null!;

    [SetUp]
    public void A_record_is_written()
    {
        _story = new CareStory().Open();
        _record = _story.Write(Text);
    }

    [Test]
    public void Opens_a_record_with_the_shares_of_two_custodians()
    {
        var grant = _story.Grant();
        using var assembly = Assemble(grant, _record, Consortium.Insurer, Consortium.Hospital);
        Assert.That(assembly.IsComplete, Is.True);
        Assert.That(Read(assembly, grant), Is.EqualTo(Text));
    }

    [Test]
    public void Opens_a_single_record_that_was_granted()
    {
        var grant = _story.Grant(single: [_record]);
        using var assembly = Assemble(grant, _record, Consortium.Insurer, Consortium.Clinic);
        using var halves = new FirstHalves(grant.Access);
        Assert.That(assembly.Open(_record.Sealed.Header.Digest, null, halves, _record.Sealed.Ciphertext.Span), Is.InstanceOf<AssembledRecord.Opened>());
    }

    [Test]
    public void Stays_closed_with_one_custodian_and_the_category_key()
    {
        var grant = _story.Grant();
        using var assembly = Assemble(grant, _record, Consortium.Insurer);
        using var halves = _story.FirstHalves(grant, _record);
        Assert.That(
            assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, _record.Sealed.Ciphertext.Span), Is.EqualTo(new AssembledRecord.TooFewShares(1)));
    }

    [Test]
    public void Counts_a_custodian_once()
    {
        var grant = _story.Grant();
        using var assembly = Assemble(grant, _record, Consortium.Insurer, Consortium.Insurer);
        Assert.That(assembly.MissingFor(_record.Sealed.Header.Digest), Is.EqualTo(1));
    }

    [Test]
    public void Stays_closed_with_all_shares_and_no_access_key()
    {
        var grant = _story.Grant();
        var stranger = new CareStory(patient: 2) { Ledger = _story.Ledger }.Open().Grant();
        using var assembly = Assemble(grant, _record, Consortium.Hospital, Consortium.Clinic, Consortium.Insurer);
        using var halves = _story.FirstHalves(stranger, _record);
        Assert.That(
            assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, _record.Sealed.Ciphertext.Span), Is.EqualTo(new AssembledRecord.NotOpenable()));
    }

    [Test]
    public void Stays_closed_with_the_access_key_of_another_epoch()
    {
        var grant = _story.Grant(lastEpoch: 1);
        using var assembly = Assemble(grant, _record, Consortium.Hospital, Consortium.Insurer);
        using var halves = new FirstHalves(grant.Access);
        halves.Offer(1, _story.Encapsulation(_record.Sealed.FirstHalf.Encapsulation));
        Assert.That(
            assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, _record.Sealed.Ciphertext.Span), Is.EqualTo(new AssembledRecord.NotOpenable()));
    }

    [Test]
    public void Names_a_custodian_that_lies_and_goes_on_without_it()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        using var assembly = Expecting(_record);

        // The clinic's node passes the hospital's share off as its own.
        Take(assembly, grant, read, Consortium.Clinic, Message(grant, read, _story.ShareOf(Consortium.Hospital, _record.Sealed)!));
        Assert.That(assembly.Liars, Is.EquivalentTo(new[] { Consortium.Clinic.Id }));
        Assert.That(assembly.MissingFor(_record.Sealed.Header.Digest), Is.EqualTo(2));

        Take(assembly, grant, read, Consortium.Hospital, Message(grant, read, _story.ShareOf(Consortium.Hospital, _record.Sealed)!));
        Take(assembly, grant, read, Consortium.Insurer, Message(grant, read, _story.ShareOf(Consortium.Insurer, _record.Sealed)!));
        Assert.That(Read(assembly, grant), Is.EqualTo(Text));
    }

    [Test]
    public void Names_a_custodian_that_sends_zeros()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var plaintext = new EhrLedger.Crypto.Cbor.DeterministicCborWriter().WriteArray(1).WriteArray(2).WriteDigest(_record.Sealed.Header.Digest).WriteBytes(new byte[33]).ToArray();
        var message = HpkeMessage.Seal(grant.Keys.Answer.Public, EhrLedger.Consent.SealedFor.Release, read.Entry.Digest.ToArray(), plaintext);
        using var assembly = Expecting(_record);
        Take(assembly, grant, read, Consortium.Insurer, message);
        Assert.That(assembly.Liars, Is.EquivalentTo(new[] { Consortium.Insurer.Id }));
    }

    [Test]
    public void Names_nobody_that_is_no_custodian_of_the_record_for_shares_that_were_not_asked_for()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var other = _story.Write("Warfarin");
        using var assembly = Expecting(_record);
        Take(assembly, grant, read, Consortium.Insurer, Message(grant, read, _story.ShareOf(Consortium.Insurer, other.Sealed)!));
        Assert.That(assembly.Liars, Is.Empty);
    }

    [Test]
    public void Asks_for_the_ciphertext_elsewhere_if_it_is_not_the_one_in_the_row()
    {
        var grant = _story.Grant();
        using var assembly = Assemble(grant, _record, Consortium.Hospital, Consortium.Insurer);
        using var halves = _story.FirstHalves(grant, _record);
        var damaged = _record.Sealed.Ciphertext.ToArray();
        damaged[0] ^= 1;
        Assert.That(assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, damaged), Is.EqualTo(new AssembledRecord.OtherCiphertext()));
    }

    [Test]
    public void Refuses_a_record_whose_author_committed_to_another_key()
    {
        var grant = _story.Grant();
        var row = _record.Row with { Commitment = new Dice(1).Commitment() };
        var read = _story.Announce(grant, _record);
        using var assembly = new ReadAssembly(Consortium.Custodians);
        assembly.Expect(_record.Sealed.Header, row);
        foreach (var custodian in new[] { Consortium.Hospital, Consortium.Insurer })
        {
            Take(assembly, grant, read, custodian, _story.Release(custodian, _story.RequestOf(custodian, grant, read, _record), _record)!);
        }

        using var halves = _story.FirstHalves(grant, _record);
        Assert.That(
            assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, _record.Sealed.Ciphertext.Span), Is.EqualTo(new AssembledRecord.NotOpenable()));
    }

    [Test]
    public void Expects_no_row_of_another_header()
    {
        using var assembly = new ReadAssembly(Consortium.Custodians);
        Assert.That(assembly.Expect(_record.Sealed.Header, _story.Write("Warfarin").Row), Is.False);
    }

    [Test]
    public void Expects_no_record_of_a_custodian_set_that_nobody_knows()
    {
        using var assembly = new ReadAssembly(Consortium.Custodians with { Number = 1 });
        Assert.That(assembly.Expect(_record.Sealed.Header, _record.Row), Is.False);
    }

    [Test]
    public void Opens_an_answer_for_its_own_read_only()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var another = _story.Announce(grant, _record);
        var message = _story.Release(Consortium.Insurer, _story.Request(grant, read, _record), _record)!;
        Assert.That(Release.Open(grant.Keys.Answer, another.Entry.Digest, message), Is.Null);
    }

    [Test]
    public void Opens_an_answer_for_its_own_grant_only()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        var message = _story.Release(Consortium.Insurer, _story.Request(grant, read, _record), _record)!;
        Assert.That(Release.Open(_story.Grant().Keys.Answer, read.Entry.Digest, message), Is.Null);
    }

    [Test]
    public void Seals_no_answer_to_a_key_that_is_none() => Assert.That(Release.Seal([], new byte[1216].Select(_ => (byte)255).ToArray(), default), Is.Null);

    [Test]
    public void Reads_nothing_new_after_a_revocation()
    {
        var grant = _story.Grant();
        var read = _story.Announce(grant, _record);
        _story.Ledger.Append(_story.Entries.Revoke(new Revoked(grant.Body.Id, 1, _story.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil));
        Assert.That(
            new[] { Consortium.Hospital, Consortium.Clinic, Consortium.Insurer }.Select(c => _story.Release(c, _story.RequestOf(c, grant, read, _record), _record)), Is.All.Null);

        // And what comes later is sealed to a key that the grantee never had.
        var later = _story.Write("Insulin", epoch: 1);
        using var halves = _story.FirstHalves(grant, later);
        Assert.That(halves.Open(later.Sealed.Header, later.Sealed.FirstHalf), Is.Null);
    }

    [Test]
    public void Opens_what_came_after_an_extension()
    {
        var grant = _story.Grant();
        _story.Ledger.Append(_story.Entries.StartEpoch(new EpochStarted(1, _story.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil));
        var later = _story.Write("Insulin", epoch: 1);
        using var extended = new AccessKey
        {
            Grant = grant.Body.Id,
            Subject = _story.Subject,
            Author = Consortium.Hospital.Id,
            Category = grant.Access.Category,
            Terms = grant.Access.Terms,
            LogKey = _story.Memos.DeriveLogKey(grant.Body.Id),
            Epochs = [.. _story.Epochs.Take(2)],
            Records = [],
            PatientLink = grant.Access.PatientLink,
        };
        _story.Ledger.Append(_story.Entries.Extend(new GrantExtended(1, [new GrantExtension(grant.Body.Id, extended.ComputeDigest(), new byte[8])]), _story.Ledger.ValidUntil));
        grant = grant with { Access = extended };
        using var assembly = Assemble(grant, later, Consortium.Hospital, Consortium.Clinic);
        using var halves = _story.FirstHalves(grant, later);
        Assert.That(assembly.Open(later.Sealed.Header.Digest, later.Sealed.FirstHalf, halves, later.Sealed.Ciphertext.Span), Is.InstanceOf<AssembledRecord.Opened>());
    }

    [Test]
    public void Bounds_the_encapsulations_that_an_author_can_make_it_keep()
    {
        var grant = _story.Grant();
        using var halves = new FirstHalves(grant.Access);
        Assert.That(Enumerable.Range(0, 300).Count(i => halves.Offer(0, new Dice(i).Bytes(1120))), Is.EqualTo(256));
        Assert.That(halves.Offer(0, new byte[5]), Is.False);
        Assert.That(halves.Offer(9, new Dice(1).Bytes(1120)), Is.False);
    }

    private ReadAssembly Assemble(ClinicGrant grant, AnchoredRecord record, params Party[] custodians)
    {
        var read = _story.Announce(grant, record);
        var assembly = Expecting(record);
        foreach (var custodian in custodians)
        {
            Take(assembly, grant, read, custodian, _story.Release(custodian, _story.RequestOf(custodian, grant, read, record), record)!);
        }

        return assembly;
    }

    private static ReadAssembly Expecting(AnchoredRecord record)
    {
        var assembly = new ReadAssembly(Consortium.Custodians);
        Assert.That(assembly.Expect(record.Sealed.Header, record.Row), Is.True);
        return assembly;
    }

    private static void Take(ReadAssembly assembly, ClinicGrant grant, AnnouncedRead read, Party custodian, byte[] message)
    {
        using var release = Release.Open(grant.Keys.Answer, read.Entry.Digest, message)!;
        assembly.Take(custodian.Id, release);
    }

    private static byte[] Message(ClinicGrant grant, AnnouncedRead read, CustodianShare share) =>
        Release.Seal([share], grant.Keys.Answer.Public.ToArray(), read.Entry.Digest)!;

    private string? Read(ReadAssembly assembly, ClinicGrant grant)
    {
        using var halves = _story.FirstHalves(grant, _record);
        return assembly.Open(_record.Sealed.Header.Digest, _record.Sealed.FirstHalf, halves, _record.Sealed.Ciphertext.Span) is AssembledRecord.Opened(var content)
            ? Encoding.UTF8.GetString(content.Span)
            : null;
    }
}
