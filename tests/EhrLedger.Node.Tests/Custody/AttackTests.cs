using System.Net;
using EhrLedger.Consent;
using EhrLedger.Consent.Assembly;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What a thief of everything that the clinic has gets from the others, and what not. The clinic's node is down; its grants are the patient's laboratory records and prescriptions.</summary>
public sealed class AttackTests
{
    private ThreeOrganisations _story = null!;
    private StolenClinic _thief = null!;
    private HeldGrant _laboratory = null!;
    private HeldGrant _prescriptions = null!;
    private IReadOnlyList<IndexRow> _rows = [];
    private ulong _place;

    private Digest Genesis => _story.Consortium.Genesis.Digest;

    [OneTimeSetUp]
    public async Task StealAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Stolen");
        await _story.ConnectAsync();
        await _story.Phone.GrantAsync(_story.Relationship, _story.Clinic, _story.AtClinic, Category.Laboratory, Category.Medications);
        await Eventually.BecomesTrueAsync("the clinic sees all", async () => (await _story.Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids.Count == 3);
        await _story.Clinic.StopAsync();
        _thief = new StolenClinic(_story);
        _laboratory = _thief.Grants.Single(grant => grant.Access.Category == Category.Laboratory);
        _prescriptions = _thief.Grants.Single(grant => grant.Access.Category == Category.Medications);
        _rows = _thief.Rows(_laboratory);
        Assert.That(_rows, Has.Count.EqualTo(3));
        _place = await _thief.PlaceAsync(_rows[0]);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _thief?.Dispose();
        _story?.Dispose();
    }

    [Test]
    public void One_share_of_its_own_opens_nothing()
    {
        foreach (var row in _rows)
        {
            using var assembly = new ReadAssembly(_thief.Custodians);
            Assert.That(assembly.Expect(row.Header, row.Row));
            using var share = _thief.OwnShare(row);
            var first = new FirstHalves(_laboratory.Access);
            Assert.That(first.Offer(row.Header.Epoch, _thief.Encapsulation(row.FirstHalf.Encapsulation)), "the access key opens K1");
            using var half = first.Open(row.Header, row.FirstHalf);
            Assert.That(half, Is.Not.Null);
            Assert.That(assembly.MissingFor(row.Header.Digest), Is.EqualTo(_thief.Custodians.Threshold));
            using var message = Release.Open(_laboratory.Keys.Answer, Digest.Of([9]), Release.Seal([share], _laboratory.Keys.Answer.Public.ToArray(), Digest.Of([9])))!;
            assembly.Take(_story.Clinic.Organisation, message);
            assembly.Take(_story.Insurer.Organisation, message);
            Assert.That(assembly.MissingFor(row.Header.Digest), Is.EqualTo(_thief.Custodians.Threshold - 1));
            Assert.That(assembly.Open(row.Header.Digest, row.FirstHalf, first, _thief.Ciphertext(row)), Is.InstanceOf<AssembledRecord.TooFewShares>());
        }
    }

    [Test]
    public async Task With_a_final_Read_entry_it_gets_a_share_so_that_the_other_tests_mean_something()
    {
        var (index, _, opening) = await _thief.AnnounceReadAsync(_laboratory, _rows.Select(row => row.Header.Record));
        Assert.That((await AskAsync(_story.Hospital, index, opening, _laboratory, _rows)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Every_other_request_for_shares_is_refused_in_the_same_words()
    {
        var (index, _, opening) = await _thief.AnnounceReadAsync(_laboratory, _rows.Select(row => row.Header.Record));
        var (ofOthers, _, othersOpening) = await _thief.AnnounceReadAsync(_prescriptions, _thief.Rows(_prescriptions).Select(row => row.Header.Record));
        var (narrow, _, narrowOpening) = await _thief.AnnounceReadAsync(_laboratory, _rows[0].Header.Record);
        var (search, _) = await _thief.AnnounceSearchAsync(_laboratory);
        using var strangers = ReaderKeys.Generate();
        var foreign = _thief.Rows(_prescriptions);
        var foreignPlace = await _thief.PlaceAsync(foreign[0]);
        var legal = Requested(_rows);
        var hospital = _story.Hospital.Organisation;
        var now = DateTimeOffset.UtcNow;
        ReleaseRequest Ask(ulong entry, ReadOpening said, ReaderKeys keys, GrantTerms terms, IReadOnlyList<RequestedRecord> records, DateTimeOffset at) => ReleaseRequest.Sign(entry, hospital, terms, said, keys, records, at, Genesis);
        var terms = _laboratory.Access.Terms;
        var keys = _laboratory.Keys;
        var good = Ask(index, opening, keys, terms, legal, now).SignedBytes.ToArray();
        good[^5] ^= 1;
        var refused = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["an entry of another grant"] = Ask(ofOthers, othersOpening, keys, terms, legal, now).SignedBytes,
            ["an entry of another grant, opened as this one's"] = Ask(ofOthers, opening, keys, terms, legal, now).SignedBytes,
            ["an entry that is not there"] = Ask(1_000_000, opening, keys, terms, legal, now).SignedBytes,
            ["an entry that is no Read"] = Ask(search, opening, keys, terms, legal, now).SignedBytes,
            ["the entry of the grant itself"] = Ask(0, opening, keys, terms, legal, now).SignedBytes,
            ["a record that the entry does not name"] = Ask(narrow, narrowOpening, keys, terms, legal, now).SignedBytes,
            ["an opening that the entry does not have"] = Ask(narrow, opening, keys, terms, legal, now).SignedBytes,
            ["a record of another subject"] = Ask(index, opening, keys, terms, [StolenClinic.Requested(foreign[0], foreignPlace)], now).SignedBytes,
            ["a header of one and the row of another record"] = Ask(index, opening, keys, terms, [legal[0] with { Row = legal[1].Row }], now).SignedBytes,
            ["the path of another record"] = Ask(index, opening, keys, terms, [legal[0] with { Anchor = legal[1].Anchor }], now).SignedBytes,
            ["a batch that is another entry"] = Ask(index, opening, keys, terms, [legal[0] with { Anchor = new Anchor(index, legal[0].Anchor.Path) }], now).SignedBytes,
            ["keys that the grant does not name"] = Ask(index, opening, strangers, terms, legal, now).SignedBytes,
            ["an answer key of its own"] = Ask(index, opening, new ReaderKeys(keys.Reader, strangers.Answer), terms, legal, now).SignedBytes,
            ["terms that it would like better"] = Ask(index, opening, keys, _prescriptions.Access.Terms, legal, now).SignedBytes,
            ["a request of ten minutes ago"] = Ask(index, opening, keys, terms, legal, now - TimeSpan.FromMinutes(10)).SignedBytes,
            ["a request of tomorrow"] = Ask(index, opening, keys, terms, legal, now + TimeSpan.FromDays(1)).SignedBytes,
            ["a request to another custodian, replayed"] = ReleaseRequest.Sign(index, _story.Insurer.Organisation, terms, opening, keys, legal, now, Genesis).SignedBytes,
            ["a request for another consortium"] = ReleaseRequest.Sign(index, hospital, terms, opening, keys, legal, now, Digest.Of([7])).SignedBytes,
            ["a flipped bit in the signature"] = good,
        };
        var answers = new List<(string Case, int Status, string Text)>();
        foreach (var (name, body) in refused)
        {
            var (status, text, _) = await StolenClinic.AskAsync(_story.Hospital, "/custody/releases", body);
            answers.Add((name, status, text));
        }

        Assert.That(answers.Where(answer => answer.Status != 403), Is.Empty);
        Assert.That(answers.Select(answer => answer.Text).Distinct().Count(), Is.EqualTo(1));
        foreach (var nonsense in (byte[][])[[], [1, 2, 3], new byte[100_000], good[..^10]])
        {
            Assert.That((await StolenClinic.AskAsync(_story.Hospital, "/custody/releases", nonsense)).Status, Is.EqualTo(400));
        }
    }

    [Test]
    public async Task Nothing_is_searched_without_a_Search_entry_of_the_grant()
    {
        var (index, opening) = await _thief.AnnounceSearchAsync(_laboratory);
        var (ofOthers, othersOpening) = await _thief.AnnounceSearchAsync(_prescriptions);
        var (read, _, _) = await _thief.AnnounceReadAsync(_laboratory, _rows[0].Header.Record);
        using var strangers = ReaderKeys.Generate();
        var now = DateTimeOffset.UtcNow;
        var terms = _laboratory.Access.Terms;
        var keys = _laboratory.Keys.Reader;
        var hospital = _story.Hospital.Organisation;
        ReadOnlyMemory<byte> Ask(ulong entry, SearchOpening said, Crypto.Signing.Ed25519PrivateKey key, GrantTerms of, DateTimeOffset at) => SearchRequest.Sign(entry, hospital, of, said, [], 0, 100, key, at, Genesis).SignedBytes;
        var control = await StolenClinic.AskAsync(_story.Hospital, "/index/searches", Ask(index, opening, keys, terms, now));
        Assert.That(control.Status, Is.EqualTo(200), control.Text);

        var answers = new List<(int Status, string Text)>();
        foreach (var body in (ReadOnlyMemory<byte>[])[
            Ask(1_000_000, opening, keys, terms, now), Ask(read, opening, keys, terms, now), Ask(ofOthers, othersOpening, keys, terms, now), Ask(ofOthers, opening, keys, terms, now),
            Ask(index, othersOpening, keys, terms, now), Ask(index, opening, strangers.Reader, terms, now), Ask(index, opening, keys, _prescriptions.Access.Terms, now), Ask(index, opening, keys, terms, now - TimeSpan.FromMinutes(20)),
            SearchRequest.Sign(index, _story.Insurer.Organisation, terms, opening, [], 0, 100, keys, now, Genesis).SignedBytes])
        {
            var (status, text, _) = await StolenClinic.AskAsync(_story.Hospital, "/index/searches", body);
            answers.Add((status, text));
        }

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(403));
        Assert.That(answers.Select(answer => answer.Text).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Nobody_can_announce_a_read_in_the_clinics_name_or_twice()
    {
        using var strangers = ReaderKeys.Generate();
        var forged = AccessEntries.Read(
            ReaderGrant.Of(_laboratory.Access, strangers), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, [_rows[0].Header.Record], Digest.Of([1]), DateTimeOffset.UtcNow + Entry.UsualValidity, Genesis)[0].Entry;
        Assert.That((await _thief.SubmitAsync(forged)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        var expired = AccessEntries.Read(
            ReaderGrant.Of(_laboratory.Access, _laboratory.Keys), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, [_rows[0].Header.Record], Digest.Of([1]), DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1), Genesis)[0].Entry;
        Assert.That((await _thief.SubmitAsync(expired)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        var (index, entry, _) = await _thief.AnnounceReadAsync(_laboratory, _rows[0].Header.Record);
        var again = await _thief.SubmitAsync(entry);
        Assert.That(again.Answer?.Index, Is.EqualTo(index).Or.Null);
    }

    [Test]
    public async Task An_entry_that_is_not_final_yet_releases_nothing()
    {
        var (index, _, opening) = await _thief.AnnounceReadAsync(_laboratory, _rows[0].Header.Record);
        var insurer = _story.Insurer;
        var refused = await AskAsync(insurer, 1_000_000, opening, _laboratory, _rows.Take(1).ToList());
        Assert.That((await AskAsync(insurer, index, opening, _laboratory, _rows.Take(1).ToList())).Status, Is.EqualTo(200));

        // Alone the sequencer is no quorum.
        _story.Hospital.Kill();
        var (entry, early) = AccessEntries.Read(
            ReaderGrant.Of(_laboratory.Access, _laboratory.Keys), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, [_rows[0].Header.Record], Digest.Of([1]), DateTimeOffset.UtcNow + Entry.UsualValidity, Genesis)[0];
        var durable = (await insurer.SubmitAsync(entry.SignedBytes, "durable")).Answer!.Index;
        var answer = await AskAsync(insurer, durable, early, _laboratory, _rows.Take(1).ToList());
        Assert.That((answer.Status, answer.Text), Is.EqualTo((403, refused.Text)));

        await _story.Hospital.StartAsync();
        await insurer.BecomesFinalAsync(durable + 1);
        Assert.That((await AskAsync(insurer, durable, early, _laboratory, _rows.Take(1).ToList())).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Nothing_is_kept_that_is_not_its_authors_own()
    {
        var copied = new DepositedRecord(_rows[0].Header, _thief.Ciphertext(_rows[0]), null, null);
        var clinic = _story.Clinic;
        var inItsName = new Deposit(clinic.Organisation, [], [copied]).Sign(clinic.Keys.Signing, Genesis);
        Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", inItsName)).Status, Is.EqualTo(422));
        var inTheHospitals = new Deposit(_story.Hospital.Organisation, [], [copied]).Sign(clinic.Keys.Signing, Genesis);
        Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", inTheHospitals)).Status, Is.EqualTo(400));

        // A record of its own that says that it has a share of the insurer's, and hands over another.
        var header = RecordHeader.Create(
            new RecordVersion(RecordId.Generate(), 1), _rows[0].Header.Subject, 0, clinic.Organisation, _rows[0].Header.CustodianSet, [.. _rows[0].Header.ShareDigests], 1, "application/fhir+json", _rows[0].Header.Random.Span);
        var share = SealedHalf.TryParse(_thief.Vault.FindShare(_rows[0].Header.Digest)!)!;
        var deceptive = new Deposit(clinic.Organisation, [], [new DepositedRecord(header, _thief.Ciphertext(_rows[0]), share, null)]).Sign(clinic.Keys.Signing, Genesis);
        Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", deceptive)).Status, Is.EqualTo(422));
        foreach (var nonsense in (byte[][])[[], [0xA0], new byte[1_000]])
        {
            Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", nonsense)).Status, Is.EqualTo(400));
        }
    }

    [Test]
    public async Task What_it_deposits_itself_hides_no_record_of_others()
    {
        using var own = Crypto.Signing.Ed25519PrivateKey.Generate();
        var clinic = _story.Clinic;
        var custodians = CustodianSet.Of(_story.Consortium.Genesis);
        var place = custodians.PlaceOf(_story.Insurer.Organisation);
        var insurer = _story.Consortium.Genesis.Members[place];
        using var sealing = SealingSecret.SetUp(XWingPublicKey.FromBytes(insurer.SealingKey.Span), SealedFor.Share);
        DepositedRecord Newer(SubjectId subject, byte seed)
        {
            // Whole in every way: the insurer's share is its share of this very header.
            byte[] random = Digest.Of([seed]).ToArray();
            byte[] share = [(byte)(place + 1), .. new byte[32]];
            Digest[] digests = [Digest.Of([1]), Digest.Of([2]), Digest.Of([3])];
            digests[place] = RecordHeader.DigestOf(random, share);
            var header = RecordHeader.Create(
                _rows[0].Header.Record with { Version = 99 }, subject, 0, clinic.Organisation, 0, digests, 1, "x", random);
            return new(header, new byte[64], new SealedHalf(sealing.EncapsulationId, sealing.Seal(header.Digest, share)), new DepositedRow(true, [], new byte[64]));
        }

        (Digest, ReadOnlyMemory<byte>)[] encapsulations = [(sealing.EncapsulationId, sealing.Encapsulation)];
        var underItsOwn = new Deposit(clinic.Organisation, encapsulations, [Newer(new SubjectId(own.Public), 1)]).Sign(clinic.Keys.Signing, Genesis);
        Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", underItsOwn)).Status, Is.EqualTo(204));
        var underThePatients = new Deposit(clinic.Organisation, encapsulations, [Newer(_rows[0].Header.Subject, 2)]).Sign(clinic.Keys.Signing, Genesis);
        Assert.That((await StolenClinic.AskAsync(_story.Insurer, "/peer/deposits", underThePatients)).Status, Is.EqualTo(422));

        var (index, opening) = await _thief.AnnounceSearchAsync(_laboratory);
        var found = await StolenClinic.AskAsync(_story.Insurer, "/index/searches", SearchRequest.Sign(
            index, _story.Insurer.Organisation, _laboratory.Access.Terms, opening, [], 0, 100, _laboratory.Keys.Reader, DateTimeOffset.UtcNow, Genesis).SignedBytes);
        Assert.That(Crypto.Cbor.CborReading.TryRead(found.Body, reader => reader.ReadArray(0, 100, FoundRow.Read))!.Select(row => row.Record), Is.EquivalentTo(_rows.Select(row => row.Header.Record)));
    }

    // Runs last of its fixture by its name: what it ends, the others need.
    [Test]
    public async Task Zero_is_what_a_revocation_leaves()
    {
        var (read, _, readOpening) = await _thief.AnnounceReadAsync(_laboratory, _rows.Select(row => row.Header.Record));
        var (search, searchOpening) = await _thief.AnnounceSearchAsync(_laboratory);
        await _story.Clinic.StartAsync();
        var grant = (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(one => one.Category == Category.Laboratory);
        Assert.That(await _story.Phone.Wallet.RevokeAsync(grant.Id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        await _story.Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2026-03-03", value: 99));
        await _story.Clinic.StopAsync();

        // With the entries of before, which were good then, and with none new: the ledger takes no more under this grant.
        foreach (var node in (TestNode[])[_story.Hospital, _story.Insurer])
        {
            var release = await StolenClinic.AskAsync(node, "/custody/releases", ReleaseRequest.Sign(
                read, node.Organisation, _laboratory.Access.Terms, readOpening, _laboratory.Keys, Requested(_rows), DateTimeOffset.UtcNow, Genesis).SignedBytes);
            Assert.That(release.Status, Is.EqualTo(403));
            var found = await StolenClinic.AskAsync(node, "/index/searches", SearchRequest.Sign(
                search, node.Organisation, _laboratory.Access.Terms, searchOpening, [], 0, 100, _laboratory.Keys.Reader, DateTimeOffset.UtcNow, Genesis).SignedBytes);
            Assert.That(found.Status, Is.EqualTo(403));
        }

        var fresh = AccessEntries.Read(
            ReaderGrant.Of(_laboratory.Access, _laboratory.Keys), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, [_rows[0].Header.Record], Digest.Of([1]), DateTimeOffset.UtcNow + Entry.UsualValidity, Genesis)[0].Entry;
        Assert.That((await _thief.SubmitAsync(fresh)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));

        // What was written after it lies on the thief's disk too, and its keys do not open so much as its index row.
        Assert.That(_thief.Rows(_laboratory), Has.Count.EqualTo(3));
    }

    private List<RequestedRecord> Requested(IReadOnlyList<IndexRow> rows) => [.. rows.Select(row => StolenClinic.Requested(row, _place))];

    private async Task<(int Status, string Text, byte[] Body)> AskAsync(TestNode node, ulong index, ReadOpening opening, HeldGrant grant, IReadOnlyList<IndexRow> rows) =>
        await StolenClinic.AskAsync(node, "/custody/releases", ReleaseRequest.Sign(index, node.Organisation, grant.Access.Terms, opening, grant.Keys, Requested(rows), DateTimeOffset.UtcNow, Genesis).SignedBytes);
}
