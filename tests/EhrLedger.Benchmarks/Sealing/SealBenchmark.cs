using System.Security.Cryptography;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Benchmarks.Sealing;

/// <summary>What it costs to seal a record for three custodians, against encrypting the same bytes with AES-256-GCM and nothing else.</summary>
internal static class SealBenchmark
{
    private const int Rounds = 15;
    private static readonly TimeSpan PerTurn = TimeSpan.FromMilliseconds(200);

    public static Section Run()
    {
        var section = new Section("seal", "Sealing a record for three custodians", "at most 15 times the cost of AES-256-GCM over the same bytes, in steady state.");
        section.Table("record", "AES-256-GCM alone, new key µs", "AES-256-GCM alone, key prepared µs", "sealed µs", "ratio to new key", "ratio to prepared key", "bytes allocated");
        foreach (var size in (int[])[1_500, 8_192])
        {
            Measure(section, size);
        }

        section.Say("Each value is the median of the rounds, with smallest and largest. A record's key is used once, so the first column is what encrypting records costs; the second leaves out making the cipher.");
        Parts(section);
        return section;
    }

    private static void Measure(Section section, int size)
    {
        using var scene = new SealScene();
        var content = RandomNumberGenerator.GetBytes(size);
        using var prepared = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var key = RandomNumberGenerator.GetBytes(32);
        var nonce = new byte[12];
        var output = new byte[size + 16];
        var seconds = Alternation.Time(
            Rounds,
            PerTurn,
            () =>
            {
                using var once = new AesGcm(key, 16);
                once.Encrypt(nonce, content, output.AsSpan(0, size), output.AsSpan(size));
            },
            () => prepared.Encrypt(nonce, content, output.AsSpan(0, size), output.AsSpan(size)),
            () => scene.Seal(content));
        var before = GC.GetAllocatedBytesForCurrentThread();
        scene.Seal(content);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        section.Row(
            $"{size} bytes",
            Spread.Of(seconds[0]).Print("0.00", 1e6),
            Spread.Of(seconds[1]).Print("0.00", 1e6),
            Spread.Of(seconds[2]).Print("0.0", 1e6),
            Alternation.Ratio(seconds[2], seconds[0]).Print("0.0"),
            Alternation.Ratio(seconds[2], seconds[1]).Print("0.0"),
            allocated.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The pieces by themselves: where the time goes.</summary>
    private static void Parts(Section section)
    {
        var (key, input, output) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(70), new byte[32]);
        var (share, tag, nonce) = (new byte[33], new byte[16], new byte[12]);
        var sealedShare = new byte[33];
        var random = new byte[160];
        var half = RandomNumberGenerator.GetBytes(32);
        using var scene = new SealScene();
        var context = Digest.Of(input);
        var header = scene.Seal(input).Header;
        using var first = HalfKey.Generate();
        using var second = HalfKey.Generate();
        (string Name, string Times, Action Call)[] parts =
        [
            ("HMAC-SHA256 of 70 bytes", "9 to 10", () => HMACSHA256.HashData(key, input, output)),
            ("AES-256-GCM of 33 bytes, new key", "6", () =>
            {
                using var aes = new AesGcm(key, 16);
                aes.Encrypt(nonce, share, sealedShare, tag);
            }),
            ("SHA-256 of 70 bytes", "5", () => SHA256.HashData(input, output)),
            ("160 random bytes", "1", () => RandomNumberGenerator.Fill(random)),
            ("small seal (one HMAC, one AES)", "5", () => scene.CategorySecret.Seal(context, half)),
            ("content key from its halves", "1", () => ContentKey.Derive(first, second, header.Bytes.Span).Dispose()),
            ("Shamir, 2 of 3", "1", () =>
            {
                foreach (var made in EhrLedger.Crypto.Sharing.Shamir.Split(half, 2, 3))
                {
                    made.Dispose();
                }
            }),
            ("header: write, read back, digest", "1", () => SealScene.Header(header)),
        ];
        var seconds = Alternation.Time(7, TimeSpan.FromMilliseconds(60), [.. parts.Select(part => part.Call)]);
        section.Table("part", "times per record", "µs each");
        for (var i = 0; i < parts.Length; i++)
        {
            section.Row(parts[i].Name, parts[i].Times, Spread.Of(seconds[i]).Print("0.00", 1e6));
        }
    }
}

/// <summary>An author with prepared secrets, as it stands in the middle of a day.</summary>
internal sealed class SealScene : IDisposable
{
    private readonly OrganisationId _author;
    private readonly SymmetricKey _wrap = SymmetricKey.Generate();
    private readonly RecordSealer _sealer;
    private readonly SubjectSealing _subject;
    private readonly CustodianSealing _custodians;
    private readonly RecordVersion _record = new(RecordId.Generate(), 1);
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public SealScene()
    {
        using var author = Ed25519PrivateKey.Generate();
        using var subject = Ed25519PrivateKey.Generate();
        _author = new OrganisationId(author.Public);
        _sealer = new RecordSealer(_author, _wrap);
        _subject = new SubjectSealing(new SubjectId(subject.Public), 0, Secret(), Secret());
        var custodians = Enumerable.Range(0, 3).Select(_ =>
        {
            using var key = Ed25519PrivateKey.Generate();
            return new OrganisationId(key.Public);
        }).ToArray();
        _custodians = new CustodianSealing(new CustodianSet(0, custodians, 2), [Secret(), Secret(), Secret()]);
    }

    public SealingSecret CategorySecret => _subject.Category;

    public SealedRecord Seal(ReadOnlySpan<byte> content) => _sealer.Seal(_record, _subject, _custodians, "application/fhir+json", content, _now);

    public static RecordHeader Header(RecordHeader like) => RecordHeader.Create(
        like.Record, like.Subject, like.Epoch, like.Author, like.CustodianSet, like.ShareDigests, like.Time, like.ContentType, like.Random.Span);

    public void Dispose()
    {
        _subject.Category.Dispose();
        _subject.Self.Dispose();
        foreach (var secret in _custodians.Secrets)
        {
            secret.Dispose();
        }

        _wrap.Dispose();
    }

    private static SealingSecret Secret()
    {
        using var recipient = XWingPrivateKey.Generate();
        return SealingSecret.SetUp(recipient.Public, "benchmark"u8);
    }
}
