using System.Text;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Tests.Client.World;

/// <summary>An organisation as the author of records: seals, anchors, and answers its patients.</summary>
internal sealed class WorldAuthor(ConsortiumWorld world, WorldNode node) : IDisposable
{
    private readonly SymmetricKey _wrapKey = SymmetricKey.Generate();
    private ulong _batch;
    private Digest _previous;

    /// <summary>Codes that were not used yet.</summary>
    public HashSet<string> Codes { get; } = [];

    public Dictionary<SubjectId, KeptSubject> Subjects { get; } = [];

    /// <summary>What this member, as a custodian, says that it released.</summary>
    public Dictionary<SubjectId, List<ReleaseMade>> Releases { get; } = [];

    public string NewCode()
    {
        var code = Guid.NewGuid().ToString("N")[..10];
        Codes.Add(code);
        return code;
    }

    public KeptSubject SubjectOf(Category category) => Subjects.Values.Last(subject => subject.Category == category);

    /// <summary>Seals a record and anchors its row.</summary>
    public async Task<RecordVersion> WriteAsync(KeptSubject subject, string json, bool anchor = true, TimeSpan? backdated = null, RecordVersion? again = null)
    {
        var set = CustodianSet.Of(world.Genesis);
        var secrets = world.Nodes.Select(member => SealingSecret.SetUp(member.SealingKey.Public, SealedFor.Share)).ToList();
        var version = again ?? new RecordVersion(RecordId.Generate(), 1);
        var sealedRecord = new RecordSealer(node.Organisation, _wrapKey).Seal(
            version, subject.Sealing, new CustodianSealing(set, secrets), "application/fhir+json", Encoding.UTF8.GetBytes(json), world.Clock.GetUtcNow() - (backdated ?? TimeSpan.Zero));
        secrets.ForEach(secret => secret.Dispose());
        var row = sealedRecord.Row((ulong)subject.Writes.Count);
        node.Blobs[row.Ciphertext] = sealedRecord.Ciphertext.ToArray();
        var batch = RowBatch.Of([row]);
        var number = await AnchorAsync(EntryType.RecordsAnchored, batch.Root, anchor);
        subject.Writes.Add(new SealedRecordRow(sealedRecord.Header, row, number, batch.PathOf(0), true, new SealedHalves(sealedRecord.FirstHalf, sealedRecord.SelfHalf)));
        return version;
    }

    /// <summary>Seals the version of a row anew; the old row keeps its place, and opens nothing any more.</summary>
    public async Task SealAgainAsync(KeptSubject subject, int place, string json)
    {
        var old = subject.Writes[place];
        await WriteAsync(subject, json, again: old.Header.Record);
        subject.Writes[place] = old with { Current = false, Halves = null };
    }

    /// <summary>Reads its own records, and anchors that.</summary>
    public async Task ReadAsync(KeptSubject subject, string person, params RecordVersion[] records)
    {
        var row = new ReadRow(
            Salt.Generate(), subject.Subject, (ulong)subject.Reads.Count, ReadLevel.Opened, Digest.Of("query"u8), records, PurposeOfUse.Treatment, person, "physician");
        var batch = RowBatch.Of([row.Encode()]);
        var number = await AnchorAsync(EntryType.AuthorReads, batch.Root, true);
        subject.Reads.Add(new ReadRowInBatch(row, number, batch.PathOf(0)));
    }

    /// <summary>An entry of another kind on the author's topic, so that outbox numbers and topic numbers part.</summary>
    public Task UpdateMembershipAsync() =>
        world.LogAsync(Entry.Sign(
            EntryType.MemberUpdated,
            node.Organisation.Topic,
            new EhrLedger.Ledger.Membership.MemberUpdated(node.Member, null).Encode(),
            world.Clock.GetUtcNow() + Entry.UsualValidity,
            node.SigningKey,
            world.Genesis.Digest));

    public WorldReply Connect(byte[] message)
    {
        if (HpkeMessage.Open(node.SealingKey, "ehrledger/v1/wallet"u8, world.Genesis.Digest.ToArray(), message) is not { } plaintext
            || Connection.TryParse(plaintext) is not { } connection
            || !connection.Subjects.All(subject => subject.Verifies(world.Genesis.Digest, node.Organisation, connection.Code)))
        {
            return WorldReply.Problem(400, "connection");
        }

        if (!Codes.Remove(connection.Code))
        {
            return WorldReply.Problem(404, "code-unknown");
        }

        foreach (var subject in connection.Subjects)
        {
            Subjects[subject.Subject] = new KeptSubject(subject.Category, subject.Subject, subject.Epoch, subject.SealingKey, subject.SelfKey, node.Blobs);
        }

        return WorldReply.Ok(new Connected("Patient/4711", 3, []).Encode());
    }

    public WorldReply StartEpoch(byte[] message)
    {
        if (HpkeMessage.Open(node.SealingKey, "ehrledger/v1/wallet"u8, world.Genesis.Digest.ToArray(), message) is not { } plaintext
            || NewEpoch.TryParse(plaintext) is not { } epoch
            || !Subjects.TryGetValue(epoch.Subject, out var subject)
            || !epoch.Verifies(epoch.Subject.Key, world.Genesis.Digest, node.Organisation)
            || ((SubjectState?)node.Replica.FindTopic(epoch.Subject.Topic)?.State)?.Epochs.Last().SealingKeyDigest != epoch.SealingKey.Digest)
        {
            return WorldReply.Problem(400, "epoch");
        }

        subject.Start(epoch.Epoch, epoch.SealingKey);
        return WorldReply.NoContent;
    }

    public WorldReply AnswerSubject(byte[] body)
    {
        if (SubjectRequest.TryRead(body) is not { } request
            || SubjectRequest.Open(body, request.Subject.Key, world.Genesis.Digest) is null
            || request.Organisation != node.Organisation
            || (world.Clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds((long)request.Time)).Duration() > SubjectRequest.Validity)
        {
            return WorldReply.Problem(403, "subject-request");
        }

        if (request.Kind == SubjectRequestKind.Releases)
        {
            return WorldReply.Ok(new SubjectReleases(Releases.GetValueOrDefault(request.Subject) ?? []).Encode());
        }

        if (request.Kind == SubjectRequestKind.Emergency)
        {
            return WorldReply.Ok((node.FindEmergency(request.Subject) is { } kept ? new EmergencyKept(kept.Policy.Digest, kept.Through) : new EmergencyKept(null, 0)).Encode());
        }

        if (!Subjects.TryGetValue(request.Subject, out var subject))
        {
            return WorldReply.Problem(404, "subject-unknown");
        }

        return WorldReply.Ok(request.Kind switch
        {
            SubjectRequestKind.Records => new SubjectRecords((ulong)subject.Writes.Count, [.. subject.Writes.Where(row => row.Row.Number >= request.After).Take((int)request.Count)]).Encode(),
            SubjectRequestKind.Reads => new SubjectReads((ulong)subject.Reads.Count, [.. subject.Reads.Where(read => read.Row.Number >= request.After).Take((int)request.Count)]).Encode(),
            _ => new AuthorEpoch(subject.Epoch).Encode(),
        });
    }

    public void Dispose()
    {
        _wrapKey.Dispose();
        foreach (var subject in Subjects.Values)
        {
            subject.Dispose();
        }
    }

    private async Task<ulong> AnchorAsync(EntryType type, Digest root, bool submit)
    {
        var body = new BatchBody(_batch, _previous, root, Salt.Generate().ToArray()).Encode();
        if (submit)
        {
            await world.LogAsync(Entry.Sign(type, node.Organisation.Topic, body, world.Clock.GetUtcNow() + Entry.UsualValidity, node.SigningKey, world.Genesis.Digest));
            _previous = Digest.Of(body);
            return _batch++;
        }

        return _batch;
    }
}

/// <summary>A subject as its author keeps it.</summary>
internal sealed class KeptSubject : IDisposable
{
    private readonly XWingPublicKey _selfKey;
    private readonly Dictionary<Digest, byte[]> _blobs;

    public KeptSubject(Category category, SubjectId subject, uint epoch, XWingPublicKey sealingKey, XWingPublicKey selfKey, Dictionary<Digest, byte[]> blobs)
    {
        Category = category;
        Subject = subject;
        _selfKey = selfKey;
        _blobs = blobs;
        Sealing = null!;
        Start(epoch, sealingKey);
    }

    public Category Category { get; }

    public SubjectId Subject { get; }

    public uint Epoch { get; private set; }

    public SubjectSealing Sealing { get; private set; }

    public List<SealedRecordRow> Writes { get; } = [];

    public List<ReadRowInBatch> Reads { get; } = [];

    public void Start(uint epoch, XWingPublicKey sealingKey)
    {
        Epoch = epoch;
        var category = SealingSecret.SetUp(sealingKey, SealedFor.Category);
        var self = SealingSecret.SetUp(_selfKey, SealedFor.Self);
        _blobs[category.EncapsulationId] = category.Encapsulation.ToArray();
        _blobs[self.EncapsulationId] = self.Encapsulation.ToArray();
        Sealing = new SubjectSealing(Subject, epoch, category, self);
    }

    public void Dispose()
    {
        Sealing.Category.Dispose();
        Sealing.Self.Dispose();
    }
}
