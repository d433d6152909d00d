using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class ReadRowsTests
{
    private static readonly SubjectId Anna = Subject(1);
    private static readonly SubjectId Ben = Subject(2);

    private Phone.Cries _alarms = new();
    private string _folder = "";
    private StorageKeys _keys = null!;
    private SqliteFile _file = null!;
    private ReadRows _rows = null!;

    [SetUp]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("ehrledger-reads-").FullName;
        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(FilePath)))
        {
            schema.Database.Migrate();
        }

        _keys = new StorageKeys(SymmetricKey.Generate());
        _alarms = new Phone.Cries();
        Reopen();
    }

    [TearDown]
    public void Close()
    {
        _file.Dispose();
        _keys.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string FilePath => Path.Combine(_folder, "records.db");

    [Test]
    public void Are_found_by_subject_with_their_paths()
    {
        var roots = new[] { Commit(0, Row(Anna, 0), Row(Ben, 0), Row(Anna, 1)), Commit(1, Row(Ben, 1)), Commit(2, Row(Ben, 2), Row(Anna, 2)) };
        var found = _rows.Find(Anna, 0, 10);
        Assert.That(found.Select(read => (read.Row.Number, read.Batch)), Is.EqualTo(new[] { (0UL, 0UL), (1UL, 0UL), (2UL, 2UL) }));
        Assert.That(found.All(read => read.Row.Subject == Anna && read.Path.Verifies(read.Row.LeafHash(), roots[read.Batch])));
        Assert.That(_rows.Find(Ben, 1, 1).Select(read => read.Row.Number), Is.EqualTo(new[] { 1UL }));
        Assert.That(_rows.Find(Subject(3), 0, 10), Is.Empty);
    }

    [Test]
    public void What_a_stop_left_unwritten_is_made_up_for()
    {
        Commit(0, Row(Anna, 0));
        Assert.That(_rows.Find(Anna, 0, 10), Has.Count.EqualTo(1));
        Commit(1, Row(Anna, 1), Row(Ben, 0));
        Assert.That(CountPlaces(), Is.EqualTo(1), "not written yet");
        _file.Dispose();
        Reopen();
        Assert.That(CountPlaces(), Is.EqualTo(3));
        Assert.That(_rows.Find(Anna, 0, 10).Select(read => read.Row.Number), Is.EqualTo(new[] { 0UL, 1UL }));
        Assert.That(_alarms.All, Is.Empty);
    }

    [Test]
    public void Where_many_wait_they_are_written()
    {
        for (ulong batch = 0; batch < 1_023; batch++)
        {
            Commit(batch, Row(Anna, batch));
            _rows.FollowWhereDue();
        }

        Assert.That(CountPlaces(), Is.Zero);
        Commit(1_023, Row(Anna, 1_023));
        _rows.FollowWhereDue();
        Assert.That(CountPlaces(), Is.EqualTo(1_024));
    }

    [Test]
    public void Rows_from_before_stand_beside_the_newer_ones()
    {
        var old = Row(Anna, 0);
        var tree = RowBatch.Of([old.Encode()]);
        var stored = new DeterministicCborWriter(512).WriteArray(2).WriteBytes(old.Encode()).WriteBytes(new Anchor(0, tree.PathOf(0)).Encode()).ToArray();
        _file.Write(session => session.Execute("INSERT INTO read_rows (Subject, Number, Batch, Sealed) VALUES ($1, 0, 0, $2)", Anna.Key.ToArray(), _keys.SealColumn("read-row", stored)));
        Commit(1, Row(Anna, 1));
        var found = _rows.Find(Anna, 0, 10);
        Assert.That(found.Select(read => (read.Row.Number, read.Batch)), Is.EqualTo(new[] { (0UL, 0UL), (1UL, 1UL) }));
        Assert.That(found[0].Path.Verifies(found[0].Row.LeafHash(), tree.Root));
    }

    [Test]
    public void What_was_asked_stands_beside_the_rows_under_the_digest_that_they_have()
    {
        var question = Question.Ask("GET /fhir/Patient?family=Doe");
        var row = Row(Anna, 0) with { QueryDigest = question.Digest };
        var other = Question.Ask("GET /fhir/Patient?family=Doe");
        _file.WriteBeside(session => OutboxStore.Add(session, new OutboxItem(7, EntryType.AuthorReads, new byte[1], new byte[1], DateTimeOffset.UnixEpoch), _rows.Seal([row.Encode()], [question])));
        var batch = _rows.FindBatch(7)!;
        Assert.That((batch.RowAt(0)!.QueryDigest, batch.RowAt(1)), Is.EqualTo((question.Digest, (ReadRow?)null)));
        Assert.That(batch.Questions[batch.RowAt(0)!.QueryDigest], Is.EqualTo(question));
        Assert.That(other.Digest, Is.Not.EqualTo(question.Digest), "salted");
        Assert.That(_rows.FindBatch(8), Is.Null);
    }

    [Test]
    public void A_batch_from_before_questions_were_kept_is_read_still()
    {
        var row = Row(Anna, 0).Encode();
        var old = _keys.SealColumn("read-rows", new DeterministicCborWriter(512).WriteArray(1).WriteBytes(row).ToArray());
        _file.WriteBeside(session => OutboxStore.Add(session, new OutboxItem(0, EntryType.AuthorReads, new byte[1], new byte[1], DateTimeOffset.UnixEpoch), old));
        _file.Dispose();
        Reopen();
        Assert.That(_rows.Find(Anna, 0, 10).Select(read => read.Row.Number), Is.EqualTo(new[] { 0UL }));
        Assert.That(_rows.FindBatch(0)!.Questions, Is.Empty);
        Assert.That(_alarms.All, Is.Empty);
    }

    [Test]
    public void Batches_come_the_newest_first_down_to_a_day()
    {
        foreach (var batch in (ulong[])[0, 1, 2])
        {
            var at = DateTimeOffset.UnixEpoch.AddDays(batch);
            _file.WriteBeside(session => OutboxStore.Add(session, new OutboxItem(batch, EntryType.AuthorReads, new byte[1], new byte[1], at), _rows.Seal([Row(Anna, batch).Encode()], [])));
        }

        Assert.That(_rows.Walk(null).Select(batch => batch.Number), Is.EqualTo(new[] { 2UL, 1UL, 0UL }));
        Assert.That(_rows.Walk(DateTimeOffset.UnixEpoch.AddDays(1)).Select(batch => batch.Number), Is.EqualTo(new[] { 2UL, 1UL }));
    }

    [Test]
    public void A_damaged_batch_is_a_gap_and_an_alarm()
    {
        Commit(0, Row(Anna, 0));
        Commit(1, Row(Anna, 1));
        _file.Write(session => session.Execute("UPDATE batches SET Rows = zeroblob(200) WHERE Number = 0"));
        Assert.That(_rows.Find(Anna, 0, 10).Select(read => read.Row.Number), Is.EqualTo(new[] { 1UL }));
        Assert.That(_alarms.All, Has.Count.EqualTo(1));
    }

    private void Reopen()
    {
        _file = new SqliteFile(FilePath);
        _rows = new ReadRows(_file, _keys, _alarms);
        _rows.Load();
    }

    private long CountPlaces() => _file.Read(session => session.Find("SELECT COUNT(*) FROM read_rows", row => row.GetInt64(0)));

    /// <summary>As the author's log commits. Returns the batch's root.</summary>
    private Digest Commit(ulong batch, params ReadRow[] rows)
    {
        var encoded = rows.Select(row => row.Encode()).ToList();
        _file.WriteBeside(session => OutboxStore.Add(session, new OutboxItem(batch, EntryType.AuthorReads, new byte[1], new byte[1], DateTimeOffset.UnixEpoch), _rows.Seal(encoded, [Question.Ask("GET /fhir/Patient/1")])));
        _rows.Added(batch, rows);
        return RowBatch.Of(encoded).Root;
    }

    private static ReadRow Row(SubjectId subject, ulong number) => new(
        Salt.Generate(), subject, number, ReadLevel.Opened, Digest.Of([1]), [new RecordVersion(RecordId.Generate(), 1)], PurposeOfUse.Treatment, "Dr. Osler", "clinician");

    private static SubjectId Subject(byte seed) => new(Ed25519PrivateKey.FromSeed(Digest.Of([seed]).ToArray()).Public);
}
