using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Proofs;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Peers;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.LedgerApi;

/// <summary>The calls under /ledger: docs/http.md.</summary>
internal static class LedgerEndpoints
{
    private const int MostLeaves = 512;
    private const int MostBytes = 8 << 20;
    private const int Slice = 64;

    /// <summary>Maps the calls.</summary>
    public static WebApplication MapLedger(this WebApplication app)
    {
        var group = app.MapGroup("/ledger");
        group.MapGet("/genesis", ReadGenesis);
        group.MapPost("/entries", SubmitAsync);
        group.MapPost("/entries/series", SubmitSeriesAsync);
        group.MapGet("/leaves", ReadLeaves);
        group.MapGet("/topics/{topic}", ReadTopic);
        group.MapGet("/topics/{topic}/head", ReadTopicHead);
        group.MapGet("/proofs/{index}", ProveAsync);
        group.MapGet("/consistency", ProveConsistencyAsync);
        group.MapGet("/cosigning-keys", ReadCosigningKeys);
        group.MapGet("/quantum-safe-checkpoint", ReadQuantumSafeCheckpoint);
        return app;
    }

    private static IResult ReadGenesis(LogReplica replica) => Http.Cbor(replica.Genesis.Bytes.ToArray());

    private static IResult ReadCosigningKeys([FromServices] NodeIdentity identity)
    {
        var keys = identity.Keys;
        var statement = new CosigningKeys(identity.Organisation, keys.QuantumSafeCosigner.Verifier, identity.IsSequencer ? keys.QuantumSafeLogSigner.Verifier : null);
        return Http.Cbor(statement.Sign(keys.Signing, identity.Genesis.Digest));
    }

    private static IResult ReadQuantumSafeCheckpoint(Finality finality) =>
        finality.NewestQuantumSafe is { } newest ? Results.Bytes(newest.Checkpoint.Received.Encode(), "text/plain; charset=utf-8") : Http.NotFound("not-final");

    private static async Task<IResult> SubmitAsync(HttpRequest request, ISubmitter submitter, Finality finality, string? level, CancellationToken cancellationToken)
    {
        CommitLevel? asked = level switch { null or "durable" => CommitLevel.Durable, "accepted" => CommitLevel.Accepted, "final" => CommitLevel.Final, _ => null };
        if (asked is not { } wanted)
        {
            return Http.Malformed("The level is accepted, durable or final.");
        }

        if (await request.ReadBodyAsync(Entry.LargestSize, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            return Http.Problem(StatusCodes.Status413PayloadTooLarge, "entry-too-large", "An entry has at most 60,000 bytes.");
        }

        return await submitter.SubmitAsync(body, wanted, cancellationToken).ConfigureAwait(false) switch
        {
            SubmitOutcome.Logged(var index, var time, var reached) => Http.Cbor(new SubmitAnswer(index, time, reached, NoteAt(finality, reached)).Encode()),
            SubmitOutcome.Refused(var reason) => Http.Refused(reason),
            _ => Http.Unavailable(),
        };
    }

    private static async Task<IResult> SubmitSeriesAsync(HttpRequest request, ISubmitter submitter, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(EntrySeries.LargestSize, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            return Http.TooLarge();
        }

        return EntrySeries.TryParse(body) is { } entries
            ? Http.Cbor(EntrySeries.EncodeAnswer(await submitter.SubmitSeriesAsync(entries, cancellationToken).ConfigureAwait(false)))
            : Http.Malformed($"A series is an array of 1 to {ISubmitter.LongestSeries} entries.");
    }

    private static ReadOnlyMemory<byte>? NoteAt(Finality finality, CommitLevel level) =>
        level == CommitLevel.Final && finality.Newest is { } newest ? newest.Checkpoint.Received.Encode() : (ReadOnlyMemory<byte>?)null;

    private static IResult ReadLeaves(LogReplica replica, ulong first, int count)
    {
        var leaves = Bounded(Math.Clamp(count, 0, MostLeaves), (from, many) => replica.ReadLeaves(first + (ulong)from, many), first);
        var writer = new DeterministicCborWriter(4096).WriteArray(leaves.Count);
        foreach (var leaf in leaves)
        {
            writer.WriteBytes(leaf.Bytes.Span);
        }

        return Http.Cbor(writer.ToArray());
    }

    private static IResult ReadTopic(LogReplica replica, string topic, ulong first, int count)
    {
        if (TopicOf(topic) is not { } named)
        {
            return Http.Malformed("A topic is 33 bytes in lower-case hex.");
        }

        var next = replica.FindTopic(named)?.NextNumber ?? 0;
        var leaves = Bounded(Math.Clamp(count, 0, MostLeaves), (from, many) => replica.ReadTopic(named, first + (ulong)from, many), first);
        var writer = new DeterministicCborWriter(4096).WriteArray(2).WriteUInt(next).WriteArray(leaves.Count);
        foreach (var leaf in leaves)
        {
            writer.WriteArray(2).WriteUInt(leaf.Index).WriteBytes(leaf.Bytes.Span);
        }

        return Http.Cbor(writer.ToArray());
    }

    private static IResult ReadTopicHead(LogReplica replica, Finality finality, NodeIdentity identity, TimeProvider time, string topic)
    {
        if (TopicOf(topic) is not { } named)
        {
            return Http.Malformed("A topic is 33 bytes in lower-case hex.");
        }

        var (next, tree) = replica.ReadTopicAt(named);
        var head = new TopicHead(named, next, tree.Size, tree.Root, (ulong)time.GetUtcNow().ToUnixTimeMilliseconds()).Sign(identity.Keys.Signing, replica.Genesis.Digest);
        var writer = new DeterministicCborWriter(2048).WriteArray(2).WriteBytes(head);
        return Http.Cbor((finality.Newest is { } newest ? writer.WriteBytes(newest.Checkpoint.Received.Encode()) : writer.WriteNull()).ToArray());
    }

    private static async Task<IResult> ProveAsync(LogReplica replica, Finality finality, ulong index, CancellationToken cancellationToken)
    {
        if (finality.Newest?.Checkpoint is not { } final || index >= final.Size || replica.FindLeaf(index) is not { } leaf)
        {
            return Http.NotFound("not-final");
        }

        var inclusion = await replica.Tree.ProveInclusionAsync(index, final.Size, cancellationToken).ConfigureAwait(false);
        return Http.Cbor(new DeterministicCborWriter(4096).WriteArray(2).WriteBytes(leaf.Bytes.Span).WriteBytes(new TlogProof(inclusion, final.Received).Encode()).ToArray());
    }

    private static async Task<IResult> ProveConsistencyAsync(LogReplica replica, ulong old, ulong @new, CancellationToken cancellationToken)
    {
        var tree = replica.Tree;
        if (old > @new)
        {
            return Http.Malformed("The older size is the smaller one.");
        }

        if (@new > tree.Size)
        {
            return Http.NotFound();
        }

        var proof = await tree.ProveConsistencyAsync(old, @new, cancellationToken).ConfigureAwait(false);
        var writer = new DeterministicCborWriter(4096).WriteArray(proof.Path.Length);
        foreach (Digest digest in proof.Path)
        {
            writer.WriteDigest(digest);
        }

        return Http.Cbor(writer.ToArray());
    }

    private static Topic? TopicOf(string hex) => Http.TryHex(hex) is { } bytes ? Topic.TryFromBytes(bytes) : null;

    /// <summary>Reads slice by slice, so that a stranger's request for many large leaves does not fill the memory: what is over 8 MiB comes with the next request.</summary>
    private static List<StoredLeaf> Bounded(int count, Func<int, int, IReadOnlyList<StoredLeaf>> read, ulong first)
    {
        var leaves = new List<StoredLeaf>();
        var bytes = 0;
        while (leaves.Count < count && bytes < MostBytes && first <= long.MaxValue)
        {
            var slice = read(leaves.Count, Math.Min(Slice, count - leaves.Count));
            leaves.AddRange(slice);
            bytes += slice.Sum(leaf => leaf.Bytes.Length);
            if (slice.Count < Slice)
            {
                break;
            }
        }

        return leaves;
    }
}
