using System.Text;
using EhrLedger.Consent;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Records;

/// <summary>The three ways in which a record opens, and what does not open it.</summary>
public sealed class RecordSealerTests
{
    private const string Text = "Metformin 500 mg, twice a day";

    private readonly CareStory _story = new CareStory();
    private SealedRecord _record = null!;

    [SetUp]
    public void Seal() => _record = _story.Seal(Text);

    [Test]
    public void Opens_for_the_author() => Assert.That(Read(OpenAsAuthor(_record)), Is.EqualTo(Text));

    [Test]
    public void Opens_for_the_patient_without_anyones_help() => Assert.That(Read(OpenAsPatient(_record)), Is.EqualTo(Text));

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(2, 0)]
    public void Opens_with_any_two_shares_and_the_category_key(int first, int second) => Assert.That(Read(OpenWithShares(_record, first, second)), Is.EqualTo(Text));

    [Test]
    public void Opens_with_more_shares_than_needed() => Assert.That(Read(OpenWithShares(_record, 0, 1, 2)), Is.EqualTo(Text));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Stays_closed_with_one_share_and_the_category_key(int place) => Assert.That(OpenWithShares(_record, place), Is.Null);

    [Test]
    public void Stays_closed_with_one_share_given_twice() => Assert.That(OpenWithShares(_record, 1, 1), Is.Null);

    [Test]
    public void Stays_closed_with_all_shares_and_another_category_key()
    {
        using var wrong = HalfKey.Generate();
        Assert.That(RecordOpener.OpenWithShares(_record.Header, _record.Commitment, _record.Ciphertext.Span, wrong, Shares(_record, 0, 1, 2), Consortium.Custodians), Is.Null);
    }

    [Test]
    public void Stays_closed_with_the_shares_of_another_record()
    {
        var other = _story.Seal(Text);
        using var half = FirstHalf(_record);
        Assert.That(RecordOpener.OpenWithShares(_record.Header, _record.Commitment, _record.Ciphertext.Span, half, Shares(other, 0, 1, 2), Consortium.Custodians), Is.Null);
    }

    [Test]
    public void Stays_closed_where_the_custodian_set_is_another()
    {
        using var half = FirstHalf(_record);
        var set = Consortium.Custodians with { Number = 1 };
        Assert.That(RecordOpener.OpenWithShares(_record.Header, _record.Commitment, _record.Ciphertext.Span, half, Shares(_record, 0, 1), set), Is.Null);
    }

    [Test]
    public void Leaves_out_a_false_share_if_enough_good_ones_are_there()
    {
        using var half = FirstHalf(_record);
        List<ReadOnlyMemory<byte>> shares = [new byte[RecordSealer.ShareLength], new byte[] { 1 }, .. Shares(_record, 2, 1)];
        Assert.That(Read(RecordOpener.OpenWithShares(_record.Header, _record.Commitment, _record.Ciphertext.Span, half, shares, Consortium.Custodians)), Is.EqualTo(Text));
    }

    [Test]
    public void Stays_closed_for_another_author() => Assert.That(
        RecordOpener.OpenAsAuthor(_record.Header, _record.Commitment, _record.Ciphertext.Span, _record.AuthorWrap.Span, Consortium.Clinic.WrapKey), Is.Null);

    [Test]
    public void Stays_closed_for_another_patient()
    {
        var other = new CareStory(patient: 2);
        using var category = OpeningSecret.SetUp(other.Epochs[0].SealingKey, _story.Encapsulation(_record.FirstHalf.Encapsulation), SealedFor.Category)!;
        using var self = OpeningSecret.SetUp(other.SelfKey, _story.Encapsulation(_record.SelfHalf.Encapsulation), SealedFor.Self)!;
        Assert.That(RecordOpener.OpenAsPatient(_record.Header, _record.Commitment, _record.Ciphertext.Span, _record.FirstHalf, category, _record.SelfHalf, self), Is.Null);
    }

    [Test]
    public void Stays_closed_under_the_sealing_key_of_another_epoch()
    {
        using var category = OpeningSecret.SetUp(_story.Epochs[1].SealingKey, _story.Encapsulation(_record.FirstHalf.Encapsulation), SealedFor.Category)!;
        Assert.That(RecordOpener.OpenHalf(_record.Header, _record.FirstHalf, category), Is.Null);
    }

    [Test]
    public void Stays_closed_where_a_share_is_opened_as_something_else()
    {
        using var secret = OpeningSecret.SetUp(_story.Epochs[0].SealingKey, _story.Encapsulation(_record.FirstHalf.Encapsulation), SealedFor.Share)!;
        Assert.That(RecordOpener.OpenHalf(_record.Header, _record.FirstHalf, secret), Is.Null);
    }

    [Test]
    public void Stays_closed_after_any_flipped_bit() => Prop.ForAll((ushort at, byte bit, byte part) =>
    {
        ReadOnlyMemory<byte> Flip(ReadOnlyMemory<byte> bytes)
        {
            var copy = bytes.ToArray();
            copy[at % copy.Length] ^= (byte)(1 << (bit % 8));
            return copy;
        }

        var damaged = (part % 3) switch
        {
            0 => _record with { Ciphertext = Flip(_record.Ciphertext) },
            1 => _record with { AuthorWrap = Flip(_record.AuthorWrap) },
            _ => _record with { Commitment = KeyCommitment.FromBytes(Flip(_record.Commitment.ToArray()).Span) },
        };
        return OpenAsAuthor(damaged) is null;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Stays_closed_under_another_header()
    {
        var header = _story.Seal(Text).Header;
        Assert.That(OpenAsAuthor(_record with { Header = header }), Is.Null);
        Assert.That(OpenAsPatient(_record with { Header = header }), Is.Null);
    }

    [Test]
    public void Stays_closed_if_the_header_says_another_time()
    {
        var h = _record.Header;
        var header = RecordHeader.Create(h.Record, h.Subject, h.Epoch, h.Author, h.CustodianSet, h.ShareDigests, h.Time + 1, h.ContentType, h.Random.Span);
        Assert.That(OpenAsAuthor(_record with { Header = header }), Is.Null);
    }

    [Test]
    public void Opens_content_of_any_length() => Prop.ForAll((byte[] content) =>
    {
        var record = _story.Author.Seal(new RecordVersion(RecordId.Generate(), 1), SubjectSealing, _story.Custodians, "application/octet-stream", content ?? [], _story.Ledger.Now);
        return OpenAsAuthor(record).AsSpan().SequenceEqual(content ?? []);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Makes_the_row_of_what_it_sealed()
    {
        var row = _record.Row(5);
        Assert.Multiple(() =>
        {
            Assert.That(row.Header, Is.EqualTo(_record.Header.Digest));
            Assert.That(row.Ciphertext, Is.EqualTo(Digest.Of(_record.Ciphertext.Span)));
            Assert.That((row.Subject, row.Number, row.Credential), Is.EqualTo((_story.Subject, 5ul, (Digest?)null)));
            Assert.That(row.Salt, Is.Not.EqualTo(_record.Row(5).Salt));
        });
    }

    [Test]
    public void Asks_for_a_secret_for_each_custodian() => Assert.That(
        () => _story.Author.Seal(_record.Header.Record, SubjectSealing, _story.Custodians with { Secrets = [] }, "text/plain", [], _story.Ledger.Now), Throws.ArgumentException);

    [Test]
    public void Binds_a_share_to_its_custodian()
    {
        Assert.That(_story.ShareOf(Consortium.Hospital, _record), Is.Not.Null);
        var swapped = _record with { Shares = [_record.Shares[1], _record.Shares[0], _record.Shares[2]] };
        using var secret = OpeningSecret.SetUp(Consortium.Clinic.SealingKey, _story.Encapsulation(swapped.Shares[0].Encapsulation), SealedFor.Share)!;
        Assert.That(EhrLedger.Consent.Custody.CustodianShare.Open(_record.Header, Consortium.Custodians, Consortium.Hospital.Id, swapped.Shares[0], secret), Is.Null);
    }

    private SubjectSealing SubjectSealing => field ??= _story.Sealing();

    private static byte[]? OpenAsAuthor(SealedRecord record) =>
        RecordOpener.OpenAsAuthor(record.Header, record.Commitment, record.Ciphertext.Span, record.AuthorWrap.Span, Consortium.Hospital.WrapKey);

    private byte[]? OpenAsPatient(SealedRecord record)
    {
        using var category = OpeningSecret.SetUp(_story.Epochs[0].SealingKey, _story.Encapsulation(record.FirstHalf.Encapsulation), SealedFor.Category)!;
        using var self = OpeningSecret.SetUp(_story.SelfKey, _story.Encapsulation(record.SelfHalf.Encapsulation), SealedFor.Self)!;
        return RecordOpener.OpenAsPatient(record.Header, record.Commitment, record.Ciphertext.Span, record.FirstHalf, category, record.SelfHalf, self);
    }

    private byte[]? OpenWithShares(SealedRecord record, params int[] places)
    {
        using var half = FirstHalf(record);
        return RecordOpener.OpenWithShares(record.Header, record.Commitment, record.Ciphertext.Span, half, Shares(record, places), Consortium.Custodians);
    }

    private HalfKey FirstHalf(SealedRecord record)
    {
        using var secret = OpeningSecret.SetUp(_story.Epochs[0].SealingKey, _story.Encapsulation(record.FirstHalf.Encapsulation), SealedFor.Category)!;
        return RecordOpener.OpenHalf(record.Header, record.FirstHalf, secret)!;
    }

    private ReadOnlyMemory<byte>[] Shares(SealedRecord record, params int[] places) =>
        [.. places.Select(place => (ReadOnlyMemory<byte>)_story.ShareOf(Consortium.PartyOf(Consortium.Custodians.Custodians[place]), record)!.Bytes.ToArray())];

    private static string? Read(byte[]? content) => content is null ? null : Encoding.UTF8.GetString(content);
}
