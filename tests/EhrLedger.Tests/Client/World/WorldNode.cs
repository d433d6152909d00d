using System.Globalization;
using System.Text;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Proofs;
using EhrLedger.MerkleLog.Tiles;

namespace EhrLedger.Tests.Client.World;

/// <summary>One member's node: its keys, its own copy of the log, and the calls of docs/http.md.</summary>
internal sealed class WorldNode : IDisposable
{
    private readonly ConsortiumWorld _world;
    private readonly Ed25519PrivateKey _witnessKey = Ed25519PrivateKey.Generate();
    private readonly LogInMemory _store = new();

    public WorldNode(ConsortiumWorld world, string name)
    {
        _world = world;
        Name = name;
        Organisation = new OrganisationId(SigningKey.Public);
        Cosigner = ConsortiumWorld.CosignerOf(name, _witnessKey);
        Member = new Member(Organisation, SigningKey.Public, name, name, $"http://{name}.test", SealingKey.Public.ToArray(), Cosigner.Verifier.ToString());
        Author = new WorldAuthor(world, this);
        Grantee = new WorldGrantee(world, this);
    }

    public string Name { get; }

    public OrganisationId Organisation { get; }

    public Ed25519PrivateKey SigningKey { get; } = Ed25519PrivateKey.Generate();

    public XWingPrivateKey SealingKey { get; } = ConsortiumWorld.SealingKey();

    public Cosigner Cosigner { get; }

    public Member Member { get; }

    public LogReplica Replica { get; private set; } = null!;

    public Finality Finality { get; private set; } = null!;

    public WorldAuthor Author { get; }

    public WorldGrantee Grantee { get; }

    public Dictionary<Digest, byte[]> Blobs { get; } = [];

    public Dictionary<string, byte[]> Directories { get; } = [];

    /// <summary>What subjects have left here for emergencies, the newest of each policy.</summary>
    public Dictionary<Digest, EmergencyDeposit> Emergencies { get; } = [];

    public void Open()
    {
        Replica = new LogReplica(_world.Genesis, _world.Contracts(), _store);
        Finality = new Finality(Replica, _store, _world.NodeAlarms);
    }

    public void Dispose()
    {
        SigningKey.Dispose();
        SealingKey.Dispose();
        _witnessKey.Dispose();
        Author.Dispose();
        Grantee.Dispose();
    }

    public async Task<WorldReply> AnswerAsync(WorldRequest request, CancellationToken cancellationToken)
    {
        var query = request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        ulong Number(string name) => ulong.Parse(query[name], CultureInfo.InvariantCulture);
        return (request.Method, request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries)) switch
        {
            ("GET", ["ledger", "genesis"]) => WorldReply.Ok(_world.Genesis.Bytes.ToArray()),
            ("POST", ["ledger", "entries"]) => await SubmitAsync(request, query["level"], cancellationToken),
            ("GET", ["ledger", "leaves"]) => WorldReply.Ok(Leaves(Number("first"), (int)Number("count"))),
            ("GET", ["ledger", "topics", var topic]) => WorldReply.Ok(TopicLeaves(Topic.TryFromBytes(Convert.FromHexString(topic))!.Value, Number("first"), (int)Number("count"))),
            ("GET", ["ledger", "topics", var topic, "head"]) => WorldReply.Ok(Head(Topic.TryFromBytes(Convert.FromHexString(topic))!.Value)),
            ("GET", ["ledger", "proofs", var index]) => await ProveAsync(ulong.Parse(index, CultureInfo.InvariantCulture), cancellationToken),
            ("GET", ["ledger", "consistency"]) => await ConsistencyAsync(Number("old"), Number("new"), cancellationToken),
            ("GET", ["log", ..]) => await TileAsync(request.Path["/log".Length..], cancellationToken),
            ("GET", ["records", _, var digest]) => Digest.TryParseHex(digest, out var name) && Blobs.TryGetValue(name, out var blob) ? WorldReply.Ok(blob) : WorldReply.Problem(404, "unknown"),
            ("GET", ["health"]) => WorldReply.Ok(Encoding.UTF8.GetBytes("""{"status":"ok"}""")),
            ("GET", ["alarms"]) => WorldReply.Ok(Encoding.UTF8.GetBytes("[]")),
            ("POST", ["wallet", "connections"]) => Author.Connect(request.Body),
            ("POST", ["wallet", "epochs"]) => Author.StartEpoch(request.Body),
            ("POST", ["wallet", "subject"]) => Author.AnswerSubject(request.Body),
            ("POST", ["wallet", "access-requests", var id, "reader-keys"]) => Grantee.MakeKeys(id, request.Body),
            ("POST", ["wallet", "grants"]) => Grantee.Take(request.Body),
            ("POST", ["wallet", "emergency-deposits"]) => await KeepEmergencyAsync(request.Body, cancellationToken),
            ("PUT", ["wallet", "directories", var key]) => WriteDirectory(key, request.Body),
            ("GET", ["wallet", "directories", var key]) => Directories.TryGetValue(key, out var directory) ? WorldReply.Ok(directory) : WorldReply.Problem(404, "directory-unknown"),
            _ => WorldReply.Problem(404, "no-such-call"),
        };
    }

    private async Task<WorldReply> SubmitAsync(WorldRequest request, string level, CancellationToken cancellationToken)
    {
        var wanted = level switch { "final" => CommitLevel.Final, "durable" => CommitLevel.Durable, _ => CommitLevel.Accepted };
        switch (await _world.Submitter.SubmitAsync(request.Body, wanted, cancellationToken))
        {
            case SubmitOutcome.Logged(var index, var time, var reached):
                // This node may be a step behind the one that said so.
                await Finality.WaitForSizeAsync(index + 1, cancellationToken).WaitAsync(TimeSpan.FromSeconds(10), cancellationToken);
                var writer = new DeterministicCborWriter().WriteArray(4).WriteUInt(index).WriteUInt(time).WriteUInt((ulong)reached);
                return WorldReply.Ok((reached == CommitLevel.Final ? writer.WriteBytes(Finality.Newest!.Checkpoint.Received.Encode()) : writer.WriteNull()).ToArray());
            case SubmitOutcome.Refused(var reason):
                return WorldReply.Problem(422, reason.Code);
            default:
                return WorldReply.Problem(503, "try-again");
        }
    }

    private async Task<WorldReply> KeepEmergencyAsync(byte[] body, CancellationToken cancellationToken)
    {
        // The wallet deposits as soon as some node has its entry final.
        await Finality.WaitForSizeAsync(_world.Hospital.Replica.Size, cancellationToken).WaitAsync(TimeSpan.FromSeconds(10), cancellationToken);
        if (EmergencyDeposit.Open(body, subject => subject.Key, _world.Genesis.Digest) is not { } deposit
            || deposit.Custodian != Organisation
            || ((SubjectState?)Replica.FindTopic(deposit.Policy.Subject.Topic)?.State)?.Emergencies.Rule?.Digest != deposit.Policy.Digest
            || EmergencyShare.Open(deposit.SealedShare.Span, deposit.Policy, _world.Nodes.ToList().IndexOf(this), SealingKey) is null)
        {
            return WorldReply.Problem(422, "emergency-deposit-refused");
        }

        Emergencies[deposit.Policy.Digest] = deposit;
        return WorldReply.NoContent;
    }

    /// <summary>What is kept for the policy of a subject that is in force.</summary>
    public EmergencyDeposit? FindEmergency(SubjectId subject) =>
        ((SubjectState?)Replica.FindTopic(subject.Topic)?.State)?.Emergencies.Rule is { } rule ? Emergencies.GetValueOrDefault(rule.Digest) : null;

    private byte[] Leaves(ulong first, int count)
    {
        var leaves = Replica.ReadLeaves(first, count);
        var writer = new DeterministicCborWriter().WriteArray(leaves.Count);
        foreach (var leaf in leaves)
        {
            writer.WriteBytes(leaf.Bytes.Span);
        }

        return writer.ToArray();
    }

    private byte[] TopicLeaves(Topic topic, ulong first, int count)
    {
        var leaves = Replica.ReadTopic(topic, first, count);
        var writer = new DeterministicCborWriter().WriteArray(2).WriteUInt(Replica.FindTopic(topic)?.NextNumber ?? 0).WriteArray(leaves.Count);
        foreach (var leaf in leaves)
        {
            writer.WriteArray(2).WriteUInt(leaf.Index).WriteBytes(leaf.Bytes.Span);
        }

        return writer.ToArray();
    }

    private byte[] Head(Topic topic)
    {
        var (next, tree) = Replica.ReadTopicAt(topic);
        return WriteHead(new TopicHead(topic, next, tree.Size, tree.Root, (ulong)_world.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    public byte[] WriteHead(TopicHead head)
    {
        var writer = new DeterministicCborWriter().WriteArray(2).WriteBytes(head.Sign(SigningKey, _world.Genesis.Digest));
        return (Finality.Newest is { } final ? writer.WriteBytes(final.Checkpoint.Received.Encode()) : writer.WriteNull()).ToArray();
    }

    private async Task<WorldReply> ProveAsync(ulong index, CancellationToken cancellationToken)
    {
        if (Finality.Newest is not { } final || index >= final.Checkpoint.Size)
        {
            return WorldReply.Problem(404, "not-final");
        }

        var path = await Replica.Tree.ProveInclusionAsync(index, final.Checkpoint.Size, cancellationToken);
        return WorldReply.Ok(new DeterministicCborWriter().WriteArray(2)
            .WriteBytes(Replica.FindLeaf(index)!.Bytes.Span)
            .WriteBytes(new TlogProof(path, final.Checkpoint.Received).Encode())
            .ToArray());
    }

    private async Task<WorldReply> ConsistencyAsync(ulong oldSize, ulong newSize, CancellationToken cancellationToken)
    {
        if (oldSize > newSize || newSize > Replica.Size)
        {
            return WorldReply.Problem(400, "sizes");
        }

        var proof = await Replica.Tree.ProveConsistencyAsync(oldSize, newSize, cancellationToken);
        var writer = new DeterministicCborWriter().WriteArray(proof.Path.Length);
        foreach (var hash in proof.Path)
        {
            writer.WriteDigest(hash);
        }

        return WorldReply.Ok(writer.ToArray());
    }

    private async Task<WorldReply> TileAsync(string path, CancellationToken cancellationToken)
    {
        var size = Finality.Size;
        switch (TilePath.Parse(path))
        {
            case TilePath.LatestCheckpoint when Finality.Newest is { } final:
                return WorldReply.Ok(final.Checkpoint.Received.Encode());
            case TilePath.Hashes tile:
                return await HashTile.FindAsync(tile, size, _store, cancellationToken) is { } hashes ? WorldReply.Ok(hashes.ToArray()) : WorldReply.Problem(404, "no-tile");
            case TilePath.Entries bundle when HashTile.HasEntries(bundle, size):
                return WorldReply.Ok(EntryBundle.Encode([.. Replica.ReadLeaves(bundle.Index * 256, bundle.Width).Select(leaf => leaf.Bytes)]));
            default:
                return WorldReply.Problem(404, "no-tile");
        }
    }

    private WorldReply WriteDirectory(string key, byte[] body)
    {
        var name = Ed25519PublicKey.FromBytes(Convert.FromHexString(key));
        if (EhrLedger.Client.Wallets.SealedDirectory.Open(body, name, _world.Genesis.Digest) is not { } directory)
        {
            return WorldReply.Problem(400, "directory");
        }

        if (Directories.TryGetValue(key, out var kept) && EhrLedger.Client.Wallets.SealedDirectory.Open(kept, name, _world.Genesis.Digest)!.Number >= directory.Number)
        {
            return WorldReply.Problem(409, "directory-number");
        }

        Directories[key] = body;
        return WorldReply.NoContent;
    }
}
