using System.Net;
using System.Text;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Proofs;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Tests.MerkleLog;
using EhrLedger.Tests.MerkleLog.Tree;

namespace EhrLedger.Tests.Cli.Audits;

/// <summary>The ledger of a consortium of one as its node would serve it, and as a liar might.</summary>
internal sealed class SampleNode : HttpMessageHandler
{
    public const string Address = "http://node.example";

    private static readonly Ed25519PrivateKey Key = Ed25519PrivateKey.FromSeed([.. Enumerable.Repeat((byte)9, 32)]);
    private static readonly Cosigner Witness = TestKeys.Witness(1);
    private readonly StoredHashesInMemory _hashes = new();
    private readonly List<byte[]> _leaves = [];
    private readonly Dictionary<Topic, ulong> _numbers = [];
    private MerkleTree _tree;

    public SampleNode(int entries = 0)
    {
        _tree = new MerkleTree(Frontier.Empty, _hashes);
        Grow(entries);
    }

    public static Genesis Genesis { get; } = MakeGenesis();

    public static DateTimeOffset Start { get; } = DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Paths asked for, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Changes an answer; null makes it a 404.</summary>
    public Func<string, byte[]?, byte[]?> Damage { get; set; } = (_, bytes) => bytes;

    /// <summary>Done before each answer: may throw as a network does, or stop the caller.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Entries about members in turn, each rightly numbered.</summary>
    public void Grow(int by, int topics = 3)
    {
        for (var i = 0; i < by; i++)
        {
            var topic = TopicOf(i % topics);
            Append(topic, _numbers.GetValueOrDefault(topic));
        }
    }

    /// <summary>An entry with any number and time, which a right sequencer would not give it.</summary>
    public void Append(Topic topic, ulong number, long? time = null, ulong? index = null)
    {
        var entry = Entry.Sign(ConsentEntryTypes.Read, topic, [0x80], Start, Key, Genesis.Digest, [.. Enumerable.Repeat((byte)(_leaves.Count % 256), 16)]);
        Append(new Leaf(index ?? (ulong)_leaves.Count, (ulong)(time ?? Start.ToUnixTimeMilliseconds() + _leaves.Count), number, entry.SignedBytes).Encode());
        _numbers[topic] = number + 1;
    }

    public void Append(byte[] leaf)
    {
        var append = _tree.Append([MerkleHash.Leaf(leaf)]);
        _hashes.Add(append.NewHashes);
        _leaves.Add(leaf);
        _tree = append.Tree;
    }

    public static Topic TopicOf(int i) => new(TopicKind.Subject, Digest.Of([(byte)i, (byte)(i >> 8)]));

    public async Task<byte[]> ProofAsync(ulong index) => new DeterministicCborWriter()
        .WriteArray(2)
        .WriteBytes(_leaves[(int)index])
        .WriteBytes(new TlogProof(await _tree.ProveInclusionAsync(index, _tree.Size, default), await CheckpointAsync()).Encode())
        .ToArray();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        lock (Asked)
        {
            Asked.Add(path);
        }

        Before(path);
        cancellationToken.ThrowIfCancellationRequested();
        return Damage(path, await ReadAsync(path)) is { } bytes
            ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) }
            : new HttpResponseMessage(HttpStatusCode.NotFound);
    }

    private async Task<byte[]?> ReadAsync(string path)
    {
        if (path == "/ledger/genesis")
        {
            return Genesis.Bytes.ToArray();
        }

        const string Proofs = "/ledger/proofs/";
        if (path.StartsWith(Proofs, StringComparison.Ordinal))
        {
            var index = ulong.Parse(path[Proofs.Length..], System.Globalization.CultureInfo.InvariantCulture);
            return index < _tree.Size ? await ProofAsync(index) : null;
        }

        return TilePath.Parse(path["/log".Length..]) is not { } resource ? null : await resource.Match<ValueTask<byte[]?>>(
            async _ => (await CheckpointAsync()).Encode(),
            async tile => (await HashTile.FindAsync(tile, _tree.Size, _hashes, default))?.ToArray(),
            bundle => ValueTask.FromResult<byte[]?>(
                HashTile.HasEntries(bundle, _tree.Size)
                    ? EntryBundle.Encode([.. _leaves.Skip((int)bundle.Index * 256).Take(bundle.Width).Select(leaf => new ReadOnlyMemory<byte>(leaf))])
                    : null));
    }

    private async Task<SignedCheckpoint> CheckpointAsync()
    {
        var body = new CheckpointBody(LogOrigin.Of(TestKeys.Log.Verifier.Name), _tree.Size, await _tree.RootAtAsync(_tree.Size, default));
        return SignedCheckpoint.Sign(body, TestKeys.Log).With(Witness.Cosign(body, Start));
    }

    private static Genesis MakeGenesis()
    {
        var policy = QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [Witness.Verifier]);
        var member = new Member(new OrganisationId(Key.Public), Key.Public, "North\u001b[31m", "hospital", Address, new byte[1216], Witness.Verifier.ToString());
        return Genesis.Create(
            "Sample", TestKeys.Origin, DateTimeOffset.UnixEpoch, member.Organisation, TestKeys.Log.Verifier.ToString(), [member], Encoding.UTF8.GetString(policy.Encode()), 1);
    }
}
