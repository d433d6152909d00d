using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Benchmarks.Three;

/// <summary>
/// What a grantee's search and read can't do without on this machine, item by item, as the protocol has it: counted for one lone client on three nodes. "In a row" is what waits for one another and bounds
/// the latency; "in all" is what the three nodes do together, whose processor time bounds the throughput.
/// </summary>
internal static class GranteeBound
{
    /// <summary>How often each item comes.</summary>
    /// <param name="What">In words.</param>
    /// <param name="SearchRow">A search under two grants, one of which has four hits: one after the other.</param>
    /// <param name="SearchAll">The same, on all nodes together.</param>
    /// <param name="ReadRow">A read by id under a grant that is known.</param>
    /// <param name="ReadAll">The same, on all nodes together.</param>
    /// <param name="Each">Milliseconds.</param>
    /// <param name="IsProcessor">Whether it takes a core.</param>
    private sealed record Item(string What, int SearchRow, int SearchAll, int ReadRow, int ReadAll, double Each, bool IsProcessor = true);

    public static async Task PrintAsync(Section section, Trio trio)
    {
        var trip = await LowerBound.RoundTripAsync(trio).ConfigureAwait(false);
        var each = Primitives();

        // Two entries follow one another, Search and Read; the two Search entries of a search go side by side, in one group commit. A search also names the grantee's own patient: that is an AuthorReads entry
        // of its own, durable in the grantee's outbox before the answer, and final at its leisure.
        Item[] items =
        [
            new("HTTP round trip: client to grantee; per entry to the sequencer, leaves to the followers, final note to the followers; index holder; custodian", 9, 20, 9, 13, trip, IsProcessor: false),
            new("durable transaction: per group commit sequencer and followers, then what each custodian released, and the grantee's outbox", 6, 12, 5, 8, LowerBound.Fsync(), IsProcessor: false),
            new("Ed25519 signature: entries, checkpoints, cosignatures, search and release requests", 9, 20, 8, 13, each.Sign),
            new("Ed25519 verification: entries on every node, checkpoints, cosignatures, requests", 12, 37, 12, 23, each.Verify),
            new("HPKE seal of a release (X-Wing encapsulation)", 1, 2, 1, 2, each.Seal),
            new("HPKE open of a release (X-Wing decapsulation)", 1, 2, 1, 2, each.Open),
            new("small seal opened (HMAC and AES): a share by its custodian, K1 by the grantee", 8, 12, 2, 3, each.Small),
            new("wrap of an index row or an entry's details", 6, 7, 3, 3, each.Wrap),
            new("row's path to its batch's root: by the grantee and by each custodian", 8, 12, 2, 3, each.Path),
            new("Shamir, 2 of 3, joined", 4, 4, 1, 1, each.Join),
            new("content key, commitment, AES-256-GCM of 2 kB", 4, 4, 1, 1, each.Content),
        ];
        section.Table("lower bound of a grantee's, one client", "ms each", "search: in a row", "ms", "in all", "CPU ms", "read: in a row", "ms", "in all", "CPU ms");
        foreach (var item in items)
        {
            section.Row(
                item.What,
                item.Each.ToString("0.000", CultureInfo.InvariantCulture),
                Count(item.SearchRow),
                Print(item.SearchRow * item.Each),
                Count(item.SearchAll),
                item.IsProcessor ? Print(item.SearchAll * item.Each) : "",
                Count(item.ReadRow),
                Print(item.ReadRow * item.Each),
                Count(item.ReadAll),
                item.IsProcessor ? Print(item.ReadAll * item.Each) : "");
        }

        section.Row(
            "together",
            "",
            "",
            Print(items.Sum(item => item.SearchRow * item.Each)),
            "",
            Print(items.Where(item => item.IsProcessor).Sum(item => item.SearchAll * item.Each)),
            "",
            Print(items.Sum(item => item.ReadRow * item.Each)),
            "",
            Print(items.Where(item => item.IsProcessor).Sum(item => item.ReadAll * item.Each)));
    }

    /// <summary>Milliseconds of each primitive alone.</summary>
    private static (double Sign, double Verify, double Seal, double Open, double Small, double Wrap, double Path, double Join, double Content) Primitives()
    {
        using var signing = Ed25519PrivateKey.Generate();
        using var answer = XWingPrivateKey.Generate();
        using var wrapping = SymmetricKey.Generate();
        using var sealing = SealingSecret.SetUp(answer.Public, "benchmark"u8);
        using var opening = OpeningSecret.SetUp(answer, sealing.Encapsulation.Span, "benchmark"u8)!;
        using var first = HalfKey.Generate();
        using var second = HalfKey.Generate();
        var message = RandomNumberGenerator.GetBytes(300);
        var header = RandomNumberGenerator.GetBytes(400);
        var context = Digest.Of(message);
        var signature = signing.Sign(message);
        var half = RandomNumberGenerator.GetBytes(32);
        var shares = RandomNumberGenerator.GetBytes(4 * 72);
        var release = HpkeMessage.Seal(answer.Public, "benchmark"u8, context.ToArray(), shares);
        var small = sealing.Seal(context, half);
        var wrapped = KeyWrap.Seal(wrapping, context, RandomNumberGenerator.GetBytes(1024));
        var leaves = Enumerable.Range(0, (SharedRecords.Codes * SharedRecords.HitsPerCode) + SharedRecords.Medications).Select(_ => Digest.FromBytes(RandomNumberGenerator.GetBytes(Digest.Length))).ToArray();
        var batch = new BatchTree(leaves);
        var path = batch.Path(7);
        var split = Shamir.Split(half, 2, 3);
        using var made = ContentKey.Derive(first, second, header);
        var (commitment, ciphertext) = (made.Commitment, made.Seal(RandomNumberGenerator.GetBytes(2000)));
        var seconds = Alternation.Time(
            5,
            TimeSpan.FromMilliseconds(60),
            () => signing.Sign(message),
            () => Require(signing.Public.Verifies(message, signature)),
            () => HpkeMessage.Seal(answer.Public, "benchmark"u8, context.ToArray(), shares),
            () => Require(HpkeMessage.Open(answer, "benchmark"u8, context.ToArray(), release) is not null),
            () => Require(opening.Open(context, small) is not null),
            () => Require(KeyWrap.Open(wrapping, context, wrapped) is not null),
            () => Require(path.Verifies(leaves[7], batch.Root)),
            () => Require(Shamir.Join(split[..2]) is not null),
            () =>
            {
                using var key = ContentKey.Derive(first, second, header);
                Require(key.Open(commitment, ciphertext) is not null);
            });
        foreach (var share in split)
        {
            share.Dispose();
        }

        var each = seconds.Select(rounds => Spread.Of(rounds).Median * 1e3).ToArray();
        return (each[0], each[1], each[2], each[3], each[4], each[5], each[6], each[7], each[8]);
    }

    // What is measured is also right.
    private static void Require(bool right)
    {
        if (!right)
        {
            throw new InvalidOperationException("A primitive did not do what it should.");
        }
    }

    private static string Count(int times) => times.ToString(CultureInfo.InvariantCulture);

    private static string Print(double milliseconds) => milliseconds.ToString("0.00", CultureInfo.InvariantCulture);
}
