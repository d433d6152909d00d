using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Reads;

/// <summary>What the patient sees of a search and a read, and what a reader can't hide.</summary>
public sealed class LoggedAccessTests
{
    private static readonly Asker Asker = new(Consortium.Clinic.Id, "Practitioner/9", "physician");

    private readonly CareStory _story = new CareStory().Open();
    private readonly SymmetricKey _logKey = new Dice(1).SymmetricKey();
    private readonly ReaderGrant _grant;

    public LoggedAccessTests() => _grant = new ReaderGrant(new Dice(2).Grant(), _story.Subject, new Dice(3).SigningKey(), _logKey);

    [OneTimeTearDown]
    public void Forget() => _logKey.Dispose();

    [Test]
    public void Tells_the_patient_of_a_read()
    {
        var records = new[] { new Dice(5).Version(), new Dice(4).Version() };
        var (entry, opening) = Read(records).Single();
        var access = (LoggedAccess.Opened)LoggedAccess.Open(entry, _logKey);
        Assert.Multiple(() =>
        {
            Assert.That(access.Purpose, Is.EqualTo(PurposeOfUse.Treatment));
            Assert.That(access.Records, Is.EqualTo(records.Order()));
            Assert.That((access.Details.Organisation, access.Details.Person, access.Details.Role), Is.EqualTo((Asker.Organisation, Asker.Person, Asker.Role)));
            Assert.That(access.Details.Opening.ToArray(), Is.EqualTo(opening.Encode()));
        });
    }

    [Test]
    public void Tells_the_patient_of_a_search()
    {
        var (entry, _) = AccessEntries.Search(_grant, Asker, PurposeOfUse.Payment, Digest.Of("query"u8), _story.Ledger.ValidUntil, CareStory.Genesis);
        var access = (LoggedAccess.Opened)LoggedAccess.Open(entry, _logKey);
        Assert.That((access.Purpose, access.Records.Count, access.Details.QueryDigest), Is.EqualTo((PurposeOfUse.Payment, 0, Digest.Of("query"u8))));
    }

    [Test]
    public void Tells_nobody_else()
    {
        using var other = new Dice(9).SymmetricKey();
        Assert.That(LoggedAccess.Open(Read(new Dice(4).Version()).Single().Entry, other), Is.InstanceOf<LoggedAccess.Unreadable>());
    }

    [Test]
    public void Says_that_a_reader_encrypted_nonsense() => Assert.That(
        LoggedAccess.Open(Entry(ConsentEntryTypes.Read, (opening, _) => (Digest.Of(opening), new byte[100])), _logKey), Is.InstanceOf<LoggedAccess.Unreadable>());

    [Test]
    public void Says_that_a_reader_encrypted_another_opening_than_it_commits_to() => Assert.That(
        LoggedAccess.Open(Entry(ConsentEntryTypes.Read, (_, details) => (Digest.Of("another"u8), details)), _logKey), Is.InstanceOf<LoggedAccess.Unreadable>());

    [Test]
    public void Says_that_a_reader_passed_a_search_off_as_a_read() => Assert.That(
        LoggedAccess.Open(Entry(ConsentEntryTypes.Search, (opening, details) => (Digest.Of(opening), details)), _logKey), Is.InstanceOf<LoggedAccess.Unreadable>());

    [Test]
    public void Says_that_a_reader_copied_the_details_of_another_entry()
    {
        var honest = AccessBody.TryParse(Read(new Dice(4).Version()).Single().Entry.Body)!;
        var copy = EhrLedger.Ledger.Entries.Entry.Sign(
            ConsentEntryTypes.Read, _story.Subject.Topic, honest.Encode(), _story.Ledger.ValidUntil, _grant.ReaderKey, CareStory.Genesis, new byte[16]);
        Assert.That(LoggedAccess.Open(copy, _logKey), Is.InstanceOf<LoggedAccess.Unreadable>());
    }

    [Test]
    public void Opens_only_what_says_who_asked() => Assert.That(
        () => LoggedAccess.Open(_story.Entries.StartEpoch(new EpochStarted(1, default), _story.Ledger.ValidUntil), _logKey), Throws.ArgumentException);

    [TestCase(1)]
    [TestCase(1900)]
    [TestCase(1901)]
    [TestCase(5000)]
    public void Splits_a_read_that_one_entry_has_no_room_for(int count)
    {
        var records = Enumerable.Range(0, count).Select(i => new RecordVersion(RecordId.Generate(), uint.MaxValue - (uint)i)).ToArray();
        var longest = new Asker(Consortium.Clinic.Id, new string('ä', 100), new string('b', 100));
        var entries = AccessEntries.Read(_grant, longest, PurposeOfUse.Treatment, records, default, _story.Ledger.ValidUntil, CareStory.Genesis);
        Assert.Multiple(() =>
        {
            Assert.That(entries, Has.Count.EqualTo((count + 1899) / 1900));
            Assert.That(entries.SelectMany(entry => ((LoggedAccess.Opened)LoggedAccess.Open(entry.Entry, _logKey)).Records), Is.EqualTo(records.Order()));
            Assert.That(entries.Max(entry => entry.Entry.SignedBytes.Length), Is.LessThanOrEqualTo(EhrLedger.Ledger.Entries.Entry.LargestSize));
        });
    }

    [Test]
    public void Names_a_record_once() => Assert.That(Read(new Dice(4).Version(), new Dice(4).Version()).Single().Opening.Records, Has.Count.EqualTo(1));

    [Test]
    public void Needs_a_record() => Assert.That(() => Read(), Throws.ArgumentException);

    [Test]
    public void Refuses_a_name_that_is_too_long() => Assert.That(
        () => AccessEntries.Search(_grant, Asker with { Person = new string('a', 201) }, PurposeOfUse.Treatment, default, _story.Ledger.ValidUntil, CareStory.Genesis),
        Throws.ArgumentException);

    [Test]
    public void Hides_a_large_read_among_those_of_about_its_size()
    {
        var lengths = Enumerable.Range(0, 20).Select(more => Details(300 + more).SealedDetails.Length).Distinct();
        Assert.That(lengths.Count(), Is.LessThanOrEqualTo(3));
    }

    private AccessBody Details(int count) => AccessBody.TryParse(Read([.. Enumerable.Range(0, count).Select(i => new Dice(i).Version())]).Single().Entry.Body)!;

    private IReadOnlyList<(Entry Entry, ReadOpening Opening)> Read(params RecordVersion[] records) =>
        AccessEntries.Read(_grant, Asker, PurposeOfUse.Treatment, records, Digest.Of("query"u8), _story.Ledger.ValidUntil, CareStory.Genesis);

    private Entry Entry(EntryType type, Func<byte[], byte[], (Digest Opening, byte[] Details)> lie)
    {
        var opening = new ReadOpening(Salt.Generate(), PurposeOfUse.Treatment, [new Dice(4).Version()]).Encode();
        var nonce = new byte[16];
        var details = new AccessDetails(opening, Asker.Organisation, Asker.Person, Asker.Role, default).Seal(_logKey, nonce);
        var (digest, sealedDetails) = lie(opening, details);
        return EhrLedger.Ledger.Entries.Entry.Sign(
            type, _story.Subject.Topic, new AccessBody(_grant.Grant, digest, sealedDetails).Encode(), _story.Ledger.ValidUntil, _grant.ReaderKey, CareStory.Genesis, nonce);
    }
}
