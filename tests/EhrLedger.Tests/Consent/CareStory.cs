using EhrLedger.Consent;
using EhrLedger.Consent.Assembly;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Tests.Consent;

/// <summary>A patient of the hospital, whose records the clinic may come to read. Every key is real; only network and disk are missing.</summary>
internal sealed class CareStory
{
    private readonly Dictionary<OrganisationId, (ulong Next, Digest Last)> _outboxes = [];
    private readonly Dictionary<Digest, byte[]> _encapsulations = [];
    private ulong _rows;

    public CareStory(int patient = 1)
    {
        var dice = new Dice(5000 + patient);
        Identity = dice.SigningKey();
        SelfKey = dice.SealingKey();
        Memos = new MemoKey(dice.SymmetricKey());
        Epochs = [.. Enumerable.Range(0, 3).Select(epoch => new EpochKey((uint)epoch, dice.SealingKey(), new IndexKey(dice.SymmetricKey())))];
        Subject = new SubjectId(Identity.Public);
        Entries = new ConsentEntries(Subject, Identity, Genesis);
        Author = new RecordSealer(Consortium.Hospital.Id, Consortium.Hospital.WrapKey);
        Custodians = new CustodianSealing(
            Consortium.Custodians, [.. Consortium.Custodians.Custodians.Select(id => Keep(SealingSecret.SetUp(Consortium.PartyOf(id).SealingKey.Public, SealedFor.Share)))]);
    }

    public static Digest Genesis => Consortium.Genesis.Digest;

    public LedgerInMemory Ledger { get; init; } = new();

    public Ed25519PrivateKey Identity { get; }

    public XWingPrivateKey SelfKey { get; }

    public MemoKey Memos { get; }

    public IReadOnlyList<EpochKey> Epochs { get; }

    public SubjectId Subject { get; }

    public ConsentEntries Entries { get; }

    public RecordSealer Author { get; }

    public CustodianSealing Custodians { get; }

    public HeldRevocations Revocations { get; } = new(Genesis);

    /// <summary>What peers serve by digest.</summary>
    public ReadOnlySpan<byte> Encapsulation(Digest digest) => _encapsulations[digest];

    /// <summary>The subject appears on the ledger.</summary>
    public CareStory Open()
    {
        Ledger.Append(Entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, Epochs[0].SealingKey.Public.Digest), Ledger.ValidUntil));
        return this;
    }

    public SubjectSealing Sealing(uint epoch = 0) => new(
        Subject,
        epoch,
        Keep(SealingSecret.SetUp(Epochs[(int)epoch].SealingKey.Public, SealedFor.Category)),
        Keep(SealingSecret.SetUp(SelfKey.Public, SealedFor.Self)));

    public SealedRecord Seal(string text, uint epoch = 0, SubjectSealing? sealing = null, RecordSealer? author = null) => (author ?? Author).Seal(
        new RecordVersion(RecordId.Generate(), 1), sealing ?? Sealing(epoch), Custodians, "text/plain", System.Text.Encoding.UTF8.GetBytes(text), Ledger.Now);

    /// <summary>The author seals a record and anchors it with its neighbours.</summary>
    public AnchoredRecord Write(string text, uint epoch = 0) => Anchor(Seal(text, epoch), Consortium.Hospital);

    public AnchoredRecord Anchor(SealedRecord record, Party author, EntryType? type = null)
    {
        var neighbour = Seal("a neighbour in the batch");
        var rows = new[] { neighbour.Row(_rows++), record.Row(_rows++) };
        var batch = RowBatch.Of(rows);
        var index = Ledger.Append(BatchEntry(batch.Root, author, type ?? EntryType.RecordsAnchored));
        return new AnchoredRecord(record, rows[1], new Anchor(index, batch.PathOf(1)));
    }

    public Entry BatchEntry(Digest root, Party author, EntryType type)
    {
        var (next, last) = _outboxes.GetValueOrDefault(author.Id);
        var body = new BatchBody(next, last, root, new byte[16]).Encode();
        _outboxes[author.Id] = (next + 1, Digest.Of(body));
        return Entry.Sign(type, author.Id.Topic, body, Ledger.ValidUntil, author.SigningKey, Genesis);
    }

    /// <summary>The patient has somebody else grant, for treatment only.</summary>
    public DelegateEntries Delegate(Ed25519PrivateKey key)
    {
        var id = DelegationId.FromBytes(new byte[DelegationId.Length]);
        Ledger.Append(Entries.Delegate(new Delegated(id, key.Public, DelegateActs.Grant, [PurposeOfUse.Treatment], Ledger.Today + 60, default), Ledger.ValidUntil));
        return new DelegateEntries(Subject, id, key, Genesis);
    }

    /// <summary>The patient grants the clinic what the options say, and logs it.</summary>
    public ClinicGrant Grant(
        uint firstEpoch = 0,
        uint lastEpoch = 0,
        bool future = true,
        AnchoredRecord[]? single = null,
        PurposeOfUse? purpose = null,
        DayRange? days = null,
        DelegateEntries? by = null)
    {
        var keys = ReaderKeys.Generate();
        var id = GrantId.Generate();
        var terms = new GrantTerms(
            Salt.Generate(),
            Subject,
            firstEpoch,
            lastEpoch,
            [purpose ?? PurposeOfUse.Treatment],
            single is null ? null : [.. single.Select(record => record.Sealed.Header.Record.Record)],
            future && single is null);
        var access = new AccessKey
        {
            Grant = id,
            Subject = Subject,
            Author = Consortium.Hospital.Id,
            Category = Category.Medications,
            Terms = terms,
            LogKey = Memos.DeriveLogKey(id),
            Epochs = single is null ? [.. Epochs.Where(epoch => epoch.Epoch >= firstEpoch && epoch.Epoch <= lastEpoch)] : [],
            Records = single is null ? [] : [.. single.Select(Single)],
            PatientLink = "Patient/7",
        };
        var (message, digest) = access.Seal(keys.Answer.Public);
        var body = new GrantBody(
            id, keys.Reader.Public, keys.Answer.Public.Digest, days ?? new DayRange(Ledger.Today, Ledger.Today + 30), terms.Digest, digest, ReadOnlyMemory<byte>.Empty);
        var index = Ledger.Append(by?.Grant(body, Ledger.ValidUntil) ?? Entries.Grant(body, Ledger.ValidUntil));
        return new ClinicGrant(keys, AccessKey.Open(keys.Answer, id, digest, message)!, body, index);
    }

    public static ReadOpening OpeningOf(params AnchoredRecord[] records) =>
        new(Salt.Generate(), PurposeOfUse.Treatment, [.. records.Select(record => record.Sealed.Header.Record)]);

    /// <summary>The clinic announces a read, which becomes final.</summary>
    public AnnouncedRead Announce(ClinicGrant grant, params AnchoredRecord[] records) => Announce(grant, PurposeOfUse.Treatment, records);

    public AnnouncedRead Announce(ClinicGrant grant, PurposeOfUse purpose, params AnchoredRecord[] records)
    {
        var (entry, opening) = AccessEntries.Read(
            ReaderGrant.Of(grant.Access, grant.Keys),
            new Asker(Consortium.Clinic.Id, "Practitioner/9", "physician"),
            purpose,
            records.Select(record => record.Sealed.Header.Record),
            Digest.Of("query"u8),
            Ledger.ValidUntil,
            Genesis).Single();
        return new AnnouncedRead(Ledger.Append(entry), entry, opening);
    }

    /// <summary>The clinic asks the insurer, a custodian, for its shares.</summary>
    public ReleaseRequest Request(ClinicGrant grant, AnnouncedRead read, params AnchoredRecord[] records) => RequestOf(Consortium.Insurer, grant, read, records);

    public ReleaseRequest RequestOf(Party custodian, ClinicGrant grant, AnnouncedRead read, params AnchoredRecord[] records) => ReleaseRequest.Sign(
        read.Index, custodian.Id, grant.Access.Terms, read.Opening, grant.Keys, [.. records.Select(record => record.Requested)], Ledger.Now, Genesis);

    public ReleaseDecision Decide(ReleaseRequest request) => new ReleaseCheck(Consortium.Insurer.Id, Genesis).Decide(request, Ledger, Revocations, Ledger.Now);

    /// <summary>What a custodian does with a request: check, open its shares, seal them to the reader.</summary>
    public byte[]? Release(Party custodian, ReleaseRequest request, params AnchoredRecord[] records)
    {
        var check = new ReleaseCheck(custodian.Id, Genesis);
        return check.Decide(request, Ledger, Revocations, Ledger.Now) is ReleaseDecision.Released(var entry, var headers)
            ? EhrLedger.Consent.Custody.Release.Seal(
                [.. records.Where(record => headers.Contains(record.Sealed.Header.Digest)).Select(record => ShareOf(custodian, record.Sealed)!)], request.AnswerKey.Span, entry)
            : null;
    }

    public CustodianShare? ShareOf(Party custodian, SealedRecord record, RecordHeader? header = null)
    {
        var sealedShare = record.Shares[Consortium.Custodians.PlaceOf(custodian.Id)];
        using var secret = OpeningSecret.SetUp(custodian.SealingKey, Encapsulation(sealedShare.Encapsulation), SealedFor.Share)!;
        return CustodianShare.Open(header ?? record.Header, Consortium.Custodians, custodian.Id, sealedShare, secret);
    }

    /// <summary>What the clinic opens K1 with.</summary>
    public FirstHalves FirstHalves(ClinicGrant grant, params AnchoredRecord[] records)
    {
        var halves = new FirstHalves(grant.Access);
        foreach (var record in records.Where(record => halves.Needs(record.Sealed.Header, record.Sealed.FirstHalf)))
        {
            halves.Offer(record.Sealed.Header.Epoch, Encapsulation(record.Sealed.FirstHalf.Encapsulation));
        }

        return halves;
    }

    private RecordKey Single(AnchoredRecord record)
    {
        var half = record.Sealed.FirstHalf;
        using var secret = OpeningSecret.SetUp(Epochs[(int)record.Sealed.Header.Epoch].SealingKey, Encapsulation(half.Encapsulation), SealedFor.Category)!;
        return new RecordKey(record.Sealed.Header, record.Row, record.Anchor, RecordOpener.OpenHalf(record.Sealed.Header, half, secret)!);
    }

    private SealingSecret Keep(SealingSecret secret)
    {
        _encapsulations[secret.EncapsulationId] = secret.Encapsulation.ToArray();
        return secret;
    }
}

/// <summary>A record that stands in the log.</summary>
internal sealed record AnchoredRecord(SealedRecord Sealed, WriteRow Row, Anchor Anchor)
{
    public RequestedRecord Requested => new(Sealed.Header.Bytes, Row.Encode(), Anchor);
}

/// <summary>What the clinic has of a grant.</summary>
internal sealed record ClinicGrant(ReaderKeys Keys, AccessKey Access, GrantBody Body, ulong Index);

/// <summary>A Read entry that stands in the log.</summary>
internal sealed record AnnouncedRead(ulong Index, Entry Entry, ReadOpening Opening);
