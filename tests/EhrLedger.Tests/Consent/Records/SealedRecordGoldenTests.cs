using System.Text;
using EhrLedger.Consent;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Records;

/// <summary>One sealed record with every secret that opens it: what another implementation needs to check its own against.</summary>
public sealed class SealedRecordGoldenTests
{
    private static string File => Path.Combine(Repository.FindRoot()!, "tests", "EhrLedger.Tests", "Consent", "Golden", "sealed-record", "accepted", "plain.txt");

    private readonly Dictionary<string, byte[]> _parts = System.IO.File.Exists(File)
        ? System.IO.File.ReadLines(File).Select(line => line.Split('=')).ToDictionary(pair => pair[0], pair => Convert.FromHexString(pair[1]))
        : [];

    [Test]
    public void Opens_for_the_author()
    {
        using var wrapKey = SymmetricKey.FromBytes(_parts["wrap-key"]);
        Assert.That(RecordOpener.OpenAsAuthor(Header, Commitment, _parts["ciphertext"], _parts["author-wrap"], wrapKey), Is.EqualTo(_parts["content"]));
    }

    [Test]
    public void Opens_for_the_patient()
    {
        using var category = Secret("sealing-seed", "category-encapsulation", SealedFor.Category);
        using var self = Secret("self-seed", "self-encapsulation", SealedFor.Self);
        Assert.That(
            RecordOpener.OpenAsPatient(Header, Commitment, _parts["ciphertext"], Half("sealed-k1"), category, Half("sealed-k2"), self), Is.EqualTo(_parts["content"]));
    }

    [Test]
    public void Opens_with_the_shares_of_the_custodians()
    {
        var shares = new List<ReadOnlyMemory<byte>>();
        for (var place = 0; place < 3; place++)
        {
            using var secret = Secret($"custodian-seed-{place + 1}", $"share-encapsulation-{place + 1}", SealedFor.Share);
            using var share = CustodianShare.Open(Header, Consortium.Custodians, Consortium.Custodians.Custodians[place], Half($"sealed-share-{place + 1}"), secret)!;
            shares.Add(share.Bytes.ToArray());
        }

        using var category = Secret("sealing-seed", "category-encapsulation", SealedFor.Category);
        using var first = RecordOpener.OpenHalf(Header, Half("sealed-k1"), category)!;
        Assert.That(
            RecordOpener.OpenWithShares(Header, Commitment, _parts["ciphertext"], first, shares.Skip(1), Consortium.Custodians), Is.EqualTo(_parts["content"]));
    }

    [Test]
    [Explicit("Makes the golden file, if there is none yet.")]
    public void Writes_what_is_missing()
    {
        var story = new CareStory();
        var content = Encoding.UTF8.GetBytes("Metformin 500 mg, twice a day");
        var record = story.Seal(Encoding.UTF8.GetString(content));
        var parts = new List<(string Name, byte[] Bytes)>
        {
            ("wrap-key", Export(Consortium.Hospital.WrapKey)),
            ("sealing-seed", Export(story.Epochs[0].SealingKey)),
            ("self-seed", Export(story.SelfKey)),
            ("category-encapsulation", story.Encapsulation(record.FirstHalf.Encapsulation).ToArray()),
            ("self-encapsulation", story.Encapsulation(record.SelfHalf.Encapsulation).ToArray()),
            ("header", record.Header.Bytes.ToArray()),
            ("ciphertext", record.Ciphertext.ToArray()),
            ("commitment", record.Commitment.ToArray()),
            ("sealed-k1", record.FirstHalf.Encode()),
            ("sealed-k2", record.SelfHalf.Encode()),
            ("author-wrap", record.AuthorWrap.ToArray()),
            ("content", content),
        };
        for (var place = 0; place < 3; place++)
        {
            parts.Add(($"custodian-seed-{place + 1}", Export(Consortium.PartyOf(Consortium.Custodians.Custodians[place]).SealingKey)));
            parts.Add(($"share-encapsulation-{place + 1}", story.Encapsulation(record.Shares[place].Encapsulation).ToArray()));
            parts.Add(($"sealed-share-{place + 1}", record.Shares[place].Encode()));
        }

        if (!System.IO.File.Exists(File))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File)!);
            System.IO.File.WriteAllText(File, string.Concat(parts.Select(part => $"{part.Name}={Convert.ToHexStringLower(part.Bytes)}\n")));
        }
    }

    private RecordHeader Header => RecordHeader.TryParse(_parts["header"])!;

    private KeyCommitment Commitment => KeyCommitment.FromBytes(_parts["commitment"]);

    private SealedHalf Half(string name) => SealedHalf.TryParse(_parts[name])!;

    private OpeningSecret Secret(string seed, string encapsulation, ReadOnlySpan<byte> info)
    {
        using var key = XWingPrivateKey.FromSeed(_parts[seed]);
        return OpeningSecret.SetUp(key, _parts[encapsulation], info)!;
    }

    private static byte[] Export(SecretKey key)
    {
        var bytes = new byte[key.Length];
        key.ExportTo(bytes);
        return bytes;
    }
}
