using System.Globalization;
using EhrLedger.Client.Log;
using EhrLedger.Client.Transport;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Client.Nodes;

/// <summary>The calls about the ledger: docs/http.md. Each answer is checked before it is given, as far as one answer can be.</summary>
public sealed class LedgerCalls : ITileSource
{
    private const int LargestGenesis = 1 << 20;
    private const int LargestNote = 512 * 1024;
    private const int LargestLeaf = Entry.LargestSize + 64;

    private readonly NodeCaller _caller;
    private readonly Consortium _consortium;

    internal LedgerCalls(NodeCaller caller, Consortium consortium)
    {
        _caller = caller;
        _consortium = consortium;
    }

    /// <summary>Fetches a genesis that is known by its digest.</summary>
    /// <param name="route">The way there.</param>
    /// <param name="node">Base address of any node.</param>
    /// <param name="pinned">SHA-256 of the genesis.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Answer<Consortium>> FetchGenesisAsync(IRoute route, Uri node, Digest pinned, ClientSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(settings);
        var answer = await route.SendAsync(new NodeCall(node, HttpMethod.Get, "/ledger/genesis", null, null, LargestGenesis, settings.CallTimeout), cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => Consortium.Open(bytes, pinned), "another genesis than the pinned one");
    }

    /// <summary>Offers an entry.</summary>
    /// <param name="entry">The COSE bytes.</param>
    /// <param name="level">How far the node should wait for it to come.</param>
    /// <param name="cancellationToken">Gives up waiting; the entry may be logged all the same.</param>
    public async Task<Answer<Submitted>> SubmitAsync(Entry entry, CommitLevel level, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var name = level switch
        {
            CommitLevel.Accepted => "accepted",
            CommitLevel.Durable => "durable",
            CommitLevel.Final => "final",
        };
        var answer = await _caller.PostAsync("/ledger/entries?level=" + name, About(entry.Topic), entry.SignedBytes, LargestNote, cancellationToken).ConfigureAwait(false);
        return answer.Then(ReadSubmitted, "an answer to a submission that can't be read, or a checkpoint without a quorum");
    }

    /// <summary>Leaves of the log in order, as the node has them; nothing is proven.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">1 to 512; fewer are given at the end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<IReadOnlyList<Leaf>>> ReadLeavesAsync(ulong first, int count, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/ledger/leaves?first={first}&count={count}"), null, (count * LargestLeaf) + 64, cancellationToken)
            .ConfigureAwait(false);
        return answer.Then<IReadOnlyList<Leaf>>(bytes => ReadLeaves(bytes, first, count), "leaves that do not follow each other");
    }

    /// <summary>Leaves of one topic in order, as the node has them; nothing is proven.</summary>
    /// <param name="topic">Which.</param>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">1 to 512; fewer are given at the end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<TopicPage>> ReadTopicAsync(Topic topic, ulong first, int count, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{PathOf(topic)}?first={first}&count={count}");
        var answer = await _caller.GetAsync(path, About(topic), (count * LargestLeaf) + 64, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => TopicPage.TryParse(bytes, topic, first, count), "leaves of a topic with a gap, or of another topic");
    }

    /// <summary>The member's signed word for how far a topic goes.</summary>
    public async Task<Answer<MemberHead>> ReadTopicHeadAsync(Topic topic, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync(PathOf(topic) + "/head", About(topic), LargestNote, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => ReadHead(bytes, topic), "a topic head that the member's key has not signed, or a checkpoint without a quorum");
    }

    /// <summary>A leaf with its proof, both checked.</summary>
    /// <param name="index">Which. Refused with 404 while it is not final.</param>
    /// <param name="about">The subject whose leaf it is; null for an organisation's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<LeafProof>> ProveAsync(ulong index, Topic? about, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/ledger/proofs/{index}"), about is { } topic ? About(topic) : null, LargestNote + LargestLeaf, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => ReadProof(bytes, index), "a leaf whose proof does not hold under a checkpoint with a quorum");
    }

    /// <summary>The path between two sizes of the log; who has their roots checks it.</summary>
    public async Task<Answer<ConsistencyProof>> ReadConsistencyAsync(ulong oldSize, ulong newSize, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/ledger/consistency?old={oldSize}&new={newSize}");
        var answer = await _caller.GetAsync(path, null, 128 * 34, cancellationToken).ConfigureAwait(false);
        return answer.Then(
            bytes => CborReading.TryRead(bytes, reader => new ConsistencyProof(oldSize, newSize, [.. reader.ReadArray(0, 127, item => item.ReadDigest())])),
            "a consistency proof that can't be read");
    }

    /// <summary>The newest final checkpoint, with its quorum.</summary>
    public async Task<Answer<CosignedCheckpoint>> ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync("/log/checkpoint", null, LargestNote, cancellationToken).ConfigureAwait(false);
        return answer.Then(bytes => Open(bytes), "a checkpoint without a quorum");
    }

    /// <summary>What the log publishes, for a <see cref="LogAuditor"/>.</summary>
    /// <exception cref="NodeUnavailableException">The node can't be reached.</exception>
    async ValueTask<byte[]?> ITileSource.FetchAsync(string path, CancellationToken cancellationToken) =>
        await _caller.GetAsync("/log" + path, null, EntryBundle.MaxLength, cancellationToken).ConfigureAwait(false) switch
        {
            Answer<ReadOnlyMemory<byte>>.Given(var bytes) => bytes.ToArray(),
            Answer<ReadOnlyMemory<byte>>.Unavailable(var why) => throw new NodeUnavailableException(why),
            _ => null,
        };

    private static Topic? About(Topic topic) => topic.Kind.IsPatients ? topic : null;

    private static string PathOf(Topic topic) => "/ledger/topics/" + Convert.ToHexStringLower(topic.ToArray());

    private CosignedCheckpoint? Open(ReadOnlyMemory<byte> note) => SignedCheckpoint.Parse(note.Span) is { } received ? _consortium.Policy.Open(received) : null;

    private Submitted? ReadSubmitted(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var index = reader.ReadUInt();
        var time = reader.ReadUInt(long.MaxValue);
        var level = (CommitLevel)reader.ReadUInt(3);
        var final = reader.TryReadNull() ? null : reader.Require(Open(reader.ReadBytes(0, LargestNote)));
        reader.ReadEndArray();
        reader.Require(level != 0 && (level == CommitLevel.Final) == (final is not null) && (final is null || final.Checkpoint.Size > index));
        return new Submitted(index, time, level, final);
    });

    private static Leaf[]? ReadLeaves(ReadOnlyMemory<byte> bytes, ulong first, int most) => CborReading.TryRead(bytes, reader =>
    {
        var index = first;
        return reader.ReadArray(0, most, item =>
        {
            var leaf = item.Require(Leaf.TryParse(item.ReadBytes(0, LargestLeaf)));
            item.Require(leaf.Index == index);
            index++;
            return leaf;
        });
    });

    private MemberHead? ReadHead(ReadOnlyMemory<byte> bytes, Topic topic) => _caller.Member is not { } member ? null : CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var signed = reader.ReadBytes(0, 4_096);
        var head = reader.Require(TopicHead.Open(signed, member.SigningKey, _consortium.Digest));
        var final = reader.TryReadNull() ? null : reader.Require(Open(reader.ReadBytes(0, LargestNote)));
        reader.ReadEndArray();
        reader.Require(head.Topic == topic);
        return new MemberHead(head, signed, final);
    });

    private LeafProof? ReadProof(ReadOnlyMemory<byte> bytes, ulong index) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var leaf = reader.ReadBytes(0, LargestLeaf);
        var proof = reader.ReadBytes(0, LargestNote);
        reader.ReadEndArray();
        var (proven, under) = reader.Require(ProvenLeaf.Check(leaf, proof.Span, _consortium.Policy));
        reader.Require(proven.Leaf.Index == index);
        return new LeafProof(proven, under);
    });
}

/// <summary>The node that an audit reads from can't be reached: no finding about the log.</summary>
public sealed class NodeUnavailableException(string message) : IOException(message);
